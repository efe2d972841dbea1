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
package io.github.nettyvmci.zmq.internal.inproc;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.endpoint.EndpointHost;
import io.github.nettyvmci.zmq.internal.endpoint.Lane;
import io.github.nettyvmci.zmq.internal.endpoint.LoopQueue;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.Counter;
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One end of a connection within the process. A message passes as it is, or copied in a
 * batch if it is small and the sender was busy. Nothing else limits the messages that wait
 * between two sockets, so these may be as many as the sender's send and the receiver's receive high-water mark allow
 * together.
 */
final class InprocConnection implements Connection {

    /** Tells that the other end is closed; {@code why} is {@code null} if its socket wanted it so. */
    private record Down(@Nullable Throwable why) {
    }

    private final EndpointHost host;
    private final InprocEndpoint endpoint;
    private Lane out;
    private String peerName = "";
    /** The pipe of the peer, once this end is up. Written on this socket's loop, and read on the peer's. */
    private volatile @Nullable Pipe pipe;
    private boolean over;
    private InprocConnection peer;
    /** How many messages the peer has room for; 0: any number. */
    private int limit;
    private long written;
    /** Whether this end waits for room, and the peer has to tell when there is some. */
    private final AtomicBoolean starved = new AtomicBoolean();
    /** How many messages came and were not put into the pipe. */
    private final Counter filtered = new Counter();
    /**
     * How many messages in the pipe are notifications of subscriptions and not messages of the peer. They are counted
     * before they can be taken.
     */
    private final Counter notifications = new Counter();
    /** The events that arrived before this end was up; {@code null} afterwards. */
    private @Nullable ArrayDeque<Object> early = new ArrayDeque<>();

    InprocConnection(InprocEndpoint endpoint) {
        this.endpoint = endpoint;
        host = endpoint.host();
    }

    /** Joins this end to the other. This comes before anything else. Any thread. */
    void join(InprocConnection peer) {
        ZmqOptions theirs = peer.endpoint.options();
        peerName = peer.host.name();
        boolean conflates = peer.host.mayConflate() && theirs.get(ZmqOption.CONFLATE);
        limit = conflates ? 0 : theirs.get(ZmqOption.RCVHWM);
        this.peer = peer;
        out = new Lane(host.home(), peer.host.home(), 0, peer::arrived, peer.host::burstEnd, () -> { });
        host.addNeighbour(peer.host);
    }

    void up(PeerIdentity peer) {
        if (over) {
            return;
        }
        pipe = endpoint.up(this, peer);
        if (pipe == null) {
            close();
            return;
        }
        host.connectionUp(pipe);
        ArrayDeque<Object> held = early;
        early = null;
        held.forEach(this::arrived);
        inputLow();
    }

    private void arrived(Object event) {
        if (over) {
            lose(event);
        } else if (early != null) {
            early.add(event);
        } else if (event instanceof Down down) {
            down(down.why());
        } else if (event instanceof ZmtpCommand command) {
            notifications.add(1);
            long put = put(command);
            command.release();
            if (put != 1) {
                notifications.add(put - 1);
                roomFound();
            }
        } else {
            int came = count(event);
            long put = put(event);
            if (put < came) {
                filtered.add(came - put);
                roomFound();
            }
        }
    }

    private void lose(Object event) {
        host.lost(pipe, count(event));
        ReferenceCountUtil.release(event);
    }

    /** Returns how many messages something is. */
    private static int count(Object event) {
        return event instanceof ZmtpBatch batch ? batch.count() : event instanceof ZmtpMessage ? 1 : 0;
    }

    /** Hands an event to the socket; returns how many messages this put into the pipe. */
    private long put(Object event) {
        Pipe to = pipe;
        long before = to.queued();
        if (event instanceof ZmtpCommand command) {
            host.command(to, command);
        } else if (event instanceof ZmtpBatch batch) {
            host.messages(to, batch);
        } else {
            host.message(to, (ZmtpMessage) event);
        }
        return to.queued() - before;
    }

    /**
     * Tells the peer that there is room again. This is needed for an event that put no message into the pipe, because
     * nothing will be taken that would tell.
     */
    private void roomFound() {
        VarHandle.fullFence(); // either this end sees that the peer waits, or the peer sees what was counted
        inputLow();
    }

    /**
     * Returns how many messages of the peer are neither under way nor in the pipe. A notification of a subscription
     * takes a place while it waits in the pipe. The counters are read in an order with which the result is never too
     * large. On the peer's loop.
     */
    private long done() {
        Pipe to = pipe;
        if (to == null) {
            return 0;
        }
        long taken = to.taken();
        return filtered.get() + taken - notifications.get();
    }

    private void writable() {
        if (pipe != null && !over) {
            host.writable(pipe);
        }
    }

    private void down(@Nullable Throwable why) {
        if (!over) {
            over = true;
            host.removeNeighbour(peer.host);
            if (early != null) {
                early.forEach(this::lose);
                early.clear(); // up() may be under way
            }
            endpoint.down(pipe, why);
            host.settle();
        }
    }

    @Override
    public String address() {
        return peerName;
    }

    @Override
    public boolean isWritable() {
        if (limit == 0 || written - peer.done() < limit) {
            return true;
        }
        starved.set(true);
        Pipe to = peer.pipe;
        if (to != null) {
            to.await();
        }
        // If messages were taken before the flag was set, the peer did not tell of the room.
        return written - peer.done() < limit && starved.compareAndSet(true, false);
    }

    @Override
    public int batchRoom() {
        return limit == 0 ? Integer.MAX_VALUE : (int) (limit - (written - peer.done()));
    }

    @Override
    public void write(Object message) {
        written += count(message);
        out.offer(message);
    }

    @Override
    public void flush() {
        // Every message is on its way at once.
    }

    @Override
    public void inputFull() {
        // The peer looks at the counters of this end by itself, in isWritable().
    }

    @Override
    public void inputLow() {
        AtomicBoolean waits = peer.starved;
        if (waits.get() && waits.compareAndSet(true, false)) {
            LoopQueue.execute(peer.host.home(), peer::writable);
        }
    }

    @Override
    public void close() {
        close(null);
    }

    @Override
    public void close(@Nullable Throwable why) {
        if (!over) {
            out.offer(new Down(why));
            down(why);
        }
    }

    @Override
    public void finish(Runnable done) {
        close();
        done.run();
    }
}
