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

/** PAIR and CHANNEL: there is one peer, and a second one is turned away (RFC 31, RFC 52). */
final class PairPattern extends Pattern {

    /** Written on the loop. */
    private volatile @Nullable Pipe peer;

    PairPattern(PipeHost host, ZmqSocketType type) {
        super(host, type);
    }

    @Override
    public boolean connected(Pipe pipe) {
        if (peer == null) {
            peer = pipe;
        }
        return peer == pipe;
    }

    @Override
    public void attach(Pipe pipe) {
        super.attach(pipe);
        if (peer == null) {
            peer = pipe;
        }
    }

    @Override
    public void detach(Pipe pipe) {
        if (peer == pipe) {
            peer = null;
        }
    }

    @Override
    public boolean send(ZmtpMessage message) {
        Pipe to = peer;
        if (to == null || !to.hasRoom()) {
            return false;
        }
        to.send(message);
        return true;
    }

    @Override
    public boolean sendsBatches() {
        return peer != null;
    }

    @Override
    public boolean send(ZmtpBatch batch) {
        Pipe to = peer;
        return to != null && to.hasRoom() && to.send(batch);
    }
}
