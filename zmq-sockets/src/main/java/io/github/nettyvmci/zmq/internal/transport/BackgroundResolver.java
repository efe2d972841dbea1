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
package io.github.nettyvmci.zmq.internal.transport;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Looks names up on threads of its own, because a slow name server would stop the event loop. A literal address is
 * answered at once. Without ZMQ_IPV6 only IPv4 addresses of a name count.
 */
final class BackgroundResolver extends AddressResolverGroup<InetSocketAddress> {

    private static final BackgroundResolver IPV4 = new BackgroundResolver(false);
    private static final BackgroundResolver IPV6 = new BackgroundResolver(true);

    /**
     * Each look-up has a thread, because a slow name server must not hold up the look-ups of other names. Idle threads
     * end.
     */
    private static final ExecutorService LOOK_UPS =
            Executors.newCachedThreadPool(new DefaultThreadFactory("zmq-names", true));

    private final boolean ipv6;

    private BackgroundResolver(boolean ipv6) {
        this.ipv6 = ipv6;
    }

    static BackgroundResolver of(boolean ipv6) {
        return ipv6 ? IPV6 : IPV4;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetNameResolver(executor) {
            @Override
            protected void doResolve(String name, Promise<InetAddress> promise) {
                lookUp(executor, name, addresses -> promise.setSuccess(addresses[0]), promise);
            }

            @Override
            protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
                lookUp(executor, name, addresses -> promise.setSuccess(Arrays.asList(addresses)), promise);
            }
        }.asAddressResolver();
    }

    private void lookUp(EventExecutor executor, String name, Consumer<InetAddress[]> found, Promise<?> promise) {
        if (isLiteral(name)) {
            look(name, found, promise).run();
            return;
        }
        LOOK_UPS.execute(() -> {
            Runnable answer = look(name, found, promise);
            try {
                executor.execute(answer);
            } catch (RejectedExecutionException ended) {
                // The loop and all its channels are gone, so nobody waits for the answer.
            }
        });
    }

    private static boolean isLiteral(String name) {
        return NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name);
    }

    /** Looks a name up; returns a task that gives the answer and has to be run on the event loop. */
    private Runnable look(String name, Consumer<InetAddress[]> found, Promise<?> promise) {
        boolean literal = isLiteral(name);
        try {
            InetAddress[] addresses = Arrays.stream(InetAddress.getAllByName(name))
                    .filter(address -> ipv6 || literal || address instanceof Inet4Address)
                    .toArray(InetAddress[]::new);
            if (addresses.length == 0) {
                throw new UnknownHostException(name + ": no IPv4 address (expected: one, or set IPV6)");
            }
            return () -> found.accept(addresses);
        } catch (UnknownHostException e) {
            return () -> promise.setFailure(e);
        }
    }
}
