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

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Hears of SIGPIPE, which the JVM otherwise ignores. It uses reflection, as javac warns of the class without a key. */
final class PipeSignals implements AutoCloseable {

    private final Class<?> signal = Class.forName("sun.misc.Signal");
    private final Class<?> handler = Class.forName("sun.misc.SignalHandler");
    private final Object pipe = signal.getConstructor(String.class).newInstance("PIPE");
    private final Semaphore raised = new Semaphore(0);
    private final Object before;

    PipeSignals() throws ReflectiveOperationException {
        before = handle(Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (p, m, a) -> {
            raised.release();
            return null;
        }));
    }

    private Object handle(Object by) throws ReflectiveOperationException {
        return signal.getMethod("handle", signal, handler).invoke(null, pipe, by);
    }

    /** Nobody raised it; were it raised, this would have heard of it. */
    void assertNone() throws Exception {
        signal.getMethod("raise", signal).invoke(null, pipe);
        assertTrue(raised.tryAcquire(60, TimeUnit.SECONDS), "the one just raised");
        assertFalse(raised.tryAcquire(100, TimeUnit.MILLISECONDS), "SIGPIPE");
    }

    @Override
    public void close() throws ReflectiveOperationException {
        handle(before);
    }
}
