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

/**
 * A Netty 4.2 transport for VM sockets: AF_VSOCK streams over whichever hypervisor transport the kernel has (VMware
 * VMCI, virtio-vsock, Hyper-V, loopback), datagrams over VMCI, and AF_UNIX streams on the same event loop.
 *
 * <pre>
 * EventLoopGroup group = new VmciEventLoopGroup();
 * new ServerBootstrap()
 *         .group(group)
 *         .channel(VmciServerChannel.class)
 *         .childHandler(...)
 *         .bind(VmciAddress.parse("vmci://*:5555"));
 * </pre>
 *
 * <p>{@link io.github.nettyvmci.transport.Vmci} tells whether this works on a machine, and what would fix it if not.
 * {@link io.github.nettyvmci.transport.VmciIoHandler} is the event loop's core, for groups that are put together by
 * hand.
 *
 * <p>One thread for VM sockets and TCP: the channels also live on loops of Netty's epoll transport
 * ({@code netty-transport-native-epoll}, which this module does not need otherwise), beside that transport's own.
 *
 * <pre>
 * EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
 * new ServerBootstrap().group(group).channel(EpollServerSocketChannel.class)...
 * new Bootstrap().group(group).channel(VmciChannel.class)...
 * </pre>
 *
 * <p>They behave there as on loops of {@code VmciIoHandler}, but each change of interest is a system call. Handles that
 * others make of {@link io.github.nettyvmci.transport.VmciIoHandle} live on loops of {@code VmciIoHandler} only.
 *
 * <p>Linux only (x86_64 and aarch64), kernel 5.5 or later. All channel work happens on the channel's event loop, as
 * with every Netty transport. What may be null says so ({@code @Nullable}); everything else is not.
 */
@NullMarked
package io.github.nettyvmci.transport;

import org.jspecify.annotations.NullMarked;
