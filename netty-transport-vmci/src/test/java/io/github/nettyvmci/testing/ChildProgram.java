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
package io.github.nettyvmci.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that a test runs to its end. */
public final class ChildProgram {

    private ChildProgram() {
    }

    /**
     * Runs it, and returns what it printed, errors included. It has to end within {@code seconds}, or it is killed, and
     * with 0.
     */
    public static String run(long seconds, List<String> command) throws Exception {
        File output = File.createTempFile("child", ".log"); // a pipe that is read could keep the test for ever
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
            try {
                boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
                String text = Files.readString(output.toPath());
                assertTrue(ended, () -> "did not end in " + seconds + " s: " + text);
                assertEquals(0, process.exitValue(), text);
                return text;
            } finally {
                process.destroyForcibly();
            }
        } finally {
            Files.delete(output.toPath());
        }
    }
}
