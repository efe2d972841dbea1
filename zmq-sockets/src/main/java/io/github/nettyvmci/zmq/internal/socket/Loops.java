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

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The event loops of a context: those that the application gave it, for every transport that can use them, and for each
 * kind of the others a group, which is started when it is first needed. Any thread.
 */
public final class Loops {

    /** How many seconds {@link #end} waits for the loops of a group. */
    private static final int SECONDS_TO_END = 6;

    private final int threads;
    private final Transports transports;
    private final @Nullable EventLoopGroup given;
    private final Map<String, EventLoopGroup> groups = new HashMap<>();
    private boolean ended;

    /**
     * Makes a set of groups that is empty at first.
     *
     * @param threads how many loops a group has
     * @param given   the application's loops, which it ends itself; {@code null} for none
     */
    public Loops(int threads, @Nullable EventLoopGroup given, Transports transports) {
        this.threads = threads;
        this.given = given;
        this.transports = transports;
    }

    /**
     * Returns a loop for the channels of a transport.
     *
     * @param transport the transport; {@code null} for any loop
     * @param affinity  a bit mask whose lowest bit that is set chooses the loop of the group; 0 for each in turn
     * @throws ZmqException {@link ZmqError#CLOSED} after {@link #end}
     */
    synchronized EventLoop next(@Nullable ZmqTransport transport, long affinity) {
        if (ended) {
            throw new ZmqException(ZmqError.CLOSED, "context: closed (expected: open)");
        }
        EventLoopGroup group = transport != null ? group(transport) : anyGroup();
        if (affinity != 0) {
            List<EventLoop> loops = loops(group);
            return loops.get(Long.numberOfTrailingZeros(affinity) % loops.size());
        }
        return group.next();
    }

    private EventLoopGroup anyGroup() {
        if (given != null) {
            return given;
        }
        return groups.isEmpty() ? group(transports.preferred()) : groups.values().iterator().next();
    }

    private EventLoopGroup group(ZmqTransport transport) {
        if (given != null && transport.suits(loops(given).get(0))) {
            return given;
        }
        return groups.computeIfAbsent(transport.loopKind(),
                kind -> transport.newEventLoopGroup(threads, new DefaultThreadFactory("zmq-" + kind)));
    }

    private static List<EventLoop> loops(EventLoopGroup group) {
        List<EventLoop> loops = new ArrayList<>();
        group.forEach(loop -> loops.add((EventLoop) loop));
        return loops;
    }

    /** Returns whether the channels of a transport can live on a loop that {@link #next} returned. */
    synchronized boolean suits(EventLoop loop, ZmqTransport transport) {
        return groups.containsValue(loop.parent()) ? loop.parent() == groups.get(transport.loopKind())
                : transport.suits(loop);
    }

    /** Returns whether the calling thread is one of these loops. */
    synchronized boolean inOne() {
        return given != null && isIn(given) || groups.values().stream().anyMatch(Loops::isIn);
    }

    private static boolean isIn(EventLoopGroup group) {
        for (EventExecutor loop : group) {
            if (loop.inEventLoop()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Ends all loops but those that were given, and waits until they have ended. A warning names the groups that do not
     * end in time.
     */
    public void end() {
        Map<String, EventLoopGroup> ending;
        synchronized (this) {
            ended = true;
            ending = Map.copyOf(groups);
            groups.clear();
        }
        ending.values().forEach(group -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS));
        ending.forEach((kind, group) -> {
            if (!group.terminationFuture().awaitUninterruptibly(SECONDS_TO_END, TimeUnit.SECONDS)) {
                SocketLog.LOGGER.warn("context: event loops for {} have not ended {} s after the last socket (expected:"
                        + " at once; a handler may keep one busy); not waiting any longer", kind, SECONDS_TO_END);
            }
        });
    }
}
