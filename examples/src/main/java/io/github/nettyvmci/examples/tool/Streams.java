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
 * Where a command reads and writes.
 *
 * @param in       standard input
 * @param out      standard output, as bytes
 * @param err      standard error
 * @param progress whether standard error is a terminal that nothing but a progress line is written to meanwhile
 */
record Streams(InputStream in, OutputStream out, PrintStream err, boolean progress) {

    /** Writes one line to standard error, whatever the text holds. */
    void line(String text) {
        err.print("zmq: " + text.replaceAll("\\s*\\R\\s*", " ") + '\n'); // one write, whoever writes beside us
    }
}
