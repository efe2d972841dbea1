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
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

import java.util.function.BooleanSupplier;

/**
 * REP: the application receives a request, sends its reply, and receives the next request (RFC 28). The parts of a
 * request up to the first empty one are the way back, and the reply gets them in front.
 */
final class RepPattern extends Pattern {

    private boolean replying;
    /** The peer that asked; {@code null} once it is gone. */
    private @Nullable Pipe asker;
    /** The parts that go before the empty part in front of the reply; {@code null} if there are none. */
    private byte[] @Nullable [] envelope;

    RepPattern(PipeHost host) {
        super(host, ZmqSocketType.REP);
    }

    @Override
    public SendMode sendMode() {
        return SendMode.STATE;
    }

    @Override
    public boolean maySend() {
        return replying;
    }

    @Override
    public boolean isTakenFrom() {
        return false;
    }

    @Override
    public void detach(Pipe pipe) {
        if (asker == pipe) {
            asker = null;
        }
    }

    @Override
    public void checkReceive(BooleanSupplier sending) {
        if (replying) {
            throw new ZmqException(ZmqError.STATE,
                    "receive on a socket of type REP that owes a reply (expected: send first)");
        }
    }

    @Override
    public @Nullable ZmtpMessage receive() {
        while (!replying) {
            ZmtpMessage request = in.take();
            Pipe pipe = in.source();
            if (request == null) {
                return null;
            }
            int delimiter = 0;
            int last = request.partCount() - 1;
            while (delimiter < last && request.partLength(delimiter) > 0) {
                delimiter++;
            }
            if (delimiter >= last) {
                request.release(); // without a delimiter, or a part after it, this is no request
                dropped(pipe);
                continue;
            }
            replying = true;
            asker = pipe.closed ? null : pipe;
            envelope = delimiter == 0 ? null : new byte[delimiter][];
            for (int i = 0; i < delimiter; i++) {
                envelope[i] = request.bytes(i); // a copy does not hold the memory of the request
            }
            return request.dropFirst(delimiter + 1);
        }
        return null;
    }

    /** Lets the next request be delivered, now that the reply is sent. */
    @Override
    public void sent() {
        host.receivable();
    }

    @Override
    public boolean send(ZmtpMessage message) {
        if (!replying) {
            throw new ZmqException(ZmqError.STATE,
                    "send on a socket of type REP without a request (expected: receive first)");
        }
        replying = false;
        byte[][] way = envelope;
        envelope = null;
        if (asker == null) {
            message.release(); // the asker is gone; libzmq drops its reply, too
            host.dropped(null);
        } else if (!asker.hasRoom()) {
            message.release();
            host.dropped(asker);
        } else {
            ZmtpMessage reply = message.prepend(Unpooled.EMPTY_BUFFER);
            for (int i = way == null ? 0 : way.length; i > 0; i--) {
                reply = reply.prepend(Unpooled.wrappedBuffer(way[i - 1]));
            }
            asker.send(reply);
        }
        asker = null;
        return true;
    }
}
