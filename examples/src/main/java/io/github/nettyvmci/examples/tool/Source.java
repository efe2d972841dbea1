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

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The messages to send: the same message several times, or the lines of standard input. */
interface Source {

    /**
     * Returns the parts of the next message.
     *
     * @return the parts, or {@code null} if there are no more messages
     */
    List<byte[]> next() throws InterruptedException;

    /** Returns a source of one message, which comes a number of times. */
    static Source repeat(List<byte[]> parts, long times) {
        return new Source() {
            private long left = times;

            @Override
            public List<byte[]> next() {
                return left-- > 0 ? parts : null;
            }
        };
    }

    /** Reads a whole file, which becomes one part. */
    static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw unreadable(file, "there is no such file", e);
        } catch (AccessDeniedException e) {
            throw unreadable(file, "permission denied", e);
        } catch (OutOfMemoryError e) {
            throw unreadable(file, "too large for one message", e);
        } catch (IOException e) {
            throw unreadable(file, e.getMessage(), e);
        }
    }

    private static Failure unreadable(Path file, String why, Throwable cause) {
        return new Failure(Failure.RUN, "--file " + file + ": cannot be read, " + why + " (expected: a file)", cause);
    }

    /** Returns a source of lines without their ends. A thread of its own reads, since a read cannot be interrupted. */
    static Source lines(InputStream in, long most) {
        return new Source() {
            private static final int AHEAD = 1000;
            private final BlockingQueue<Object> lines = new LinkedBlockingQueue<>(AHEAD);
            private Thread reader;
            private long left = most;

            @Override
            @SuppressWarnings("unchecked")
            public List<byte[]> next() throws InterruptedException {
                if (reader == null) {
                    reader = new Thread(this::readAll, "zmq-input");
                    reader.setDaemon(true);
                    reader.start();
                }
                if (left-- <= 0) {
                    return null;
                }
                Object next = lines.take();
                if (next instanceof Throwable e) {
                    left = 0;
                    throw new Failure(Failure.RUN, "standard input: " + (e instanceof OutOfMemoryError
                            ? "a line too large for one message" : e.getMessage()) + " (expected: lines)", e);
                }
                if (((List<byte[]>) next).isEmpty()) {
                    left = 0;
                    return null;
                }
                return (List<byte[]>) next;
            }

            private void readAll() {
                try {
                    try (InputStream from = new BufferedInputStream(in)) {
                        ByteArrayOutputStream line = new ByteArrayOutputStream();
                        for (int octet = from.read(); octet >= 0; octet = from.read()) {
                            if (octet == '\n') {
                                lines.put(List.of(line.toByteArray()));
                                line.reset();
                            } else {
                                line.write(octet);
                            }
                        }
                        if (line.size() > 0) {
                            lines.put(List.of(line.toByteArray()));
                        }
                        lines.put(new ArrayList<>());
                    } catch (IOException | OutOfMemoryError e) {
                        lines.put(e);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt(); // cannot happen: no code interrupts this thread
                }
            }
        };
    }
}
