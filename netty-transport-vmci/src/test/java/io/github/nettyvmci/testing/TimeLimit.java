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

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Ends every test that does not end by itself, some of Netty's among them that wait without a limit. JUnit finds this
 * class by itself. JUnit's own limits are switched off, because they are constants, as those that Netty's classes name
 * in {@link Timeout}, and the test VM is as slow as the machine it runs on is busy.
 *
 * <p>The limit is a minute, {@link TestFamily#SLOWNESS} times, or what the annotation says if that is longer.
 */
public final class TimeLimit implements InvocationInterceptor {

    private static final Duration DEFAULT = Duration.ofSeconds(60);

    @Override
    public void interceptBeforeAllMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        run(invocation, method);
    }

    @Override
    public void interceptBeforeEachMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        run(invocation, method);
    }

    @Override
    public void interceptTestMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        run(invocation, method);
    }

    @Override
    public void interceptTestTemplateMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        run(invocation, method);
    }

    @Override
    public void interceptAfterEachMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        run(invocation, method);
    }

    @Override
    public void interceptAfterAllMethod(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method,
            ExtensionContext context) throws Throwable {
        run(invocation, method);
    }

    private static void run(Invocation<Void> invocation, ReflectiveInvocationContext<Method> method) throws Throwable {
        Optional<Timeout> annotation = AnnotationSupport.findAnnotation(method.getExecutable(), Timeout.class)
                .or(() -> AnnotationSupport.findAnnotation(method.getTargetClass(), Timeout.class));
        Duration limit = limit(annotation.map(timeout -> Duration.of(timeout.value(), timeout.unit().toChronoUnit()))
                .orElse(DEFAULT), TestFamily.SLOWNESS);
        if (annotation.isPresent() && annotation.get().threadMode() == Timeout.ThreadMode.SAME_THREAD) {
            runHere(invocation, method.getExecutable().getName(), limit);
        } else {
            runApart(invocation, method.getExecutable().getName(), limit);
        }
    }

    static Duration limit(Duration named, int slowness) {
        Duration least = DEFAULT.multipliedBy(slowness);
        return named.compareTo(least) < 0 ? least : named;
    }

    /** Runs a test in a thread that is left behind if it does not end, so that the tests after it run. */
    static void runApart(Invocation<Void> invocation, String name, Duration limit) throws Throwable {
        CompletableFuture<Void> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> proceed(invocation, result), name);
        thread.setDaemon(true);
        thread.start();
        try {
            result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause();
        } catch (TimeoutException e) {
            AssertionError failure = failure(name, limit, thread);
            thread.interrupt();
            throw failure;
        }
    }

    /** Runs a test whose thread is an event loop, and which has to heed an interrupt. */
    static void runHere(Invocation<Void> invocation, String name, Duration limit) throws Throwable {
        Thread test = Thread.currentThread();
        CompletableFuture<AssertionError> late = new CompletableFuture<>();
        CompletableFuture<Void> watch = CompletableFuture.runAsync(() -> {
            late.complete(failure(name, limit, test));
            test.interrupt();
        }, CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS));
        try {
            invocation.proceed();
        } catch (Throwable e) {
            if (late.isDone()) {
                late.join().addSuppressed(e);
                throw late.join();
            }
            throw e;
        } finally {
            if (!watch.cancel(false)) {
                Thread.interrupted(); // the interrupt was meant for this test, not for the next
            }
        }
        if (late.isDone()) {
            throw late.join();
        }
    }

    private static void proceed(Invocation<Void> invocation, CompletableFuture<Void> result) {
        try {
            result.complete(invocation.proceed());
        } catch (Throwable e) {
            result.completeExceptionally(e);
        }
    }

    /** Returns the failure of a test that did not end: it names what the test's thread is about. */
    static AssertionError failure(String name, Duration limit, Thread thread) {
        AssertionError failure = new AssertionError(name + " did not end in " + limit.toSeconds()
                + " s; where it is:");
        failure.setStackTrace(thread.getStackTrace());
        return failure;
    }
}
