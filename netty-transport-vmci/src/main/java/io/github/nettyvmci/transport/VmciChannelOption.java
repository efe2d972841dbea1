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

import io.netty.channel.ChannelOption;

/**
 * Options of the VM socket channels, beside Netty's own ({@code SO_BACKLOG}, {@code SO_LINGER},
 * {@code CONNECT_TIMEOUT_MILLIS}, {@code ALLOW_HALF_CLOSURE}, {@code AUTO_READ}, water marks and the rest).
 *
 * <p>{@code SO_SNDBUF} and {@code SO_RCVBUF} are not among them: an AF_VSOCK stream accepts them and does nothing.
 * {@code SO_KEEPALIVE}, {@code SO_REUSEADDR} and {@code TCP_NODELAY} may be set on every channel and have no effect. In
 * particular nothing keeps an idle connection alive or tells of a guest that restarted: that takes heartbeats, such as
 * Netty's {@code IdleStateHandler}. The AF_UNIX channels have {@code SO_SNDBUF} and {@code SO_RCVBUF}, and none of the
 * options below.
 *
 * @param <T> the type of the value
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class VmciChannelOption<T> extends ChannelOption<T> {

    /**
     * SO_VM_SOCKETS_BUFFER_SIZE: how many bytes may be on their way in one direction, 0 to 4294967295. Default 262144.
     *
     * <p>The smaller one of the two ends counts, so <em>both</em> must be raised; on a server set it with
     * {@code ServerBootstrap.option}, before it listens, and accepted channels inherit it. Unless
     * {@link #BUFFER_MAX_SIZE} is set too, that is raised along; the order of the two does not matter.
     *
     * <p>VMware's VMCI has no two sizes: the client's counts if it lies within the server's {@link #BUFFER_MIN_SIZE}
     * and {@link #BUFFER_MAX_SIZE}, else the server's own, which must lie within the client's; if it does not, the
     * connect fails. Each direction is a ring of this size, which holds one byte less.
     *
     * <p>It also bounds how many small packets may wait to be read: kernels 6.12.92 to 6.12.100 reset a connection with
     * more than {@code BUFFER_SIZE / 576} of them unread. On these kernels a channel has six times the size while its
     * autoRead is off, and until it has read everything then; the peer's own size still bounds what it may send. What a
     * busy event loop leaves unread is not covered.
     */
    public static final ChannelOption<Long> BUFFER_SIZE = valueOf(VmciChannelOption.class, "BUFFER_SIZE");

    /**
     * SO_VM_SOCKETS_BUFFER_MIN_SIZE: the least {@link #BUFFER_SIZE} that this end agrees to, in bytes. Default 128.
     */
    public static final ChannelOption<Long> BUFFER_MIN_SIZE = valueOf(VmciChannelOption.class, "BUFFER_MIN_SIZE");

    /**
     * SO_VM_SOCKETS_BUFFER_MAX_SIZE: the largest {@link #BUFFER_SIZE} that this end agrees to, in bytes. Default
     * 262144. A smaller value than the present size shrinks that.
     */
    public static final ChannelOption<Long> BUFFER_MAX_SIZE = valueOf(VmciChannelOption.class, "BUFFER_MAX_SIZE");

    /**
     * SO_VM_SOCKETS_CONNECT_TIMEOUT: how long the kernel waits for a peer that does not answer, in milliseconds, more
     * than 0. Default 2000, as the kernel's own, or {@code CONNECT_TIMEOUT_MILLIS} if that is less. The kernel rounds
     * it up to its clock tick.
     *
     * <p>Netty's {@code CONNECT_TIMEOUT_MILLIS} (default 30,000; 0: without end) is how long a connect may take in all:
     * until then the channel tries again whenever the kernel gives up. If this option is set, the channel gives up with
     * the kernel.
     *
     * <p>Do not make it long. The kernel keeps about 1.3 KB for every connect until this time is over, even if it
     * succeeded at once; over VMware's VMCI the two rings of {@link #BUFFER_SIZE} as well, and a process that is killed
     * is not seen to end before.
     */
    public static final ChannelOption<Integer> KERNEL_CONNECT_TIMEOUT_MILLIS =
            valueOf(VmciChannelOption.class, "KERNEL_CONNECT_TIMEOUT_MILLIS");

    /**
     * VMADDR_FLAG_TO_HOST: hand the connect to the host even if the CID could be one of our own guests; for sibling VMs
     * whose hypervisor forwards. Default false. Kernel 5.11 or later.
     */
    public static final ChannelOption<Boolean> TO_HOST = valueOf(VmciChannelOption.class, "TO_HOST");

    /**
     * How long, in milliseconds, the event loop keeps the socket of a closed channel for its peer to read the rest.
     * Default 8000, which is also what the kernel's virtio transport allows; 0: closed at once.
     *
     * <p>A channel that wrote something is closed as TCP does it: {@code close()}, {@code closeFuture()} and {@code
     * channelInactive} do not wait; in the background the output is shut down, what the peer still sends is read and
     * dropped, and the socket is closed when the peer ends too. So {@code writeAndFlush(x).addListener(CLOSE)} delivers
     * over VMware's VMCI as well, which throws away what the peer has not read when the socket is closed. The wait
     * ends early when the peer sends more than 1 MiB after it was told the end, when more than 256 closed channels of
     * the event loop wait, and with the event loop, which waits two seconds for them when it is shut down. For a peer
     * that ended its output first nothing waits; with {@code ALLOW_HALF_CLOSURE} the socket is kept for the whole
     * time, since nothing would tell when that peer has read everything.
     *
     * <p>{@code SO_LINGER} 0 closes at once, as a lost connection does.
     */
    public static final ChannelOption<Integer> CLOSE_TIMEOUT_MILLIS =
            valueOf(VmciChannelOption.class, "CLOSE_TIMEOUT_MILLIS");

    /**
     * MSG_ZEROCOPY: buffers of at least this many bytes are sent without a copy, where the kernel (6.7 and later) and
     * the transport (virtio, vhost and loopback) can do that; elsewhere everything is copied, as by default. 0: off,
     * which is the default. What is left of a longer buffer counts likewise. It pays from about 32768 bytes on.
     *
     * <p>The kernel sends from the memory of the {@code ByteBuf} itself, so that its bytes must not change until it is
     * released for the last time. As always a write succeeds when the kernel has taken all of it, but the channel holds
     * a reference of its own until the kernel is done: over loopback when the peer has read the bytes or closed, over
     * virtio when the other machine has them. So whoever keeps a reference must not write into such a buffer when the
     * write has succeeded, but only when {@code refCnt()} tells that nobody else has one. What is released as usual,
     * as by every encoder, needs no care.
     *
     * <p>A connection has at most 8 MiB with the kernel; what is more is copied, as are a buffer of several pieces
     * ({@code CompositeByteBuf}), writes for which the kernel has no memory ({@code net.core.optmem_max},
     * {@code RLIMIT_MEMLOCK}), and everything while {@code SO_LINGER} is more than 0. The kernel itself copies what
     * does not fit the peer's window as a whole, so a larger {@link #BUFFER_SIZE} at both ends helps; the log has the
     * numbers at debug level when the channel is closed.
     *
     * <p>When a channel is closed before its peer has read everything, buffers and descriptor are kept until it has, or
     * has closed, however long that takes; the peer could otherwise read what is written into the memory next. While
     * 256 closed channels or 64 MiB wait for that in one process, all writes are copied. For the same reason a channel
     * of which the kernel still has something cannot be handed to another process (the write of its descriptor fails).
     *
     * @see <a href="https://www.kernel.org/doc/html/v6.7/networking/msg_zerocopy.html">MSG_ZEROCOPY, Linux 6.7</a>
     */
    public static final ChannelOption<Integer> ZEROCOPY_THRESHOLD =
            valueOf(VmciChannelOption.class, "ZEROCOPY_THRESHOLD");

    /** Nobody makes one of these: the constants are plain options, of which Netty keeps the name only. */
    @SuppressWarnings("deprecation")
    private VmciChannelOption() {
        super(null);
    }
}
