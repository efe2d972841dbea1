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
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;

/**
 * REQ: the application sends a request, receives its reply, and sends the next request (RFC 28). On the wire a request
 * and its reply are:
 *
 * <pre>
 *  [request id (4 octets), with REQ_CORRELATE] [empty] body...
 * </pre>
 */
final class ReqPattern extends BalancedPattern {

    private boolean waiting;
    /** The peer that was asked; {@code null} once it is gone, and then any peer may reply. */
    private @Nullable Pipe asked;
    private boolean correlated;
    private int requestId = ThreadLocalRandom.current().nextInt();

    ReqPattern(PipeHost host) {
        super(host, ZmqSocketType.REQ);
    }

    @Override
    public SendMode sendMode() {
        return SendMode.STATE;
    }

    @Override
    public boolean maySend() {
        return out.current() != null && (!waiting || option(ZmqOption.REQ_RELAXED));
    }

    @Override
    public boolean isTakenFrom() {
        return false;
    }

    @Override
    public void detach(Pipe pipe) {
        super.detach(pipe);
        if (asked == pipe) {
            asked = null;
        }
    }

    @Override
    public boolean send(ZmtpMessage message) {
        if (waiting && !option(ZmqOption.REQ_RELAXED)) {
            throw new ZmqException(ZmqError.STATE, "send on a socket of type REQ that waits for a reply (expected:"
                    + " receive first); or set REQ_RELAXED, with REQ_CORRELATE");
        }
        if (out.current() == null) {
            return false;
        }
        for (ZmtpMessage old = in.take(); old != null; old = in.take()) {
            old.release(); // a reply to an earlier request answers no other
            dropped(in.source());
        }
        correlated = option(ZmqOption.REQ_CORRELATE);
        requestId++;
        ZmtpMessage request = message.prepend(Unpooled.EMPTY_BUFFER);
        asked = sendToNext(correlated ? request.prepend(Envelopes.number(requestId)) : request);
        waiting = true;
        return true;
    }

    @Override
    public boolean accept(Pipe pipe, ZmtpMessage message) {
        int envelope = envelope(message);
        if (envelope < 0) {
            message.release();
            return false;
        }
        if (!waiting || asked != null && asked != pipe
                || correlated != (envelope == 2) || correlated && Envelopes.number(message, 0) != requestId) {
            message.release(); // the reply is late, or another peer's
            host.dropped(pipe);
            return true;
        }
        enqueue(pipe, message.dropFirst(envelope));
        return true;
    }

    /** Returns the number of parts before the body, or -1 if a reply cannot begin so. */
    private static int envelope(ZmtpMessage message) {
        int first = message.partLength(0);
        int count = message.partCount();
        if (count >= 2 && first == 0) {
            return 1;
        }
        return count >= 3 && first == 4 && message.partLength(1) == 0 ? 2 : -1;
    }

    /**
     * Allows a receive while a request still waits to be sent, too: the peer it was meant for has left, and the request
     * goes to the next one.
     */
    @Override
    public void checkReceive(BooleanSupplier sending) {
        if (!waiting && !sending.getAsBoolean()) {
            throw new ZmqException(ZmqError.STATE,
                    "receive on a socket of type REQ without a request (expected: send first)");
        }
    }

    @Override
    public @Nullable ZmtpMessage receive() {
        ZmtpMessage reply = waiting ? in.take() : null;
        if (reply != null) {
            waiting = false;
            asked = null;
        }
        return reply;
    }
}
