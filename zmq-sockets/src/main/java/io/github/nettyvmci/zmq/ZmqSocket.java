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
 * A ZeroMQ socket: any number of peers behind the rules of its {@linkplain ZmqSocketType type}.
 *
 * <p><b>Verbs.</b> A plain name waits until the work is done ({@link #send}, {@link #receive()}, {@link #bind}); a name
 * that ends in {@code Async} returns a future instead. Only sends and receives wait for a peer: for room, or for a
 * message.
 *
 * <p><b>Threads.</b> Every method may be called by any thread. The socket lives on one event loop; futures complete and
 * handlers run there, so neither may block. Methods that may wait for a peer refuse to be called on the loop with
 * {@link IllegalStateException}, and suit virtual threads. A thread that is interrupted while it waits gets
 * {@link InterruptedException} and nothing is lost; the socket can be used on.
 *
 * <p><b>Messages.</b> Sending passes a message on, whatever comes of it: retain it before to try again. Only
 * {@link #offer} gives one back, when it returns {@code false}. A message that is received is the receiver's to
 * release.
 *
 * <p><b>Queues.</b> Messages wait up to the high-water marks {@link ZmqOption#SNDHWM} and {@link ZmqOption#RCVHWM} for
 * each peer. A peer that does not take its messages fills its queues, then the kernel's buffers, then ours: sends wait,
 * or the message is dropped and counted where the type has it so.
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
     * Returns the type.
     *
     * @return as it was opened
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
     * @throws ZmqException {@link ZmqError#INVALID} or {@link ZmqError#NO_TRANSPORT} if the endpoint is none,
     *                      {@link ZmqError#ADDRESS_IN_USE} or {@link ZmqError#BIND_FAILED} if it cannot be had
     */
    public String bind(String endpoint) {
        checkMayBlock(core);
        return Blocking.join(core.endpoints.bind(endpoint));
    }

    /**
     * Binds as {@link #bind} does, without waiting.
     *
     * @param endpoint as for {@link #bind}
     * @return completes with the real endpoint, or a {@link ZmqException}
     * @throws ZmqException if the endpoint is none
     */
    public CompletableFuture<String> bindAsync(String endpoint) {
        return core.endpoints.bind(endpoint);
    }

    /**
     * Ends a bind and waits until it is done ({@code zmq_unbind(3)}): nobody is accepted any more, and the peers it
     * accepted are let go once they have what waits for them, for which this does not wait.
     *
     * @param endpoint what {@link #bind} returned
     * @throws ZmqException {@link ZmqError#NOT_FOUND} if there is no such bind
     */
    public void unbind(String endpoint) {
        checkMayBlock(core);
        Blocking.join(core.endpoints.unbind(endpoint));
    }

    /**
     * Ends a bind as {@link #unbind} does, without waiting.
     *
     * @param endpoint what {@link #bind} returned
     * @return completes when nobody is accepted any more, or with a {@link ZmqException}
     */
    public CompletableFuture<Void> unbindAsync(String endpoint) {
        return core.endpoints.unbind(endpoint);
    }

    /**
     * Connects ({@code zmq_connect(3)}). Never waits for the peer, and does not fail if it is not there: it is tried
     * again until it is, see {@link ZmqOption#RECONNECT_IVL}. Messages may be sent at once and wait, unless
     * {@link ZmqOption#IMMEDIATE} is set. DEALER, REQ, PUB and SUB ignore a second connect to the same endpoint. May be
     * called on every event loop. On that of another socket of the context it does not wait for this one's, which might
     * be waiting too: only an endpoint that is none fails there, all else is a warning in the log.
     *
     * @param endpoint as for {@link #bind}, without wild cards
     * @throws ZmqException {@link ZmqError#INVALID} or {@link ZmqError#NO_TRANSPORT} if the endpoint is none,
     *                      {@link ZmqError#INVALID} if the options contradict each other,
     *                      {@link ZmqError#ADDRESS_IN_USE} if CONNECT_ROUTING_ID is that of another peer,
     *                      {@link ZmqError#CLOSED}
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
     * Connects as {@link #connect} does, and tells how to address the peer ({@code zmq_connect_peer(3)}). SERVER and
     * PEER.
     *
     * @param endpoint as for {@link #connect}
     * @return the number in front of the messages to and from the peer
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
     * Ends a connect and waits until it is done ({@code zmq_disconnect(3)}). What waits for the peer is sent before it
     * is let go, unless LINGER is 0; this does not wait for that.
     *
     * @param endpoint what was passed to {@link #connect}, to the letter
     * @throws ZmqException {@link ZmqError#NOT_FOUND} if there is no such connect
     */
    public void disconnect(String endpoint) {
        checkMayBlock(core);
        Blocking.join(core.endpoints.disconnect(endpoint));
    }

    /**
     * Ends a connect as {@link #disconnect} does, without waiting.
     *
     * @param endpoint what was passed to {@link #connect}, to the letter
     * @return completes when nothing is tried any more, or with a {@link ZmqException}
     */
    public CompletableFuture<Void> disconnectAsync(String endpoint) {
        return core.endpoints.disconnect(endpoint);
    }

    /**
     * Lets go of one peer ({@code zmq_disconnect_peer(3)}): its connection is closed, what waits for it is dropped, and
     * a connect of ours to it is not tried again. What it sent stays to be received. SERVER and PEER.
     *
     * @param routingId the number in front of its messages, or what {@link #connectPeer} returned
     * @throws ZmqException {@link ZmqError#HOST_UNREACHABLE} if no peer has it, {@link ZmqError#NOT_SUPPORTED} if the
     *                      type has no such numbers, {@link ZmqError#CLOSED}
     */
    public void disconnectPeer(int routingId) {
        disconnectPeer(Envelopes.bytes(routingId));
    }

    /**
     * Lets go of one peer, as {@link #disconnectPeer(int)}. ROUTER and STREAM, and SERVER and PEER with the number as 4
     * octets.
     *
     * @param routingId the first part of its messages
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
     * Returns what the socket is called in logs and meters.
     *
     * @return the name it was given, or one of its own, such as {@code PUSH-7}
     */
    public String name() {
        return core.name();
    }

    /**
     * Returns the endpoint of the last bind or connect ({@code ZMQ_LAST_ENDPOINT}).
     *
     * @return the real one after a bind; empty before any
     */
    public String lastEndpoint() {
        return core.endpoints.last();
    }

    /**
     * Returns what secures the next bind or connect ({@code ZMQ_MECHANISM}), as its options or its own mechanism say.
     *
     * @return {@code NULL}, {@code PLAIN}, {@code CURVE}, or the name of the socket's own
     */
    public String mechanism() {
        return core.endpoints.mechanism();
    }

    // --- sending ---

    /**
     * Sends a message and waits until it has a place in the queue of a peer, or was dropped because the type has it so,
     * for {@link ZmqOption#SNDTIMEO} at most ({@code zmq_msg_send(3)}).
     *
     * @param message passed on in any case
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
     * Sends text, one part each, as {@link #send(ZmtpMessage)}.
     *
     * @param parts one part or more, in UTF-8
     * @throws ZmqException         as there
     * @throws InterruptedException as there
     */
    public void send(String... parts) throws InterruptedException {
        send(ZmtpMessage.ofText(parts));
    }

    /**
     * Sends bytes, one part each, as {@link #send(ZmtpMessage)}.
     *
     * @param parts one part or more; they are not copied, and not to be changed afterwards
     * @throws ZmqException         as there
     * @throws InterruptedException as there
     */
    public void send(byte[]... parts) throws InterruptedException {
        send(ZmtpMessage.of(parts));
    }

    /**
     * Sends a message if it can go within some time; the counterpart of {@link #receive(Duration)}.
     *
     * @param message passed on, unless this returns {@code false}: then it is still the caller's
     * @param timeout how long to wait; zero: only if it goes at once ({@code ZMQ_DONTWAIT})
     * @return whether it was sent
     * @throws ZmqException          as {@link #sendAsync(ZmtpMessage)}; the message was released
     * @throws InterruptedException  if the thread is interrupted; the message was not sent, and was released
     * @throws IllegalStateException on the socket's event loop
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
        boolean ours = false; // the event loop decides, and has a reference of its own
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
     * Sends a message. It is done when the message has a place in the queue of a peer, or was dropped because the type
     * has it so; until then it waits in order, at most {@link ZmqOption#PENDING_SENDS} of them. Cancelling takes it
     * back if it comes in time, as does completing it otherwise ({@code orTimeout}) or completing a future made of it.
     *
     * @param message passed on in any case
     * @return fails with {@link ZmqException}: {@link ZmqError#NOT_SUPPORTED}, {@link ZmqError#STATE},
     *         {@link ZmqError#HOST_UNREACHABLE}, {@link ZmqError#INVALID}, {@link ZmqError#AGAIN} if too many wait, or
     *         {@link ZmqError#CLOSED}
     */
    public CompletableFuture<Void> sendAsync(ZmtpMessage message) {
        return core.outbox.send(message);
    }

    /**
     * Sends text, one part each, as {@link #sendAsync(ZmtpMessage)}.
     *
     * @param parts one part or more, in UTF-8
     * @return see there
     */
    public CompletableFuture<Void> sendAsync(String... parts) {
        return sendAsync(ZmtpMessage.ofText(parts));
    }

    // --- asking ---

    /**
     * Asks, and waits for the one reply to that. REQ and DEALER, where the other side is a REP, or sends the envelope
     * back as RFC 28 has it, as with a ROUTER that puts the same parts before the reply that it found before the
     * request: the empty one and all before it.
     *
     * <p>DEALER has any number of requests on their way, and goes round its peers with them. REQ has one, and sends the
     * next when that has its reply or will have none; it sets REQ_RELAXED and REQ_CORRELATE for that. The time counts
     * from this call. A reply that comes too late is dropped, counted ({@link ZmqMetrics#dropped()}) and logged at
     * DEBUG. From the first request on all that arrives is taken for replies, and the ways to receive are refused.
     *
     * <p>A request is sent once: a peer that is gone with it lets the time run out. CLIENT has no envelope, so that a
     * late reply could be taken for that to another request: it has no requests.
     *
     * @param message passed on in any case
     * @param timeout how long to wait for the reply, {@link ZmqOption#FOREVER} for as long as it takes
     * @return completes with the reply, which is the caller's to release, or fails with {@link ZmqException}:
     *         {@link ZmqError#AGAIN} if the time is up, {@link ZmqError#CLOSED}, {@link ZmqError#NOT_SUPPORTED},
     *         {@link ZmqError#INVALID} if the socket has a handler, or as {@link #sendAsync(ZmtpMessage)}. Cancelling,
     *         or completing it or a future made of it otherwise, takes the request back: it is not sent if it was
     *         not, and its reply dropped
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
     * Receives a message, and waits for it for {@link ZmqOption#RCVTIMEO} at most ({@code zmq_msg_recv(3)}).
     *
     * @return the message, to be released
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
     * @param timeout how long to wait; zero: only if it is there ({@code ZMQ_DONTWAIT})
     * @return the message, to be released, or {@code null} if there was none in time
     * @throws ZmqException          as {@link #receiveAsync}
     * @throws InterruptedException  if the thread is interrupted; no message was taken
     * @throws IllegalStateException on the socket's event loop
     */
    public @Nullable ZmtpMessage receive(Duration timeout) throws InterruptedException {
        checkMayBlock(core);
        if (core.inbox.isTakenFrom()) {
            return core.inbox.receive(timeout);
        }
        CompletableFuture<ZmtpMessage> receiving = core.inbox.receive();
        if (timeout.isZero()) {
            core.arrive();
            Blocking.join(core.decided());
        }
        try {
            return await(receiving, timeout);
        } catch (TimeoutException e) {
            return null;
        }
    }

    /**
     * Receives a message. Who asks this way first is served first; the other ways to receive may overtake.
     *
     * @return completes with a message that is the receiver's to release, or fails with {@link ZmqException}:
     *         {@link ZmqError#NOT_SUPPORTED}, {@link ZmqError#STATE} or {@link ZmqError#CLOSED}. To be cancelled if it
     *         is not wanted any more; if cancelling fails there is a message. Completing it otherwise
     *         ({@code orTimeout}, {@code complete}), or a future made of it ({@code thenAccept(..).orTimeout(..)}),
     *         takes the wait back alike: no message is lost by it
     */
    public CompletableFuture<ZmtpMessage> receiveAsync() {
        return core.inbox.receive();
    }

    /**
     * Takes a message that is there already, without any wait.
     *
     * @return a message, or {@code null}, which tells nothing: a message on its way may not be ready yet, and REQ, REP
     *         and XPUB never have one ready
     */
    public @Nullable ZmtpMessage poll() {
        return core.inbox.poll();
    }

    /**
     * Has every message handled as it arrives, on the socket's event loop, with no other thread in between. A handler
     * may send with {@link #sendAsync}, which is flushed once for all messages that arrived together. With REP the next
     * request comes after the reply to the last.
     *
     * @param handler takes over each message; {@code null}: messages wait again for {@link #receive()}
     * @throws ZmqException {@link ZmqError#INVALID} if {@link #request} has been called
     */
    public void onMessage(@Nullable Consumer<ZmtpMessage> handler) {
        if (requests.isBegun()) {
            throw new ZmqException(ZmqError.INVALID, "handler on a socket with requests (expected: one or the other)");
        }
        core.submit((Runnable) () -> core.inbox.onMessage(handler));
    }

    /**
     * Stops the delivery of messages to the handler and to receivers until {@link #resume()}. Meanwhile the queues
     * fill, and push back to the peers.
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
     * @param prefix as UTF-8; empty: all
     * @throws ZmqException as {@link #setOption}
     */
    public void subscribe(String prefix) {
        subscribe(utf8(prefix));
    }

    /**
     * Subscribes as {@link #subscribe(String)}.
     *
     * @param prefix any bytes, copied; empty: all
     * @throws ZmqException as {@link #setOption}
     */
    public void subscribe(byte[] prefix) {
        setOption(ZmqOption.SUBSCRIBE, prefix);
    }

    /**
     * Takes a subscription back ({@code ZMQ_UNSUBSCRIBE}).
     *
     * @param prefix as UTF-8; one that was not subscribed changes nothing
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
     * Sets an option ({@code zmq_setsockopt(3)}).
     *
     * @param option which; {@link ZmqOption#effect()} says when it counts
     * @param value  copied
     * @param <T>    type of the value
     * @throws ZmqException {@link ZmqError#INVALID} if the value is not allowed, or the option is one of other types;
     *                      {@link ZmqError#CLOSED} if the socket is closed: only LINGER can be changed until the last
     *                      message is out
     */
    public <T> void setOption(ZmqOption<T> option, T value) {
        Blocking.join(setOptionAsync(option, value));
    }

    /**
     * Sets an option as {@link #setOption(ZmqOption, Object)} does, without waiting.
     *
     * @param option which; {@link ZmqOption#effect()} says when it counts
     * @param value  copied
     * @param <T>    type of the value
     * @return completes when it is set, or fails with a {@link ZmqException} as there
     */
    public <T> CompletableFuture<Void> setOptionAsync(ZmqOption<T> option, T value) {
        T copy = value == null ? null : option.copy(value);
        return core.configure(() -> {
            core.setOption(option, copy);
            return null;
        });
    }

    /**
     * Sets an option as libzmq's programs do: a list gets another entry, or is emptied by an empty text.
     *
     * @param name  libzmq's, with or without {@code ZMQ_}
     * @param value as text, see {@link ZmqOption#parse}
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
     * Returns an option ({@code zmq_getsockopt(3)}).
     *
     * @param option which
     * @param <T>    type of the value
     * @return the value; arrays are copies. ROUTING_ID of STREAM is that of the last connection, made or accepted
     */
    public <T> T getOption(ZmqOption<T> option) {
        return option.copy(core.option(option));
    }

    /**
     * Returns the number of distinct topics ({@code ZMQ_TOPICS_COUNT}): of all subscribers, or of our own on SUB.
     *
     * @return 0 or more
     */
    public int topicCount() {
        checkMayBlock(core);
        return Blocking.join(core.call(core::topics));
    }

    // --- watching ---

    /**
     * Starts to collect events.
     *
     * @param capacity how many are kept; the oldest are dropped and counted
     * @return the queue of events, from now on
     * @throws ZmqException {@link ZmqError#CLOSED} if the socket is closed
     */
    public ZmqMonitor monitor(int capacity) {
        core.checkOpen();
        return new ZmqMonitor(capacity, this::listen);
    }

    /**
     * Has every event handled on the socket's event loop.
     *
     * @param listener must not block
     * @return closing it takes the listener away; the event under way may still come
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

    /** Keeps a listener with a socket until it is closed. */
    public interface Registration extends AutoCloseable {

        /** Takes the listener away. Once is enough; more does no harm. */
        @Override
        void close();
    }

    /**
     * Returns what the socket did so far.
     *
     * @return a snapshot
     */
    public ZmqMetrics metrics() {
        return ZmqMetrics.of(core);
    }

    // --- the end ---

    /**
     * Begins to close ({@code zmq_close(3)}), and does not wait: everything pending fails with {@link ZmqError#CLOSED},
     * and messages that wait for peers have the time of {@link ZmqOption#LINGER}. Once is enough; more does no harm.
     */
    @Override
    public void close() {
        core.close();
    }

    /**
     * Closes as {@link #close()} does, and tells when it is done.
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
