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
package io.github.nettyvmci.zmq;

import io.github.nettyvmci.testing.ChildProgram;
import io.github.nettyvmci.testing.TestFamily;

import java.util.ArrayList;
import java.util.List;

/** A program of the tests in a JVM of its own, without leak detection. */
final class ChildJvm {

    private ChildJvm() {
    }

    /** Runs it to its end, which has to come in time and with 0, and returns what it printed. */
    static String run(int seconds, List<String> options, Class<?> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(TestFamily.javaCommand());
        command.addAll(options);
        command.addAll(List.of("-Dio.netty.leakDetection.level=disabled", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                program.getName()));
        command.addAll(List.of(arguments));
        return ChildProgram.run(seconds, command);
    }
}
