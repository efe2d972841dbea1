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
package io.github.nettyvmci.transport;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets of closed channels from whose buffers the kernel still sends (MSG_ZEROCOPY). When a socket is closed its
 * bytes stay where the peer will read them, over loopback that is in our buffers, and no completion can be had any
 * more. If the buffers went back to their pool then, the peer would read what somebody else writes into them. So the
 * socket is shut down both ways, which is all of a close that the peer sees, and its descriptor is kept until the
 * kernel is done, for as long as the peer does not read and does not close. What such peers can make grow is bounded:
 * while much is kept here, no channel sends without a copy. Thread: any. A thread of its own looks for the completions
 * while there is something to wait for, so that event loops can end. It does not keep the program from ending, for the
 * kernel keeps the pages of a process that is gone.
 */
final class UnfinishedSends {

    static final int MOST = 256;
    static final long MOST_BYTES = 64L << 20;

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(UnfinishedSends.class);

    private static final long LEAST_PAUSE_MILLIS = 10;
    private static final long MOST_PAUSE_MILLIS = 1000;

    /** Guarded by itself, as the thread is. These references alone keep the buffers from the garbage collector. */
    private static final List<NativeSocket> SOCKETS = new ArrayList<>();
    private static @Nullable Thread thread;
    private static volatile boolean full;

    private UnfinishedSends() {
    }

    /** Returns whether more may be sent without a copy. */
    static boolean hasRoom() {
        return !full;
    }

    /** Closes the socket when the kernel is done with its buffers. */
    static void keep(NativeSocket socket) {
        synchronized (SOCKETS) {
            SOCKETS.add(socket);
            limit();
            if (thread == null) {
                try {
                    Thread waiting = new Thread(UnfinishedSends::run, "vmci-zerocopy");
                    waiting.setDaemon(true);
                    waiting.setContextClassLoader(null);
                    waiting.start();
                    thread = waiting;
                } catch (OutOfMemoryError e) {
                    logger.warn("No thread to wait for MSG_ZEROCOPY: {} stays open until there is one", socket, e);
                }
            }
            SOCKETS.notifyAll();
        }
    }

    /** Returns how many sockets are kept. */
    static int count() {
        synchronized (SOCKETS) {
            return SOCKETS.size();
        }
    }

    private static void limit() {
        long bytes = 0;
        for (NativeSocket socket : SOCKETS) {
            bytes += socket.zeroCopyBytes();
        }
        boolean now = SOCKETS.size() >= MOST || bytes >= MOST_BYTES;
        if (now && !full) {
            logger.warn("{} closed channels wait for their peers to read {} bytes that were sent with MSG_ZEROCOPY;"
                    + " meanwhile all writes are copied", SOCKETS.size(), bytes);
        }
        full = now;
    }

    private static void run() {
        synchronized (SOCKETS) {
            try {
                long pause = LEAST_PAUSE_MILLIS;
                int known = 0;
                while (!SOCKETS.isEmpty()) {
                    boolean news = closeFinished() || SOCKETS.size() > known;
                    pause = news ? LEAST_PAUSE_MILLIS : Math.min(pause * 2, MOST_PAUSE_MILLIS);
                    known = SOCKETS.size();
                    if (known > 0) {
                        SOCKETS.wait(pause);
                    }
                }
            } catch (InterruptedException e) {
                logger.debug("Interrupted: the next channel that closes starts another thread", e);
            } finally {
                thread = null;
            }
        }
    }

    /** Returns whether a send was done. */
    private static boolean closeFinished() {
        boolean any = false;
        for (int i = SOCKETS.size() - 1; i >= 0; i--) {
            NativeSocket socket = SOCKETS.get(i);
            long before = socket.zeroCopyBytes();
            socket.takeCompletions();
            long left = socket.zeroCopyBytes();
            any |= left < before;
            if (left == 0) {
                SOCKETS.remove(i);
                try {
                    socket.close();
                } catch (IOException e) {
                    logger.debug("Closing {}", socket, e);
                }
            }
        }
        limit();
        return any;
    }
}
