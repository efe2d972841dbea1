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

import io.github.nettyvmci.testing.ChildProgram;
import io.github.nettyvmci.testing.TestFamily;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs a main class of the tests in a JVM of its own, and expects it to end with 0. */
final class ChildJvm {

    private ChildJvm() {
    }

    /** Returns what the program printed, errors included. */
    static String run(Class<?> main, int descriptorLimit, String... arguments) throws Exception {
        return run(descriptorLimit > 0 ? "ulimit -n " + descriptorLimit + " && exec \"$@\"" : "exec \"$@\"", main,
                arguments);
    }

    /**
     * Runs the program through a shell's command.
     *
     * @param shell runs {@code "$@"}
     */
    static String run(String shell, Class<?> main, String... arguments) throws Exception {
        return run(shell, entry -> true, main, arguments);
    }

    /**
     * Runs the program with a part of the class path.
     *
     * @param entries tells which folders and jars belong to it
     */
    static String run(String shell, Predicate<String> entries, Class<?> main, String... arguments) throws Exception {
        String surefire = System.getProperty("surefire.test.class.path");
        List<String> command = new ArrayList<>(List.of("sh", "-c", shell, "sh"));
        command.addAll(TestFamily.javaCommand());
        String all = surefire != null ? surefire : System.getProperty("java.class.path");
        command.addAll(List.of("-Xcheck:jni", "-Xmx256m", "-cp", Stream.of(all.split(File.pathSeparator))
                .filter(entries).collect(Collectors.joining(File.pathSeparator)), main.getName()));
        command.addAll(List.of(arguments));
        return ChildProgram.run(Waits.SECONDS * 2, command);
    }
}
