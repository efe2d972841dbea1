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
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.ThreadLocalRandom;

/**
 * SERVER and PEER: every peer has a number, which is the first part (4 octets) of each message from or to it (RFC 41,
 * RFC 51). On the wire there is only the other part.
 */
final class ServerPattern extends Pattern {

    private final IntObjectMap<Pipe> peers = new IntObjectHashMap<>();
    private int lastNumber = ThreadLocalRandom.current().nextInt();

    ServerPattern(PipeHost host, ZmqSocketType type) {
        super(host, type);
    }

    @Override
    public SendMode sendMode() {
        return SendMode.ASKED;
    }

    @Override
    public void attach(Pipe pipe) {
        super.attach(pipe);
        do {
            pipe.peerNumber = ++lastNumber;
        } while (pipe.peerNumber == 0 || peers.containsKey(pipe.peerNumber));
        peers.put(pipe.peerNumber, pipe);
        pipe.idPart = Envelopes.shared(Envelopes.bytes(pipe.peerNumber));
    }

    @Override
    public boolean connected(Pipe pipe) {
        hello(pipe);
        return true;
    }

    @Override
    public void detach(Pipe pipe) {
        byte[] farewell = option(ZmqOption.DISCONNECT_MSG);
        if (peers.get(pipe.peerNumber) != pipe) {
            return; // the application disconnected it, so no message tells of its end
        }
        peers.remove(pipe.peerNumber);
        if (farewell.length > 0 && !pipe.connecting) {
            enqueue(pipe, ZmtpMessage.of(farewell).prepend(pipe.idPart));
        }
    }

    @Override
    public boolean accept(Pipe pipe, ZmtpMessage message) {
        if (message.partCount() > 1) {
            message.release();
            host.dropped(pipe);
        } else {
            enqueue(pipe, message.prepend(pipe.idPart));
        }
        return true;
    }

    @Override
    public void checkSend(ZmtpMessage message) {
        if (message.partCount() != 2 || message.partLength(0) != 4) {
            throw new ZmqException(ZmqError.INVALID, "message of " + message.partCount() + " parts, the first "
                    + message.partLength(0) + " octets, on a socket of type " + type
                    + " (expected: a routing id of 4 octets and one part)");
        }
    }

    @Override
    public @Nullable Pipe forget(ByteBuf id) {
        return id.readableBytes() == 4 ? peers.remove(id.getInt(id.readerIndex())) : null;
    }

    @Override
    public Object addressee(ZmtpMessage message) {
        Pipe pipe = peers.get(Envelopes.number(message, 0));
        return pipe == null ? ANYBODY : pipe;
    }

    @Override
    public boolean send(ZmtpMessage message) {
        int number = Envelopes.number(message, 0);
        Pipe pipe = peers.get(number);
        if (pipe == null || pipe.closed) {
            throw new ZmqException(ZmqError.HOST_UNREACHABLE, "routing id: " + Integer.toUnsignedString(number)
                    + " (expected: that of a peer)");
        }
        if (!pipe.hasRoom()) {
            return false;
        }
        pipe.send(message.dropFirst(1));
        return true;
    }
}
