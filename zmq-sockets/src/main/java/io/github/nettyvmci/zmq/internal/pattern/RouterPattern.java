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
package io.github.nettyvmci.zmq.internal.pattern;

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * ROUTER, and STREAM, which is the same with raw bytes: the first part of each message is the routing id of the peer it
 * comes from or goes to (RFC 28).
 *
 * <p>A peer's id is the one given for it by CONNECT_ROUTING_ID, else the one it asks for, else five octets that begin
 * with 0.
 */
final class RouterPattern extends Pattern {

    private final Map<ByteKey, Pipe> peers = new HashMap<>();
    private final ByteKey lookup = new ByteKey();
    private int lastGenerated = ThreadLocalRandom.current().nextInt();
    /** With STREAM, the id of the newest connection; {@code null} before the first one. */
    private volatile byte @Nullable [] lastId;
    /** The peer whose id another one takes over at this moment; {@code null} otherwise. */
    private @Nullable Pipe displaced;

    RouterPattern(PipeHost host, ZmqSocketType type) {
        super(host, type);
    }

    private boolean isStream() {
        return type == ZmqSocketType.STREAM;
    }

    @Override
    public SendMode sendMode() {
        // The application may set ROUTER_MANDATORY at any time, so the option is read anew.
        return isStream() || option(ZmqOption.ROUTER_MANDATORY) ? SendMode.ASKED : SendMode.ALWAYS;
    }

    @Override
    public String expectedPeer() {
        return isStream() ? super.expectedPeer() : "a routing id that no other peer has; or set ROUTER_HANDOVER";
    }

    @Override
    public boolean isTaken(byte[] id) {
        return peers.containsKey(new ByteKey(id));
    }

    @Override
    public void attach(Pipe pipe) {
        super.attach(pipe);
        if (isStream() && pipe.routingId.length == 0) {
            generate(pipe); // the application may read ROUTING_ID right after the connect
            lastId = pipe.routingId;
        }
        if (pipe.routingId.length > 0 && pipe.connecting) {
            // A peer named by CONNECT_ROUTING_ID can be sent to before it is there. If another peer took the id since,
            // the connection will be refused.
            peers.putIfAbsent(new ByteKey(pipe.routingId), pipe);
        }
    }

    @Override
    public boolean connected(Pipe pipe) {
        if (peers.get(new ByteKey(pipe.routingId)) != pipe) {
            if (pipe.connecting) {
                peers.values().remove(pipe); // before the connection broke, the peer had another id
            }
            if (!identify(pipe)) {
                return false;
            }
        }
        if (isStream() ? option(ZmqOption.STREAM_NOTIFY) : (option(ZmqOption.ROUTER_NOTIFY) & 1) != 0) {
            enqueue(pipe, Envelopes.empty().prepend(id(pipe)));
        }
        if (!isStream()) {
            hello(pipe);
            probe(pipe);
        }
        if (displaced != null) { // at last: what goes on because of it must find the new peer in its place
            Pipe old = displaced;
            displaced = null;
            host.disconnect(old, new ZmqException(ZmqError.CLOSED, "peer at " + old.endpoint() + ": another took over"
                    + " its routing id (expected: this, with ROUTER_HANDOVER)"));
        }
        return true;
    }

    /**
     * Gives a peer its routing id; returns {@code false} if another peer has that id. With ROUTER_HANDOVER the other is
     * {@link #displaced} then.
     */
    private boolean identify(Pipe pipe) {
        if (pipe.routingId.length == 0 || isStream()) {
            generate(pipe);
            return true;
        }
        ByteKey key = new ByteKey(pipe.routingId);
        Pipe other = peers.get(key);
        if (other != null) {
            if (!option(ZmqOption.ROUTER_HANDOVER)) {
                return false;
            }
            peers.remove(key);
            generate(other); // its old messages get another id, since this one is the new peer's
            in.change(other, message -> message.dropFirst(1).prepend(id(other)));
            displaced = other;
        }
        peers.put(key, pipe);
        return true;
    }

    private void generate(Pipe pipe) {
        ByteKey key;
        byte[] id;
        do {
            int number = ++lastGenerated;
            id = new byte[] {0, (byte) (number >>> 24), (byte) (number >>> 16), (byte) (number >>> 8), (byte) number};
            key = new ByteKey(id);
        } while (peers.containsKey(key));
        pipe.routingId = id;
        peers.put(key, pipe);
    }

    @Override
    public void disconnected(Pipe pipe) {
        if (peers.get(new ByteKey(pipe.routingId)) == pipe) { // else it was refused, and another has the id
            gone(pipe);
        }
    }

    @Override
    public void detach(Pipe pipe) {
        boolean known = peers.remove(new ByteKey(pipe.routingId), pipe);
        if (known && !pipe.connecting) {
            gone(pipe);
        }
    }

    private void gone(Pipe pipe) {
        byte[] farewell = option(ZmqOption.DISCONNECT_MSG);
        if (isStream() ? option(ZmqOption.STREAM_NOTIFY) : (option(ZmqOption.ROUTER_NOTIFY) & 2) != 0) {
            enqueue(pipe, Envelopes.empty().prepend(id(pipe)));
        }
        if (!isStream() && farewell.length > 0 && !pipe.connecting) {
            enqueue(pipe, ZmtpMessage.of(farewell).prepend(id(pipe)));
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T read(ZmqOption<T> option, T set) {
        byte[] id = lastId;
        return option == ZmqOption.ROUTING_ID && id != null ? (T) id.clone() : super.read(option, set);
    }

    @Override
    public @Nullable Pipe forget(ByteBuf id) {
        return peers.remove(lookup.of(id, id.readerIndex(), id.readableBytes()));
    }

    private static ByteBuf id(Pipe pipe) {
        if (pipe.idPartOf != pipe.routingId) {
            pipe.idPartOf = pipe.routingId;
            pipe.idPart = Envelopes.shared(pipe.routingId);
        }
        return pipe.idPart;
    }

    @Override
    public Object addressee(ZmtpMessage message) {
        Pipe pipe = message.partCount() < 2 ? null : peers.get(lookup.of(message, 0));
        return pipe == null ? ANYBODY : pipe;
    }

    @Override
    public boolean accept(Pipe pipe, ZmtpMessage message) {
        enqueue(pipe, message.prepend(id(pipe)));
        return true;
    }

    @Override
    public boolean send(ZmtpMessage message) {
        if (message.partCount() < 2) {
            message.release(); // an id alone is nothing to send, as in libzmq
            return true;
        }
        Pipe pipe = peers.get(lookup.of(message, 0));
        boolean mandatory = isStream() || option(ZmqOption.ROUTER_MANDATORY);
        if (pipe == null || pipe.closed) {
            if (mandatory) {
                throw new ZmqException(ZmqError.HOST_UNREACHABLE, "routing id: "
                        + ByteBufUtil.hexDump(message.bytes(0)) + " (expected: that of a peer)");
            }
            message.release();
            host.dropped(null);
            return true;
        }
        if (isStream() && message.partCount() == 2 && message.partLength(1) == 0) {
            peers.remove(lookup.of(message, 0));
            message.release();
            host.disconnect(pipe, new ZmqException(ZmqError.CLOSED, "peer at " + pipe.endpoint() + ": sent an empty"
                    + " part by the application (expected: this, to close a connection of STREAM)"));
            return true;
        }
        if (!pipe.hasRoom()) {
            if (mandatory) {
                return false;
            }
            message.release();
            host.dropped(pipe);
            return true;
        }
        pipe.send(message.dropFirst(1));
        return true;
    }
}
