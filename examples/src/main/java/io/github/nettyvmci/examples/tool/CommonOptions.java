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

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** The options of the commands for one socket and for a proxy. */
final class CommonOptions {

    @Option(names = "--ready-file", paramLabel = "PATH", description = "written once all binds are done: one real "
            + "endpoint a line, fit to connect to from this machine")
    Path readyFile;

    @Option(names = "--verbose", description = "tell of every event on standard error, and of failures with stack "
            + "traces")
    boolean verbose;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "print this")
    private boolean help;
}
