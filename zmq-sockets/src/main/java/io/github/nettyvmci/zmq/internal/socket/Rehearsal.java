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
package io.github.nettyvmci.zmq.internal.socket;

import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.internal.endpoint.AcceptFailures;

import java.lang.invoke.MethodHandles;

/**
 * Loads the classes that a socket needs when descriptors are exhausted. Without a free descriptor no class can be
 * loaded from a file, and the JVM never tries again to initialize one that failed once. {@link AcceptFailures} does the
 * same for what a channel needs.
 */
final class Rehearsal {

    static {
        EventLog.rehearse();
        try {
            MethodHandles.lookup().ensureInitialized(Sleepers.Sleeper.class);
            MethodHandles.lookup().ensureInitialized(ZmqEvent.class);
        } catch (IllegalAccessException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Rehearsal() {
    }

    /** Returns after everything is loaded. */
    static void ensureDone() {
        // The initializer of this class has done it.
    }
}
