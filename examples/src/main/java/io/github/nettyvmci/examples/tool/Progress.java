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

import io.github.nettyvmci.zmq.ZmqMetrics;
import io.github.nettyvmci.zmq.ZmqSocket;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shows on a terminal, after the first second, one line that says how far a transfer is. */
final class Progress {

    private static final long PERIOD_MILLIS = 500;
    private static final String CLEAR = "\r\033[K";
    private static final int UNIT = 1000;

    private final CountDownLatch over = new CountDownLatch(1);
    private Thread thread;

    /**
     * Starts to show the line, if there is a terminal to write to.
     *
     * @param total how many messages there will be; 0: unknown
     */
    Progress(ZmqSocket socket, Streams streams, long total) {
        if (!streams.progress()) {
            return;
        }
        thread = new Thread(() -> show(socket, streams.err(), total), "zmq-progress");
        thread.setDaemon(true);
        thread.start();
    }

    private void show(ZmqSocket socket, PrintStream err, long total) {
        long start = System.nanoTime();
        long lastMessages = 0;
        long lastTime = start;
        try {
            over.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            while (!over.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
                ZmqMetrics metrics = socket.metrics();
                long now = System.nanoTime();
                long messages = Math.max(metrics.messagesIn(), metrics.messagesOut());
                double rate = (messages - lastMessages) / ((now - lastTime) / 1e9);
                err.print(CLEAR + line(messages, Math.max(metrics.bytesIn(), metrics.bytesOut()), rate, total,
                        TimeUnit.NANOSECONDS.toSeconds(now - start)));
                err.flush();
                lastMessages = messages;
                lastTime = now;
            }
            err.print(CLEAR);
            err.flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // cannot happen: no code interrupts this thread
        }
    }

    static String line(long messages, long octets, double rate, long total, long seconds) {
        String part = total > 0 ? String.format(Locale.ROOT, " of %d (%d %%)", total, messages * 100 / total) : "";
        return String.format(Locale.ROOT, "%d%s messages, %s, %.0f a second, %d s", messages, part, size(octets), rate,
                seconds);
    }

    private static String size(long octets) {
        double value = octets;
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        int unit = 0;
        while (value >= UNIT && unit < units.length - 1) {
            value /= UNIT;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    }

    /** Takes the line away. */
    void stop() {
        over.countDown();
        if (thread != null) {
            try {
                thread.join(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
