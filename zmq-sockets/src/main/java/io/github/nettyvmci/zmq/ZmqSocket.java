/*
 * Copyright 2026 The Netty VMCI project
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at
 *
 *   https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */
package io.github.nettyvmci.zmq;

import static io.github.nettyvmci.zmq.Blocking.again;
import static io.github.nettyvmci.zmq.Blocking.await;
import static io.github.nettyvmci.zmq.Blocking.checkMayBlock;

import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmq.internal.pattern.Envelopes;
import io.github.nettyvmci.zmq.internal.socket.PendingCall;
import io.github.nettyvmci.zmq.internal.socket.SocketCore;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A ZeroMQ socket: it exchanges messages with any number of peers by the rules of its {@linkplain ZmqSocketType type}.
 *
 * <p><b>Verbs.</b> A plain name waits until the work is done ({@link #send}, {@link #receive()}, {@link #bind}); a name
 * that ends in {@code Async} returns a future instead. Only sends and receives wait for a peer: for room, or for a
 * message.
 *
 * <p><b>Threads.</b> Every method may be called by any thread. The socket lives on one event loop; futures complete and
 * handlers run there, so neither may block. The blocking forms of send, receive, bind, unbind and disconnect refuse to
 * be called on that loop with {@link IllegalStateException}, and so does {@link #topicCount()}; they suit virtual
 * threads. A thread that is interrupted while it waits for a peer gets {@link InterruptedException}: no received
 * message is lost by it, and the socket can be used on.
 *
 * <p><b>Latency.</b> A thread that takes turns of {@link #send} and {@link #receive()} on a socket, as both ends of REQ
 * and REP do, runs the event loop itself while it waits for up to 10 ms, and writes its answer itself; no other thread
 * has to be woken for a message. So does a thread that receives from a PULL, SUB, GATHER or DISH. What else the loop
 * has to do is done by that thread meanwhile, and later than it would be, by less than 2 ms, when the thread has left
 * the loop; an interrupt is noticed after 10 ms at most.
 *
 * <p><b>Throughput.</b> A thread that keeps sending small messages and finds the queues full again and again, as with
 * PUSH or DEALER, runs the event loop itself until there is room, where that is faster than to sleep meanwhile. What it
 * sends is then written when the queues are full, and when it pauses, less than 2 ms later.
 *
 * <p><b>Who runs the loop.</b> Listeners of events, authenticators, and stages of the futures of {@link #bindAsync},
 * {@link #unbindAsync}, {@link #disconnectAsync}, {@link #setOptionAsync} and {@link #closeAsync} may run on such
 * threads, so they must not wait for a lock that these hold. Handlers of messages and stages of the other futures do
 * not: from the first {@link #onMessage}, {@link #request}, or {@link #sendAsync} or {@link #receiveAsync} that has to
 * wait, the loop's own thread alone runs the loop, also for the other sockets on it. It also does under CURVE, whose
 * key streams are wiped with the thread that made them. Virtual threads leave the loop to its thread, and so do all
 * threads over {@code tcp://} without Netty's epoll transport.
 *
 * <p><b>Messages.</b> A send takes the message over and releases it, also when it fails: a caller that wants to try
 * again retains the message first. Only {@link #offer} leaves it to the caller, when it returns {@code false}. Whoever
 * receives a message releases it.
 *
 * <p><b>Queues.</b> Messages wait up to the high-water marks {@link ZmqOption#SNDHWM} and {@link ZmqOption#RCVHWM} for
 * each peer. The messages of a peer that takes none fill its receive queue, then the kernel's buffers, then the send
 * queue here. After that sends wait, or the message is dropped and counted, as the type has it.
 *
 * <p>Some types put more into a message than goes over the wire: with ROUTER and STREAM the first part is the routing
 * id of the peer, with SERVER and PEER four octets that number it, with RADIO and DISH the group.
 */
public final class ZmqSocket implements AutoCloseable {

    private final SocketCore core;
    private final Requests requests;

    ZmqSocket(SocketCore core) {
        this.core = core;
        requests = new Requests(core);
    }

    /**
     * Returns the type of this socket.
     *
     * @return the type it was opened with
     */
    public ZmqSocketType type() {
        return core.type();
    }

    // --- endpoints ---

    /**
     * Binds, and waits until it is done ({@code zmq_bind(3)}).
     *
     * @param endpoint {@code vmci://CID:PORT}, {@code vsock://CID:PORT}, {@code vsock+unix://PATH:PORT},
     *                 {@code ipc://PATH}, {@code tcp://IF:PORT} or {@code inproc://NAME}, with the wild cards of each
     * @return the real endpoint, {@code ZMQ_LAST_ENDPOINT}: with the port the kernel chose. A wild-card CID stays
     *         {@code *}
     * @throws ZmqException          {@link ZmqError#INVALID} or {@link ZmqError#NO_TRANSPORT} if the text is no
     *                               endpoint, {@link ZmqError#INVALID} if the options contradict each other,
     *                               {@link ZmqError#ADDRESS_IN_USE} if the endpoint is taken,
     *                               {@link ZmqError#BIND_FAILED} if the transport cannot bind it,
     *                               {@link ZmqError#CLOSED} if the socket is closed
     * @throws IllegalStateException on the socket's event loop
     */
    public String bind(String endpoint) {
        checkMayBlock(core);
        return Blocking.join(core.endpoints.bind(endpoint));
    }

    /**
     * Binds as {@link #bind} does, without waiting.
     *
     * @param endpoint as for {@link #bind}
     * @return completes with the real endpoint, or fails with a {@link ZmqException} as there
     * @throws ZmqException {@link ZmqError#INVALID} or {@link ZmqError#NO_TRANSPORT} if the text is no endpoint
     */
    public CompletableFuture<String> bindAsync(String endpoint) {
        return core.endpoints.bind(endpoint);
    }

    /**
     * Ends a bind and waits until it accepts no more peers ({@code zmq_unbind(3)}). Each peer it accepted is let go
     * once the messages that wait for it are sent, or {@link ZmqOption#LINGER} is over; this does not wait for that.
     *
     * @param endpoint what {@link #bind} returned
     * @throws ZmqException          {@link ZmqError#NOT_FOUND} if there is no such bind, {@link ZmqError#CLOSED} if the
     *                               socket is closed
     * @throws IllegalStateException on the socket's event loop
     */
    public void unbind(String endpoint) {
        checkMayBlock(core);
        Blocking.join(core.endpoints.unbind(endpoint));
    }

    /**
     * Ends a bind as {@link #unbind} does, without waiting.
     *
     * @param endpoint what {@link #bind} returned
     * @return completes when the bind accepts no more peers, or fails with a {@link ZmqException} as there
     */
    public CompletableFuture<Void> unbindAsync(String endpoint) {
        return core.endpoints.unbind(endpoint);
    }

    /**
     * Connects ({@code zmq_connect(3)}). This never waits for the peer, and does not fail if the peer is not there: the
     * socket tries again until it is, see {@link ZmqOption#RECONNECT_IVL}. Messages may be sent at once and wait for
     * the peer, unless {@link ZmqOption#IMMEDIATE} is set. DEALER, REQ, PUB and SUB ignore a second connect to the same
     * endpoint.
     *
     * <p>This may be called on every event loop. On the loop of another socket of the context it does not wait for the
     * loop of this socket, since that one might be waiting too. Then only a text that is no endpoint throws; every
     * other failure is a warning in the log.
     *
     * @param endpoint as for {@link #bind}, without wild cards
     * @throws ZmqException {@link ZmqError#INVALID} or {@link ZmqError#NO_TRANSPORT} if the text is no endpoint,
     *                      {@link ZmqError#INVALID} if the options contradict each other,
     *                      {@link ZmqError#ADDRESS_IN_USE} if CONNECT_ROUTING_ID is that of another peer,
     *                      {@link ZmqError#CLOSED} if the socket is closed
     */
    public void connect(String endpoint) {
        CompletableFuture<Integer> connect = core.endpoints.connect(endpoint);
        if (connect.isDone() || !core.inLoop()) {
            Blocking.join(connect);
        } else {
            connect.whenComplete((id, failure) -> {
                if (failure != null) {
                    SocketLog.LOGGER.warn("{}: connect({}) failed", name(), endpoint, failure);
                }
            });
        }
    }

    /** Connects as {@link #connect} does, but does not wait for the socket's event loop either. */
    CompletableFuture<Integer> beginConnect(String endpoint) {
        return core.endpoints.connect(endpoint);
    }

    /**
     * Connects as {@link #connect} does, and returns the number that addresses the peer ({@code zmq_connect_peer(3)}).
     * Only SERVER and PEER have such numbers. This waits for the socket's event loop, so no other loop may call it.
     *
     * @param endpoint as for {@link #connect}
     * @return the number in front of the messages to and from the peer; 0 if {@link ZmqOption#IMMEDIATE} is set
     * @throws ZmqException {@link ZmqError#NOT_SUPPORTED} if the type has no such numbers, and as {@link #connect}
     */
    public int connectPeer(String endpoint) {
        if (core.type() != ZmqSocketType.SERVER && core.type() != ZmqSocketType.PEER) {
            throw new ZmqException(ZmqError.NOT_SUPPORTED, "connectPeer on a socket of type " + core.type()
                    + " (expected: SERVER or PEER); use connect");
        }
        return Blocking.join(core.endpoints.connect(endpoint));
    }

    /**
     * Ends all connects to an endpoint and waits until that has begun ({@code zmq_disconnect(3)}). The messages that
     * wait for the peer have the time of {@link ZmqOption#LINGER} to be sent; this does not wait for that.
     *
     * @param endpoint what was passed to {@link #connect}, to the letter
     * @throws ZmqException          {@link ZmqError#NOT_FOUND} if there is no such connect, {@link ZmqError#CLOSED} if
     *                               the socket is closed
     * @throws IllegalStateException on the socket's event loop
     */
    public void disconnect(String endpoint) {
        checkMayBlock(core);
        Blocking.join(core.endpoints.disconnect(endpoint));
    }

    /**
     * Ends a connect as {@link #disconnect} does, without waiting.
     *
     * @param endpoint what was passed to {@link #connect}, to the letter
     * @return completes when the end has begun, or fails with a {@link ZmqException} as there
     */
    public CompletableFuture<Void> disconnectAsync(String endpoint) {
        return core.endpoints.disconnect(endpoint);
    }

    /**
     * Lets go of one peer of a SERVER or PEER ({@code zmq_disconnect_peer(3)}): its connection is closed, the messages
     * that wait for it are dropped, and this socket's connect to it is not tried again. The messages it sent can still
     * be received.
     *
     * @param routingId the number in front of its messages, or what {@link #connectPeer} returned
     * @throws ZmqException {@link ZmqError#HOST_UNREACHABLE} if no peer has the number, {@link ZmqError#NOT_SUPPORTED}
     *                      if the type has no such numbers, {@link ZmqError#CLOSED} if the socket is closed
     */
    public void disconnectPeer(int routingId) {
        disconnectPeer(Envelopes.bytes(routingId));
    }

    /**
     * Lets go of one peer of a ROUTER or STREAM as {@link #disconnectPeer(int)} does; of a SERVER or PEER too, with the
     * number as 4 octets.
     *
     * @param routingId the first part of its messages; copied
     * @throws ZmqException as there
     */
    public void disconnectPeer(byte[] routingId) {
        byte[] id = routingId.clone();
        Blocking.join(core.call(() -> {
            core.disconnectPeer(Unpooled.wrappedBuffer(id));
            return null;
        }));
    }

    /**
     * Returns the name of the socket in logs and meters.
     *
     * @return the name it was given, or else its type and a number, such as {@code PUSH-7}
     */
    public String name() {
        return core.name();
    }

    /**
     * Returns the endpoint of the last bind or connect ({@code ZMQ_LAST_ENDPOINT}).
     *
     * @return after a bind the real endpoint; empty before the first bind or connect
     */
    public String lastEndpoint() {
        return core.endpoints.last();
    }

    /**
     * Returns the name of the mechanism that secures the next bind or connect ({@code ZMQ_MECHANISM}): that of
     * {@link ZmqSocketBuilder#mechanism}, or else the one that the options say.
     *
     * @return {@code NULL}, {@code PLAIN}, {@code CURVE}, or the name of the socket's own
     * @throws ZmqException {@link ZmqError#INVALID} if the options contradict each other
     */
    public String mechanism() {
        return core.endpoints.mechanism();
    }

    // --- sending ---

    /**
     * Sends a message and waits until it has a place in the queue of a peer, or was dropped as the type has it. The
     * wait takes {@link ZmqOption#SNDTIMEO} at most ({@code zmq_msg_send(3)}).
     *
     * @param message released by the socket in any case, also if this throws
     * @throws ZmqException          {@link ZmqError#AGAIN} if the time is up, and as {@link #sendAsync(ZmtpMessage)}
     * @throws InterruptedException  if the thread is interrupted; the message was not sent
     * @throws IllegalStateException on the socket's event loop
     */
    public void send(ZmtpMessage message) throws InterruptedException {
        Duration timeout = core.options().get(ZmqOption.SNDTIMEO);
        if (!offer(message, timeout)) {
            message.release();
            throw again(core, "send", timeout);
        }
    }

    /**
     * Sends a message of texts as {@link #send(ZmtpMessage)} does.
     *
     * @param parts one text for each part, sent as UTF-8; at least one
     * @throws ZmqException          as there
     * @throws InterruptedException  as there
     * @throws IllegalStateException as there
     */
    public void send(String... parts) throws InterruptedException {
        send(ZmtpMessage.ofText(parts));
    }

    /**
     * Sends a message of byte arrays as {@link #send(ZmtpMessage)} does.
     *
     * @param parts one array for each part, at least one; they are not copied, so the caller must not change them
     * @throws ZmqException          as there
     * @throws InterruptedException  as there
     * @throws IllegalStateException as there
     */
    public void send(byte[]... parts) throws InterruptedException {
        send(ZmtpMessage.of(parts));
    }

    /**
     * Sends a message if it can go within some time; the counterpart of {@link #receive(Duration)}.
     *
     * @param message released by the socket, unless this returns {@code false}: then the caller still has to release it
     * @param timeout how long to wait; with zero the message is sent only if that needs no wait ({@code ZMQ_DONTWAIT})
     * @return whether the message was sent, or dropped as the type has it
     * @throws ZmqException          as {@link #sendAsync(ZmtpMessage)}; the message was released
     * @throws InterruptedException  if the thread is interrupted; the message was not sent, and was released
     * @throws IllegalStateException on the socket's event loop; the message was released
     */
    public boolean offer(ZmtpMessage message, Duration timeout) throws InterruptedException {
        checkMayBlock(core, message);
        CompletableFuture<Void> sending;
        try {
            sending = core.outbox.send(message, timeout);
        } catch (TimeoutException e) {
            return false;
        }
        if (sending == null) {
            return true;
        }
        boolean ours = false; // the event loop decides, and holds a reference of its own meanwhile
        try {
            if (timeout.isZero()) {
                Blocking.join(core.decided());
            }
            await(sending, timeout);
            return true;
        } catch (TimeoutException e) {
            ours = true;
            return false;
        } finally {
            if (!ours) {
                message.release();
            }
        }
    }

    /**
     * Sends a message without waiting. The future completes when the message has a place in the queue of a peer, or was
     * dropped as the type has it. Until then the send waits in order; at most {@link ZmqOption#PENDING_SENDS} sends
     * wait. Whoever cancels the future in time takes the send back; so does whoever completes it otherwise
     * ({@code orTimeout}), or completes a future made of it.
     *
     * @param message released by the socket in any case
     * @return completes when the message is sent, or fails with {@link ZmqException}: {@link ZmqError#NOT_SUPPORTED} if
     *         the type does not send, {@link ZmqError#STATE} if it is not its turn (REQ, REP),
     *         {@link ZmqError#HOST_UNREACHABLE} if no peer has the routing id, {@link ZmqError#INVALID} if the type
     *         cannot send such a message, {@link ZmqError#AGAIN} if too many sends wait, or {@link ZmqError#CLOSED}
     */
    public CompletableFuture<Void> sendAsync(ZmtpMessage message) {
        return core.outbox.send(message);
    }

    /**
     * Sends a message of texts as {@link #sendAsync(ZmtpMessage)} does.
     *
     * @param parts one text for each part, sent as UTF-8; at least one
     * @return completes as there
     */
    public CompletableFuture<Void> sendAsync(String... parts) {
        return sendAsync(ZmtpMessage.ofText(parts));
    }

    // --- asking ---

    /**
     * Sends a request, and returns a future of the reply to this very request. The socket is a REQ or DEALER. The other
     * side is a REP, or sends the envelope back as RFC 28 has it: a ROUTER, for example, has to put before the reply
     * the same parts that it found before the request, up to and including the empty one.
     *
     * <p>A DEALER may have any number of requests under way, and sends them to its peers in turn. A REQ has one under
     * way, and sends the next one when that has its reply or has failed; for this the first request sets REQ_RELAXED
     * and REQ_CORRELATE. The time counts from this call. A reply that comes too late is dropped, counted
     * ({@link ZmqMetrics#dropped()}) and logged at DEBUG. From the first request on the socket takes every message that
     * arrives for a reply, and refuses the ways to receive.
     *
     * <p>A request is sent once: if its peer is gone, the time runs out. CLIENT has no requests, since it sends no
     * envelope by which a late reply could be told from the reply to another request.
     *
     * @param message released by the socket in any case
     * @param timeout how long to wait for the reply, {@link ZmqOption#FOREVER} for as long as it takes
     * @return completes with the reply, which the caller releases, or fails with {@link ZmqException}:
     *         {@link ZmqError#AGAIN} if the time is up, {@link ZmqError#CLOSED}, {@link ZmqError#NOT_SUPPORTED} if the
     *         type is another, {@link ZmqError#INVALID} if the socket has a handler, or as
     *         {@link #sendAsync(ZmtpMessage)}. Whoever cancels the future, or completes it or a future made of it
     *         otherwise, takes the request back: a request that waits is not sent, and a reply to one that was sent is
     *         dropped
     */
    public CompletableFuture<ZmtpMessage> request(ZmtpMessage message, Duration timeout) {
        if (core.type() != ZmqSocketType.REQ && core.type() != ZmqSocketType.DEALER) {
            message.release();
            return CompletableFuture.failedFuture(new ZmqException(ZmqError.NOT_SUPPORTED,
                    "request on a socket of type " + core.type() + " (expected: REQ or DEALER)"));
        }
        return requests.request(message, timeout);
    }

    // --- receiving ---

    /**
     * Receives a message, and waits {@link ZmqOption#RCVTIMEO} for it at most ({@code zmq_msg_recv(3)}).
     *
     * @return the message, which the caller releases
     * @throws ZmqException          {@link ZmqError#AGAIN} if the time is up, and as {@link #receiveAsync}
     * @throws InterruptedException  if the thread is interrupted; no message was taken
     * @throws IllegalStateException on the socket's event loop
     */
    public ZmtpMessage receive() throws InterruptedException {
        Duration timeout = core.options().get(ZmqOption.RCVTIMEO);
        ZmtpMessage message = receive(timeout);
        if (message == null) {
            throw again(core, "receive", timeout);
        }
        return message;
    }

    /**
     * Receives a message if there is one within some time.
     *
     * @param timeout how long to wait; with zero only a message that is there is taken ({@code ZMQ_DONTWAIT})
     * @return the message, which the caller releases, or {@code null} if there was none in time
     * @throws ZmqException          as {@link #receiveAsync}
     * @throws InterruptedException  if the thread is interrupted; no message was taken
     * @throws IllegalStateException on the socket's event loop
     */
    public @Nullable ZmtpMessage receive(Duration timeout) throws InterruptedException {
        checkMayBlock(core);
        if (core.inbox.isTakenFrom()) {
            return core.inbox.receive(timeout);
        }
        long start = System.nanoTime();
        PendingCall.Receive receiving = core.inbox.ask(timeout);
        ZmtpMessage message = null;
        if (timeout.isZero()) {
            core.arrive();
            Blocking.join(core.decided());
        }
        try {
            boolean timed = !receiving.isDone() && timeout.compareTo(ZmqOption.FOREVER) < 0;
            message = await(receiving, timed ? timeout.minusNanos(System.nanoTime() - start) : timeout);
            return message;
        } catch (TimeoutException e) {
            return null;
        } finally {
            core.inbox.got(receiving, message != null);
        }
    }

    /**
     * Receives a message without waiting. Calls of this method are served in their order; the other ways to receive may
     * overtake them.
     *
     * @return completes with a message, which the receiver releases, or fails with {@link ZmqException}:
     *         {@link ZmqError#NOT_SUPPORTED} if the type does not receive, {@link ZmqError#STATE} if it is not its turn
     *         (REQ, REP), {@link ZmqError#INVALID} if the socket has or gets a handler, or {@link ZmqError#CLOSED}. A
     *         caller that does not want the message any more cancels the future; if that fails, the future has a
     *         message. Whoever completes it otherwise ({@code orTimeout}, {@code complete}), or completes a future made
     *         of it ({@code thenAccept(..).orTimeout(..)}), takes the wait back in the same way, and no message is
     *         lost. In the moment in which a message is handed out, a future made of it is not completed by that: the
     *         call returns {@code false}, and what it wanted is done a moment later if the future is not done by then
     */
    public CompletableFuture<ZmtpMessage> receiveAsync() {
        return core.inbox.receive();
    }

    /** Receives as {@link #receiveAsync()}, for code that does not mind which thread completes the future. */
    CompletableFuture<ZmtpMessage> receiveForLibrary() {
        return core.inbox.receive(false);
    }

    /**
     * Takes a message that is there already, without any wait. This may be called on every thread.
     *
     * @return a message, which the caller releases, or {@code null}. {@code null} does not mean that nothing has
     *         arrived: a message on its way may not be ready yet, and REQ, REP and XPUB, a paused socket and one with a
     *         handler always give {@code null}
     */
    public @Nullable ZmtpMessage poll() {
        return core.inbox.poll();
    }

    /**
     * Has every message handled as it arrives, on the socket's event loop, with no other thread in between. The handler
     * may send with {@link #sendAsync}; what it sends is flushed once for all messages that arrived together. A REP
     * handles the next request only after the reply to the last one. What the handler throws is logged at WARN. Calls
     * that wait to receive fail with {@link ZmqError#INVALID}.
     *
     * @param handler releases each message, and must not block; with {@code null} messages wait again for
     *                {@link #receive()}
     * @throws ZmqException {@link ZmqError#INVALID} if {@link #request} has been called
     */
    public void onMessage(@Nullable Consumer<ZmtpMessage> handler) {
        if (requests.isBegun()) {
            throw new ZmqException(ZmqError.INVALID, "handler on a socket with requests (expected: one or the other)");
        }
        if (handler != null) {
            core.keepLoop();
        }
        core.submit((Runnable) () -> core.inbox.onMessage(handler));
    }

    /**
     * Stops the delivery of messages to the handler and to receivers until {@link #resume()}. Meanwhile the queues
     * fill, and then the peers cannot send.
     */
    public void pause() {
        core.submit((Runnable) () -> core.inbox.pause(true));
    }

    /** Goes on with the delivery of messages after {@link #pause()}. */
    public void resume() {
        core.submit((Runnable) () -> core.inbox.pause(false));
    }

    // --- subscriptions and options ---

    /**
     * Subscribes to all messages whose first part begins with a prefix ({@code ZMQ_SUBSCRIBE}; SUB, and XPUB with
     * {@link ZmqOption#XPUB_MANUAL}).
     *
     * @param prefix taken as UTF-8; an empty one subscribes to all messages
     * @throws ZmqException as {@link #setOption}
     */
    public void subscribe(String prefix) {
        subscribe(utf8(prefix));
    }

    /**
     * Subscribes as {@link #subscribe(String)}.
     *
     * @param prefix any bytes, copied; an empty one subscribes to all messages
     * @throws ZmqException as {@link #setOption}
     */
    public void subscribe(byte[] prefix) {
        setOption(ZmqOption.SUBSCRIBE, prefix);
    }

    /**
     * Takes a subscription back ({@code ZMQ_UNSUBSCRIBE}).
     *
     * @param prefix taken as UTF-8; one that was not subscribed changes nothing
     * @throws ZmqException as {@link #setOption}
     */
    public void unsubscribe(String prefix) {
        unsubscribe(utf8(prefix));
    }

    /**
     * Takes a subscription back, as {@link #unsubscribe(String)}.
     *
     * @param prefix any bytes, copied
     * @throws ZmqException as {@link #setOption}
     */
    public void unsubscribe(byte[] prefix) {
        setOption(ZmqOption.UNSUBSCRIBE, prefix);
    }

    /**
     * Joins a group ({@code zmq_join(3)}; DISH).
     *
     * @param group at most 255 bytes of UTF-8, none of them 0
     * @throws ZmqException {@link ZmqError#INVALID} if it was joined before
     */
    public void join(String group) {
        join(utf8(group));
    }

    /**
     * Joins a group, as {@link #join(String)}.
     *
     * @param group at most 255 bytes, none of them 0; copied
     * @throws ZmqException {@link ZmqError#INVALID} if it was joined before
     */
    public void join(byte[] group) {
        group(group.clone(), true);
    }

    /**
     * Leaves a group ({@code zmq_leave(3)}; DISH).
     *
     * @param group one that was joined
     * @throws ZmqException {@link ZmqError#INVALID} if it was not
     */
    public void leave(String group) {
        leave(utf8(group));
    }

    /**
     * Leaves a group, as {@link #leave(String)}.
     *
     * @param group one that was joined
     * @throws ZmqException {@link ZmqError#INVALID} if it was not
     */
    public void leave(byte[] group) {
        group(group.clone(), false);
    }

    private void group(byte[] group, boolean join) {
        Blocking.join(core.configure(() -> {
            core.group(group, join);
            return null;
        }));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Sets an option, and waits until it is set ({@code zmq_setsockopt(3)}).
     *
     * @param option the option; {@link ZmqOption#effect()} says when the change counts
     * @param value  the new value; copied
     * @param <T>    type of the value
     * @throws ZmqException {@link ZmqError#INVALID} if the value is not allowed, or sockets of this type do not have
     *                      the option; {@link ZmqError#CLOSED} if the socket is closed, except that LINGER can be
     *                      changed until the last connection is gone
     */
    public <T> void setOption(ZmqOption<T> option, T value) {
        Blocking.join(setOptionAsync(option, value));
    }

    /**
     * Sets an option as {@link #setOption(ZmqOption, Object)} does, without waiting.
     *
     * @param option the option; {@link ZmqOption#effect()} says when the change counts
     * @param value  the new value; copied
     * @param <T>    type of the value
     * @return completes when the option is set, or fails with a {@link ZmqException} as there
     */
    public <T> CompletableFuture<Void> setOptionAsync(ZmqOption<T> option, T value) {
        T copy = value == null ? null : option.copy(value);
        return core.configure(() -> {
            core.setOption(option, copy);
            return null;
        });
    }

    /**
     * Sets an option by its name, as libzmq's programs do: a list gets another entry, or is emptied by an empty text.
     *
     * @param name  libzmq's name, with or without {@code ZMQ_}
     * @param value the value as text, see {@link ZmqOption#parse}
     * @throws ZmqException {@link ZmqError#INVALID} if there is no such option or the value is not allowed
     */
    public void setOption(String name, String value) {
        setParsed(ZmqOption.byName(name), value);
    }

    private <T> void setParsed(ZmqOption<T> option, String value) {
        Blocking.join(core.configure(() -> {
            core.setOption(option, option.parse(value, core.options().get(option)));
            return null;
        }));
    }

    /**
     * Returns the value of an option ({@code zmq_getsockopt(3)}).
     *
     * @param option the option
     * @param <T>    type of the value
     * @return the value; arrays are copies. For ROUTING_ID of a STREAM it is the id of the last connection, made or
     *         accepted
     */
    public <T> T getOption(ZmqOption<T> option) {
        return option.copy(core.option(option));
    }

    /**
     * Returns the number of distinct topics ({@code ZMQ_TOPICS_COUNT}): those of all subscribers, or on a SUB those it
     * subscribed to.
     *
     * @return 0 or more
     * @throws IllegalStateException on the socket's event loop
     */
    public int topicCount() {
        checkMayBlock(core);
        return Blocking.join(core.call(core::topics));
    }

    // --- watching ---

    /**
     * Starts to collect the events of this socket in a queue. The caller closes it to end that.
     *
     * @param capacity how many events are kept, 1 or more; when the queue is full the oldest is dropped and counted
     * @return the queue, with the events from now on
     * @throws ZmqException             {@link ZmqError#CLOSED} if the socket is closed
     * @throws IllegalArgumentException if the capacity is less than 1
     */
    public ZmqMonitor monitor(int capacity) {
        core.checkOpen();
        return new ZmqMonitor(capacity, this::listen);
    }

    /**
     * Has every event handled on the socket's event loop.
     *
     * @param listener handles an event, and must not block; what it throws is logged at WARN
     * @return the registration, whose {@code close} takes the listener away; an event under way may still come
     * @throws ZmqException {@link ZmqError#CLOSED} if the socket is closed
     */
    public Registration onEvent(Consumer<ZmqEvent> listener) {
        core.checkOpen();
        return listen(listener)::run;
    }

    private Runnable listen(Consumer<ZmqEvent> listener) {
        return core.monitors.add(event -> listener.accept(new ZmqEvent(event.kind(), event.value(),
                event.endpoint(), event.local(), event.remote(), event.peer(), event.cause(), event)));
    }

    /** Stands for a listener that was added to a socket: closing the registration takes the listener away. */
    public interface Registration extends AutoCloseable {

        /** Takes the listener away. Another call changes nothing. */
        @Override
        void close();
    }

    /**
     * Returns what the socket did since it was opened. This may be called on every thread, also after the close.
     *
     * @return a snapshot
     */
    public ZmqMetrics metrics() {
        return ZmqMetrics.of(core);
    }

    // --- the end ---

    /**
     * Begins to close the socket, and does not wait ({@code zmq_close(3)}). Every send, receive and request that waits
     * fails with {@link ZmqError#CLOSED}. Messages whose send succeeded have the time of {@link ZmqOption#LINGER} to
     * get to their peers; messages that were not received are released. Another call changes nothing.
     */
    @Override
    public void close() {
        core.close();
    }

    /**
     * Closes as {@link #close()} does, and returns a future of the end.
     *
     * @return completes when the last connection is gone
     */
    public CompletableFuture<Void> closeAsync() {
        return core.close().copy();
    }

    /**
     * Tells whether closing has begun.
     *
     * @return {@code true} from the first {@link #close()} on
     */
    public boolean isClosed() {
        return core.isCloseCalled();
    }

    @Override
    public String toString() {
        return "ZmqSocket(" + core.name() + ", " + core.type() + ", " + core.endpoints.last() + ')';
    }
}
