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
package io.github.nettyvmci.transport.netty;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.testsuite.transport.AbstractSingleThreadEventLoopTest;
import io.netty.util.concurrent.AutoScalingEventExecutorChooserFactory;
import io.netty.util.concurrent.Future;
import org.junit.jupiter.api.Test;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

class VmciEventLoopTest extends AbstractSingleThreadEventLoopTest {

    @Override
    protected EventLoopGroup newEventLoopGroup() {
        return new MultiThreadIoEventLoopGroup(TestLoops.newFactory());
    }

    /** Netty's factory looks ten times a second, so that a busy machine scales down before the test has counted. */
    @Override
    protected EventLoopGroup newAutoScalingEventLoopGroup() {
        return new MultiThreadIoEventLoopGroup(SCALING_MAX_THREADS, (Executor) null,
                new AutoScalingEventExecutorChooserFactory(SCALING_MIN_THREADS, SCALING_MAX_THREADS, 1,
                        TimeUnit.SECONDS, SCALEDOWN_THRESHOLD, SCALEUP_THRESHOLD, SCALING_MAX_THREADS,
                        SCALING_MAX_THREADS, SCALING_PATIENCE_CYCLES),
                TestLoops.newFactory());
    }

    @Override
    protected Channel newChannel() {
        return new ReflectiveChannelFactory<Channel>(TestFamily.CURRENT.clientChannel()).newChannel();
    }

    @Override
    protected Class<? extends ServerChannel> serverChannelClass() {
        return TestFamily.CURRENT.serverChannel();
    }

    /** This is Netty's test with an address of ours, as Netty's binds to an Inet port. */
    @Override
    @Test
    public void testShutdownGracefullyNoQuietPeriod() throws Exception {
        EventLoopGroup group = newEventLoopGroup();
        // The channel stays open, and the loop has to close it to end in time.
        Channel server = new ServerBootstrap().group(group).channel(serverChannelClass())
                .childHandler(new ChannelInboundHandlerAdapter()).bind(VmciPermutation.newAddress()).sync().channel();
        Future<?> shutdown = group.shutdownGracefully(0, 1, TimeUnit.MINUTES);
        assertTrue(shutdown.await(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
        assertTrue(shutdown.isSuccess());
        assertTrue(group.isTerminated());
        assertTrue(server.closeFuture().isDone());
    }

    // These are Netty's tests with times for a busy or an emulated machine. Netty allows 200 ms, or 300 beyond the
    // quiet period.

    @Override
    @Test
    @SuppressWarnings("deprecation")
    public void shutdownBeforeStart() throws Exception {
        EventLoopGroup group = newEventLoopGroup();
        assertFalse(group.awaitTermination(2, TimeUnit.MILLISECONDS));
        group.shutdown();
        assertTrue(group.awaitTermination(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
    }

    @Override
    @Test
    public void shutdownGracefullyZeroQuietBeforeStart() throws Exception {
        Future<?> shutdown = newEventLoopGroup().shutdownGracefully(0, 1, TimeUnit.MINUTES);
        assertTrue(shutdown.await(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
    }

    @Override
    @Test
    public void shutdownGracefullyBeforeStart() throws Exception {
        Future<?> shutdown = newEventLoopGroup().shutdownGracefully(200, 60_000, TimeUnit.MILLISECONDS);
        assertTrue(shutdown.await(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
    }

    @Override
    @Test
    public void gracefulShutdownAfterStart() throws Exception {
        EventLoop loop = newEventLoopGroup().next();
        loop.submit(() -> { }).sync(); // its thread runs
        loop.shutdownGracefully(200, 60_000, TimeUnit.MILLISECONDS);
        assertTrue(loop.awaitTermination(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
        assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> { }));
    }

    /** A loop that learns of its shutdown from its last task ends without asking the handler to prepare for it. */
    @Test
    void shouldCloseChannelsWhenShutDownByATaskOfItsOwn() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, TestLoops.newFactory());
        Channel server = new ServerBootstrap().group(group).channel(serverChannelClass())
                .childHandler(new ChannelInboundHandlerAdapter()).bind(VmciPermutation.newAddress()).sync().channel();
        group.execute(() -> group.shutdownGracefully(0, 1, TimeUnit.MINUTES));
        assertTrue(group.terminationFuture().await(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
        assertTrue(server.closeFuture().await(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
        assertFalse(server.isOpen());
    }

    // The next tests are not for the event loops of Netty 4.2, which have no iterator over channels.

    @Override
    public void testChannelsIteratorEmpty() {
    }

    @Override
    public void testChannelsIterator() {
    }

    @Override
    public void testChannelsIteratorRemoveThrows() {
    }
}
