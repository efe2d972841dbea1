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

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.net.SocketAddress;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongPredicate;

/**
 * Lets connections in by the virtual machine they come from, as {@code io.netty.handler.ipfilter} does by IP address:
 * the CID is the one thing about itself that a program in a virtual machine cannot forge, since the hypervisor puts it
 * there. The CID says nothing about which process or user of that machine connects.
 *
 * <pre>{@code
 * CidFilter guests = CidFilter.allow(42, 43);
 * ... .childHandler(new ChannelInitializer<Channel>() {
 *     protected void initChannel(Channel channel) {
 *         channel.pipeline().addLast(guests, ...);
 *     }
 * })
 * }</pre>
 *
 * <p>It belongs before all other handlers, which see nothing of a connection that is not let in: it is closed before
 * they are added, {@link #rejected()} counts it, and {@link #channelRejected} is told. A peer that has no CID, on a
 * Unix or TCP socket, is not let in either. The filter leaves the pipeline of a connection that is let in.
 *
 * <p>Sharable: one instance serves any number of channels and event loops.
 */
@ChannelHandler.Sharable
public class CidFilter extends ChannelInboundHandlerAdapter {

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(CidFilter.class);

    private final LongPredicate accepts;
    private final LongAdder rejected = new LongAdder();

    /**
     * Creates a filter with a rule of its own, such as one that changes.
     *
     * @param accepts whether the machine with this CID, 0 to 4294967295, may connect; called on the event loops; if it
     *                throws an exception that is logged, and the machine not let in
     */
    public CidFilter(LongPredicate accepts) {
        this.accepts = Objects.requireNonNull(accepts, "accepts");
    }

    /**
     * Creates a filter that lets in connections from these machines alone.
     *
     * @param cids the CIDs of the machines, 0 to 4294967294; none lets nobody in
     * @return a new filter
     * @throws IllegalArgumentException if a CID is out of range
     */
    public static CidFilter allow(long... cids) {
        long[] sorted = sorted(cids);
        return new CidFilter(cid -> Arrays.binarySearch(sorted, cid) >= 0);
    }

    /**
     * Creates a filter that lets in connections from all machines but these.
     *
     * @param cids the CIDs of the machines, 0 to 4294967294; none lets everybody in who has a CID
     * @return a new filter
     * @throws IllegalArgumentException if a CID is out of range
     */
    public static CidFilter deny(long... cids) {
        long[] sorted = sorted(cids);
        return new CidFilter(cid -> Arrays.binarySearch(sorted, cid) < 0);
    }

    private static long[] sorted(long[] cids) {
        long[] sorted = cids.clone();
        for (long cid : sorted) {
            if (cid < 0 || cid >= VmciAddress.CID_ANY) {
                throw new IllegalArgumentException("CID: " + cid + " (expected: 0.." + (VmciAddress.CID_ANY - 1) + ')');
            }
        }
        Arrays.sort(sorted);
        return sorted;
    }

    /**
     * Returns how many connections were not let in.
     *
     * @return the number since the filter was made, of all its channels; callable from any thread
     */
    public final long rejected() {
        return rejected.sum();
    }

    /**
     * Called on the event loop for each connection that is not let in, before it is closed. Does nothing unless
     * overridden; what it writes is sent before the end.
     *
     * @param ctx    the context of this handler
     * @param remote where the connection comes from
     */
    protected void channelRejected(ChannelHandlerContext ctx, SocketAddress remote) {
    }

    /**
     * Decides before the handlers after this one are in the pipeline, since some begin to talk at once when they are
     * added to an active channel.
     */
    @Override
    public final void handlerAdded(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        SocketAddress remote = channel.remoteAddress();
        if (channel.isRegistered() && channel.isOpen() && remote != null) {
            decide(ctx, remote);
        }
    }

    @Override
    public final void channelRegistered(ChannelHandlerContext ctx) {
        if (ctx.channel().isOpen()) { // a channel that was not let in is closed by now
            ctx.fireChannelRegistered();
        }
    }

    @Override
    public final void channelActive(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        SocketAddress remote = channel.remoteAddress();
        if (channel.isOpen() && remote != null && decide(ctx, remote)) {
            ctx.fireChannelActive();
        }
    }

    private boolean decide(ChannelHandlerContext ctx, SocketAddress remote) {
        if (isAccepted(ctx, remote)) {
            ctx.pipeline().remove(this);
            return true;
        }
        rejected.increment();
        logger.debug("{} connection from {} not let in by CID", ctx.channel(), remote);
        try {
            channelRejected(ctx, remote);
        } catch (Throwable t) {
            logger.warn("{} channelRejected threw an exception", ctx.channel(), t);
        }
        ctx.close();
        return false;
    }

    /** Asks the rule. A rule that throws lets nobody in. */
    private boolean isAccepted(ChannelHandlerContext ctx, SocketAddress remote) {
        try {
            return remote instanceof VmciAddress address && accepts.test(address.cid());
        } catch (Throwable t) {
            logger.warn("{} the rule for CIDs threw an exception, so {} is not let in", ctx.channel(), remote, t);
            return false;
        }
    }

    // While this handler is in the pipeline of a connected channel, that was not let in, and nobody else hears of it.

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) {
    }

    @Override
    public final void channelUnregistered(ChannelHandlerContext ctx) {
        if (ctx.channel().remoteAddress() == null) {
            ctx.fireChannelUnregistered(); // the channel was never connected
        }
    }
}
