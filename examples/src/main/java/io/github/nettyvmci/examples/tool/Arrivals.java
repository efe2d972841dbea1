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
package io.github.nettyvmci.examples.tool;

import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;

import java.time.Duration;
import java.util.Arrays;

/**
 * Takes and prints messages on a thread of its own while another thread sends. Otherwise two tools that send to each
 * other would fill their queues and wait for each other for ever.
 */
final class Arrivals {

    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    private final ZmqSocket socket;
    private final long wanted;
    private final Printer printer;
    private final Thread thread = new Thread(this::receive, "zmq-receiver");
    private long arrived;
    private long lastTime;
    private byte[] peer;
    private Throwable failure;

    Arrivals(ZmqSocket socket, long wanted, Printer printer) {
        this.socket = socket;
        this.wanted = wanted;
        this.printer = printer;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Ends the thread, and waits for its end, so that only the caller prints afterwards. */
    void stop() throws InterruptedException {
        thread.interrupt();
        thread.join();
    }

    private void receive() {
        try {
            // A STREAM goes on, since its notices tell which peer there is to send to.
            while (arrived < wanted || socket.type() == ZmqSocketType.STREAM) {
                ZmtpMessage message = socket.receive(FOR_EVER);
                if (!isNotice(message)) {
                    take(message);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // stop()
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private synchronized void fail(Throwable e) {
        failure = e;
        notifyAll();
    }

    private void take(ZmtpMessage message) {
        if (arrived >= wanted) {
            message.release();
            return;
        }
        // The first part that these types add is the peer's address, which the peer did not send.
        boolean addressed = socket.type() == ZmqSocketType.PEER || socket.type() == ZmqSocketType.STREAM;
        printer.print(message, addressed ? 1 : 0);
        printer.flush();
        synchronized (this) {
            arrived++;
            lastTime = System.nanoTime();
            notifyAll();
        }
    }

    /** Returns whether a message is one of the empty ones by which STREAM tells that a connection began or ended. */
    private boolean isNotice(ZmtpMessage message) {
        if (socket.type() != ZmqSocketType.STREAM || message.partLength(1) > 0) {
            return false;
        }
        byte[] id = message.bytes(0);
        message.release();
        synchronized (this) {
            peer = Arrays.equals(peer, id) ? null : id;
            notifyAll();
        }
        return true;
    }

    /**
     * Waits for a connection of STREAM.
     *
     * @param timeout how long to wait; {@code null}: for ever
     * @return the id of its peer, or {@code null} if there was none in time
     */
    synchronized byte[] peer(Duration timeout) throws InterruptedException {
        long end = timeout == null ? 0 : System.nanoTime() + timeout.toNanos();
        while (peer == null && failure == null) {
            if (!waitUntil(timeout, end)) {
                return null;
            }
        }
        rethrow();
        return peer;
    }

    /**
     * Waits until everything has arrived.
     *
     * @param timeout how long to wait from now on, and again after each message; {@code null}: for ever
     * @return whether everything has arrived
     */
    synchronized boolean await(Duration timeout) throws InterruptedException {
        lastTime = System.nanoTime();
        while (arrived < wanted && failure == null) {
            if (!waitUntil(timeout, timeout == null ? 0 : lastTime + timeout.toNanos())) {
                return false;
            }
        }
        rethrow();
        return true;
    }

    private boolean waitUntil(Duration timeout, long end) throws InterruptedException {
        if (timeout == null) {
            wait();
            return true;
        }
        long left = (end - System.nanoTime() + 999_999) / 1_000_000;
        if (left <= 0) {
            return false;
        }
        wait(left);
        return true;
    }

    private void rethrow() {
        if (failure instanceof Error e) {
            throw e;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }
}
