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

import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.jspecify.annotations.Nullable;

/**
 * PUSH, SCATTER, DEALER and CLIENT: a message goes to the next peer in turn that has room, and messages are taken from
 * all peers in turn.
 */
class BalancedPattern extends Pattern {

    final RoundRobin out = new RoundRobin();
    /** Whether there is one peer, to which all messages go. */
    private volatile boolean single;

    BalancedPattern(PipeHost host, ZmqSocketType type) {
        super(host, type);
    }

    @Override
    public void attach(Pipe pipe) {
        super.attach(pipe);
        out.add(pipe);
        single = out.size() == 1;
        out.setReady(pipe, pipe.hasRoom());
    }

    @Override
    public boolean connected(Pipe pipe) {
        if (type == ZmqSocketType.DEALER || type == ZmqSocketType.REQ) {
            probe(pipe);
        }
        if (type == ZmqSocketType.DEALER || type == ZmqSocketType.CLIENT) {
            hello(pipe);
        }
        return true;
    }

    @Override
    public void detach(Pipe pipe) {
        out.remove(pipe);
        single = out.size() == 1;
    }

    @Override
    public void roomChanged(Pipe pipe) {
        out.setReady(pipe, pipe.hasRoom());
    }

    @Override
    public boolean send(ZmtpMessage message) {
        return sendToNext(message) != null;
    }

    @Override
    public boolean sendsBatches() {
        return single && type != ZmqSocketType.REQ;
    }

    @Override
    public boolean send(ZmtpBatch batch) {
        Pipe only = out.size() == 1 ? out.current() : null;
        return only != null && only.send(batch);
    }

    /** Returns the pipe that got the message, or {@code null} if none has room. */
    final @Nullable Pipe sendToNext(ZmtpMessage message) {
        Pipe pipe = out.current();
        if (pipe == null) {
            return null;
        }
        out.advance();
        pipe.send(message);
        return pipe;
    }
}
