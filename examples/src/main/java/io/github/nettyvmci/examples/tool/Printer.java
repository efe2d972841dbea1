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

import io.github.nettyvmci.zmtp.ZmtpMessage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Prints messages: one line for each part, and an empty line between two messages if one of them has several parts. */
final class Printer {

    private static final int BUFFER = 1 << 16;

    private final Format format;
    private final OutputStream out;
    private boolean first = true;
    private boolean lastWasMultipart;

    Printer(Format format, OutputStream out) {
        this.format = format;
        this.out = new BufferedOutputStream(out, BUFFER);
    }

    /**
     * Prints a message, and releases it.
     *
     * @param from the index of the first part to print
     */
    void print(ZmtpMessage message, int from) {
        try {
            if (format == Format.none) {
                return;
            }
            boolean multipart = message.partCount() - from > 1;
            if (format != Format.raw && !first && (multipart || lastWasMultipart)) {
                out.write('\n');
            }
            first = false;
            lastWasMultipart = multipart;
            for (int i = from; i < message.partCount(); i++) {
                if (format == Format.raw) {
                    message.buffer(i).getBytes(message.offset(i), out, message.partLength(i));
                } else {
                    out.write(format.line(message.part(i)));
                    out.write('\n');
                }
            }
        } catch (IOException e) {
            throw failed(e);
        } finally {
            message.release();
        }
    }

    /** Flushes the output. The tool does so before every wait, so that a reader gets all that was printed by then. */
    void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static Failure failed(IOException e) {
        return new Failure(Failure.RUN, "standard output: " + e.getMessage() + " (expected: a reader that stays)", e);
    }
}
