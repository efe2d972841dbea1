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

/** Ends the tool with a status and one line on standard error. */
final class Failure extends RuntimeException {

    /** The exit status of a command that failed at run time. */
    static final int RUN = 1;
    /** The exit status of wrong usage. */
    static final int USAGE = 2;
    /** The exit status of a command for which a time was up. */
    static final int TIMEOUT = 3;

    private static final long serialVersionUID = 1L;

    final int status;

    /**
     * Makes a failure.
     *
     * @param message what failed, where, why, and the fix; {@code null} if that has been printed already
     */
    Failure(int status, String message, Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    Failure(int status, String message) {
        this(status, message, null);
    }
}
