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

/** A command, which the first word of the command line names. Picocli sets its options before it runs. */
interface Subcommand {

    /** Returns whether to print stack traces and what the libraries log. */
    boolean verbose();

    /**
     * Does the work.
     *
     * @throws Failure              to end with its status
     * @throws InterruptedException if it was told to end
     */
    void run(Streams streams) throws InterruptedException;
}
