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

import io.github.nettyvmci.transport.VmciDomainSocketChannel;
import io.github.nettyvmci.transport.VmciIoHandler;
import io.github.nettyvmci.transport.VmciPeerCredentials;
import io.github.nettyvmci.transport.VmciServerDomainSocketChannel;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoopGroup;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.netty.bootstrap.AbstractBootstrap;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * {@code ipc://PATH}, {@code ipc://@NAME} in Linux' abstract name space, and {@code ipc://*} to bind to a fresh folder
 * in {@code TMPDIR}: Unix sockets (zmq_ipc(7)).
 *
 * <p>A bind replaces a socket file that nobody listens at, such as one left by a process that was killed. It does not
 * replace a socket file that a process listens at, though libzmq does, nor any other file, such as a link, a pipe or a
 * device. The file is deleted when the bind ends, unless another is in its place by then.
 */
final class IpcTransport implements ZmqTransport {

    /** The longest path in octets: {@code sizeof(sun_path)} less the last octet, as libzmq counts. */
    private static final int MAX_PATH = 107;
    /** The bits of the type of a file, and their value for a socket; see inode(7). */
    private static final int S_IFMT = 0170000;
    private static final int S_IFSOCK = 0140000;

    @Override
    public Set<String> schemes() {
        return Set.of("ipc");
    }

    @Override
    public String loopKind() {
        return VmciTransport.LOOPS;
    }

    @Override
    public EventLoopGroup newEventLoopGroup(int threads, ThreadFactory factory) {
        return new LeaderLoopGroup(threads, factory, VmciIoHandler.newFactory());
    }

    @Override
    public boolean suits(EventLoop loop) {
        return VmciTransport.suitsChannels(loop);
    }

    @Override
    public BindTarget parseBind(String endpoint, ZmqOptions options) {
        return parse(endpoint, true, options);
    }

    @Override
    public ConnectTarget parseConnect(String endpoint, ZmqOptions options) {
        return parse(endpoint, false, options);
    }

    IpcEndpoint parse(String endpoint, boolean bind, ZmqOptions options) {
        String path = endpoint.substring("ipc://".length());
        int position = "ipc://".length();
        if (path.equals("@")) {
            throw new IllegalArgumentException("endpoint: " + endpoint + " (expected: a name at position "
                    + (position + 1) + ", found the end)");
        }
        if (path.startsWith("*") && !bind) {
            throw new IllegalArgumentException("endpoint: " + endpoint + " (expected: a path at position " + position
                    + ", found a wild card; the path the peer is bound to)");
        }
        if (path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("endpoint: " + endpoint.replace('\0', '?') + " (expected: no U+0000,"
                    + " found at position " + endpoint.indexOf('\0') + "; abstract names begin with @)");
        }
        int length = path.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_PATH) {
            throw new IllegalArgumentException("endpoint: a path of " + length + " octets (expected: at most "
                    + MAX_PATH + "); take a shorter one");
        }
        return new IpcEndpoint(path);
    }

    static final class IpcEndpoint implements BindTarget, ConnectTarget {

        private final String path;
        private @Nullable Path folder;

        IpcEndpoint(String path) {
            this.path = path;
        }

        @Override
        public String text() {
            return "ipc://" + path;
        }

        private static DomainSocketAddress address(String path) {
            return new DomainSocketAddress(path.startsWith("@") ? '\0' + path.substring(1) : path);
        }

        @Override
        public ChannelFuture bind(EventLoop loop, ChannelHandler child, ZmqOptions options) {
            int fd = options.get(ZmqOption.USE_FD);
            if (fd >= 0) {
                return bootstrap(loop, child, options).channelFactory(() -> new VmciServerDomainSocketChannel(fd))
                        .register();
            }
            String at = path;
            if (path.startsWith("*")) {
                try {
                    folder = Files.createTempDirectory(temporaryFolder(), "tmp");
                } catch (IOException e) {
                    throw new UncheckedIOException("folder for " + text() + " in " + temporaryFolder() + ": "
                            + e.getMessage() + " (expected: one this user may write to); set TMPDIR", e);
                }
                at = folder.resolve("socket").toString();
            } else if (!path.startsWith("@")) {
                removeStale(Path.of(path));
            }
            return bootstrap(loop, child, options).channel(VmciServerDomainSocketChannel.class).bind(address(at));
        }

        private static ServerBootstrap bootstrap(EventLoop loop, ChannelHandler child, ZmqOptions options) {
            ServerBootstrap bootstrap = new ServerBootstrap().group(loop, loop)
                    .option(ChannelOption.SO_BACKLOG, options.get(ZmqOption.BACKLOG)).childHandler(child);
            int send = options.get(ZmqOption.SNDBUF);
            if (send > 0) {
                bootstrap.childOption(ChannelOption.SO_SNDBUF, send);
            }
            int receive = options.get(ZmqOption.RCVBUF);
            if (receive > 0) {
                bootstrap.childOption(ChannelOption.SO_RCVBUF, receive);
            }
            return bootstrap;
        }

        private static Path temporaryFolder() {
            for (String name : new String[] {"TMPDIR", "TEMPDIR", "TMP"}) {
                String value = System.getenv(name);
                if (value != null && Files.isDirectory(Path.of(value))) {
                    return Path.of(value);
                }
            }
            return Path.of("").toAbsolutePath();
        }

        /** Deletes a socket file if nobody listens at it. */
        private static void removeStale(Path file) {
            if (!isSocket(file)) {
                return; // there is no file, or the bind will say that the name is in use
            }
            try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                probe.configureBlocking(false); // else the probe would wait at a listener whose backlog is full
                probe.connect(UnixDomainSocketAddress.of(file));
            } catch (ConnectException refused) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException ignored) {
                    // the bind will say that the name is in use
                }
            } catch (IOException unknown) {
                // the file may be another user's; the bind will say that the name is in use
            }
        }

        private static boolean isSocket(Path file) {
            try {
                int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
                return (mode & S_IFMT) == S_IFSOCK;
            } catch (IOException e) {
                return false;
            }
        }

        @Override
        public ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options) {
            Bootstrap bootstrap = new Bootstrap().group(loop).channel(VmciDomainSocketChannel.class).handler(handler);
            buffer(bootstrap, ChannelOption.SO_SNDBUF, options.get(ZmqOption.SNDBUF));
            buffer(bootstrap, ChannelOption.SO_RCVBUF, options.get(ZmqOption.RCVBUF));
            return bootstrap.connect(address(path));
        }

        private static void buffer(AbstractBootstrap<?, ?> bootstrap, ChannelOption<Integer> option, int size) {
            if (size > 0) {
                bootstrap.option(option, size);
            }
        }

        @Override
        public String boundText(Channel server) {
            String bound = ((DomainSocketAddress) server.localAddress()).path();
            return "ipc://" + (bound.startsWith("\0") ? '@' + bound.substring(1) : bound);
        }

        /** Returns the process of a peer, or {@code null} if the connection is gone. */
        private static @Nullable VmciPeerCredentials process(Channel peer) {
            try {
                return ((VmciDomainSocketChannel) peer).peerCredentials();
            } catch (ChannelException | NotYetConnectedException e) {
                return null;
            }
        }

        @Override
        public String peerAddress(Channel peer) {
            VmciPeerCredentials process = process(peer);
            return process == null ? "localhost"
                    : "localhost:" + process.uid() + ':' + process.gid() + ':' + process.pid(); // as libzmq has it
        }

        @Override
        public String limiterAddress(Channel peer) {
            VmciPeerCredentials process = process(peer);
            return process == null ? "" : "uid " + process.uid();
        }

        @Override
        public boolean admits(Channel peer, ZmqOptions options) {
            return AcceptFilter.admits(options, process(peer));
        }

        @Override
        public void unbound() {
            if (folder != null) {
                try {
                    Files.deleteIfExists(folder.resolve("socket"));
                    Files.deleteIfExists(folder);
                } catch (IOException ignored) {
                    // the folder stays, which does no harm
                }
            }
        }
    }
}
