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
package io.github.nettyvmci.zmq.internal.socket;

import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.jspecify.annotations.Nullable;

/**
 * Recognises threads that take turns of sending and receiving on a socket, as both ends of REQ and REP do, and threads
 * that receive from a socket that never sends. Such a thread has nothing else to do while it waits, so it runs the
 * socket's event loop itself. For a thread that keeps sending see {@link SendStream}.
 *
 * <p>Any thread. The fields are read and written without order: a thread that misses a turn takes the longer way.
 */
final class Turns {

    private final SocketHost host;
    /** The thread that sent last, unless somebody has received since. */
    private @Nullable Thread sender;
    /** The thread that waited for a message last, unless somebody has sent since. */
    private @Nullable Thread receiver;

    Turns(SocketHost host) {
        this.host = host;
    }

    /** Submits what a thread sends. One that answers what it received writes it itself if the loop is free. */
    void send(Object work) {
        Thread thread = Thread.currentThread();
        boolean answers = receiver == thread;
        if (receiver != null) {
            receiver = null;
        }
        if (sender != thread) {
            sender = thread;
        }
        LeaderLoop loop = answers ? host.leaderLoop() : null;
        if (loop != null && loop.tryLead()) {
            try {
                host.submit(work);
            } finally {
                loop.leave();
            }
        } else if (work instanceof ZmtpMessage message) {
            host.send(message);
        } else {
            host.submit(work);
        }
    }

    /**
     * Tells that a thread is about to wait for a message. Returns the loop that it shall run meanwhile, and has to
     * {@linkplain LeaderLoop#leave leave}; {@code null} if it shall sleep.
     */
    @Nullable LeaderLoop lead() {
        Thread thread = Thread.currentThread();
        boolean asked = sender == thread || !host.type().sends(); // PULL, SUB and the like only wait
        if (sender != null) {
            sender = null;
        }
        LeaderLoop loop = asked ? host.leaderLoop() : null;
        return loop != null && loop.tryLead() ? loop : null;
    }

    /** Tells that the thread has got the message that it waited for. */
    void received() {
        receiver = Thread.currentThread();
    }
}
