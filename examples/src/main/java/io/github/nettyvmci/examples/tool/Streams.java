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

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * The streams that a command reads and writes.
 *
 * @param in       standard input
 * @param out      standard output, as bytes
 * @param err      standard error
 * @param progress whether to show a progress line: standard error is a terminal that no other output goes to
 */
record Streams(InputStream in, OutputStream out, PrintStream err, boolean progress) {

    /** Writes a text to standard error as one line, even if it has line breaks. */
    void line(String text) {
        err.print("zmq: " + text.replaceAll("\\s*\\R\\s*", " ") + '\n'); // one write, so lines of threads do not mix
    }
}
