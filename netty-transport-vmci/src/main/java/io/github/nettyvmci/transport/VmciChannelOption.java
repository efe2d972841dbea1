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
 * <p>{@code SO_SNDBUF}, {@code SO_RCVBUF}, {@code SO_KEEPALIVE} and {@code SO_REUSEADDR} are not among them: AF_VSOCK
 * accepts them and does nothing. The AF_UNIX channels have {@code SO_SNDBUF} and {@code SO_RCVBUF}, and none of the
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
     * <p>It also bounds how many small packets may wait to be read: kernels 6.12.92 to 6.12.100 reset a connection with
     * more than {@code BUFFER_SIZE / 576} of them unread.
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
     * than 0. Follows {@code CONNECT_TIMEOUT_MILLIS} unless set. The kernel rounds it up to its clock tick.
     *
     * <p>The kernel keeps about 1.3 KB for every connect until this time is over, even if it succeeded at once: do not
     * make it very long on a client that connects often. The kernel has no "for ever": {@code CONNECT_TIMEOUT_MILLIS} 0
     * becomes ten minutes here.
     */
    public static final ChannelOption<Integer> CONNECT_TIMEOUT = valueOf(VmciChannelOption.class, "CONNECT_TIMEOUT");

    /**
     * VMADDR_FLAG_TO_HOST: hand the connect to the host even if the CID could be one of our own guests; for sibling VMs
     * whose hypervisor forwards. Default false. Kernel 5.11 or later.
     */
    public static final ChannelOption<Boolean> TO_HOST = valueOf(VmciChannelOption.class, "TO_HOST");

    /** All that is in a {@link ChannelOption} is its name; nobody makes one of these. */
    @SuppressWarnings("deprecation")
    private VmciChannelOption() {
        super(null);
    }
}
