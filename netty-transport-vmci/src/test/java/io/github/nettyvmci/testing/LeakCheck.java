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

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Fails a test class that leaked a buffer. JUnit finds it through {@code META-INF/services}, so no test can forget it.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {

    @Override
    public void beforeAll(ExtensionContext context) {
        if (ResourceLeakDetector.getLevel() != ResourceLeakDetector.Level.PARANOID) {
            throw new IllegalStateException("leak detection: " + ResourceLeakDetector.getLevel()
                    + " (expected: PARANOID; run with -Dio.netty.leakDetection.level=paranoid)");
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        collectGarbage();
        // Netty reports the leaks it found at the next allocation.
        for (int i = 0; i < 2; i++) {
            ByteBufAllocator.DEFAULT.buffer().release();
            UnpooledByteBufAllocator.DEFAULT.buffer().release();
        }
        List<String> leaks = RecordingLeakDetector.take();
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks.size() + " leaked: " + String.join("\n", leaks));
        }
    }

    /** Waits, for a bounded time, until a collection has run that also queued references. */
    private static void collectGarbage() throws InterruptedException {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        PhantomReference<Object> probe = new PhantomReference<>(new Object(), queue);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20L * TestFamily.SLOWNESS);
        while (System.nanoTime() - end < 0) {
            System.gc();
            if (queue.remove(100) == probe) {
                return;
            }
        }
        throw new IllegalStateException("garbage collection did not run");
    }
}
