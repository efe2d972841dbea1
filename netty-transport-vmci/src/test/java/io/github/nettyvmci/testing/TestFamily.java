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

import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.transport.VmciChannel;
import io.github.nettyvmci.transport.VmciDomainSocketChannel;
import io.github.nettyvmci.transport.VmciServerChannel;
import io.github.nettyvmci.transport.VmciServerDomainSocketChannel;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The address family that the transport tests run over: AF_UNIX, or in the test VM (where {@code script/vm} sets
 * {@code VMCI_TEST_VM}) AF_VSOCK over loopback. Nothing is probed: on a machine that is a virtual machine itself, a
 * connect would reach its real host.
 */
public enum TestFamily {

    /** AF_UNIX. */
    UNIX(VmciServerDomainSocketChannel.class, VmciDomainSocketChannel.class) {
        @Override
        public SocketAddress newAddress() {
            return new DomainSocketAddress(newPath());
        }
    },
    /** AF_VSOCK: loopback, CID 1; or the VMCI driver, where servers are at the host's CID and dialled by a guest's. */
    VSOCK(VmciServerChannel.class, VmciChannel.class) {
        @Override
        public SocketAddress newAddress() {
            return VmciAddress.of(OVER_VMCI ? VmciAddress.CID_HOST : VmciAddress.CID_LOCAL, VmciAddress.PORT_ANY);
        }

        @Override
        public SocketAddress dial(SocketAddress bound) {
            return OVER_VMCI && bound instanceof VmciAddress address && address.cid() == VmciAddress.CID_HOST
                    ? VmciAddress.of(VMX_CID, address.port()) : bound;
        }
    };

    /** Whether this is the test VM. */
    public static final boolean IN_VM = "1".equals(System.getenv("VMCI_TEST_VM"));

    /**
     * How many times slower than on an idle machine tests may run: 3 times on the machine itself, which may have other
     * things to do. In the VM at least 10, and more where the machine is busy: {@code script/vm} measures it when it
     * has booted.
     */
    public static final int SLOWNESS = IN_VM ? slowness(System.getenv("VMCI_TEST_SLOWNESS")) : 3;

    private static final String VMX = System.getenv("VMCI_TEST_CID");

    /** The CID of the fixture that hands connections on to this machine (script/tests/with-vmx), or 0. */
    public static final long VMX_CID = VMX == null ? 0 : Long.parseLong(VMX);

    /** Whether AF_VSOCK connections of this run go over the VMCI driver. */
    public static final boolean OVER_VMCI = VMX_CID != 0;

    /** The family of this run. */
    public static final TestFamily CURRENT = IN_VM && !"unix".equals(System.getProperty("vmci.test.family"))
            ? VSOCK : UNIX;

    private final Class<? extends ServerChannel> serverChannel;
    private final Class<? extends Channel> clientChannel;

    TestFamily(Class<? extends ServerChannel> serverChannel, Class<? extends Channel> clientChannel) {
        this.serverChannel = serverChannel;
        this.clientChannel = clientChannel;
    }

    /** Returns the factor of a VM that is so many per cent slower than an idle machine's; 100 if it is not known. */
    static int slowness(String percent) {
        return (int) Math.ceil((percent == null ? 100 : Integer.parseInt(percent)) / 10.0);
    }

    /** Returns an address to bind to; a {@link #client()} connects to the bound channel's local address. */
    public abstract SocketAddress newAddress();

    /** Returns what a client dials to reach a server that is bound to this address. */
    public SocketAddress dial(SocketAddress bound) {
        return bound;
    }

    /** Returns what a ZeroMQ socket connects to, to reach one that is bound to this endpoint. */
    public static String dial(String endpoint) {
        String bound = "vmci://" + VmciAddress.CID_HOST + ':';
        return OVER_VMCI && endpoint.startsWith(bound)
                ? "vmci://" + VMX_CID + ':' + endpoint.substring(bound.length()) : endpoint;
    }

    /** Returns a bootstrap for clients of this family, which {@linkplain #dial dials} what it is told to connect to. */
    public Bootstrap client() {
        Bootstrap client = new Bootstrap().channel(clientChannel);
        return OVER_VMCI ? client.resolver(new Dialling()) : client;
    }

    /** Returns the class for a {@code ServerBootstrap}. */
    public Class<? extends ServerChannel> serverChannel() {
        return serverChannel;
    }

    /** Returns the class for a {@code Bootstrap}. */
    public Class<? extends Channel> clientChannel() {
        return clientChannel;
    }

    /** Returns this run's java, with options that keep a child's output free of warnings; more can be added. */
    public static List<String> javaCommand() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
        // One that is killed while it loads a native library leaves a copy of it.
        command.add("-Dio.netty.native.workdir=" + TemporaryFolder.PATH);
        command.add("-Dio.netty.machineId=02:00:00:00:00:01"); // the VM has no network card to make one from
        if (IN_VM) {
            command.add("-XX:TieredStopAtLevel=1"); // emulated, the second compiler costs more than it brings
        }
        if (Runtime.version().feature() >= 24) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        return command;
    }

    /** Returns a path for a socket file that does not exist. What is there when the JVM ends is deleted. */
    public static String newPath() {
        return TemporaryFolder.PATH.resolve(TemporaryFolder.NEXT.incrementAndGet() + ".sock").toString();
    }

    /** A folder for socket files and what child processes leave, made when first needed. */
    private static final class TemporaryFolder {

        static final AtomicInteger NEXT = new AtomicInteger();
        static final Path PATH;

        static {
            try {
                PATH = Files.createTempDirectory("vmci-");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(TemporaryFolder::delete));
        }

        private static void delete() {
            File[] files = PATH.toFile().listFiles();
            for (File file : files == null ? new File[0] : files) {
                file.delete();
            }
            PATH.toFile().delete();
        }
    }

    private static final class Dialling extends AddressResolverGroup<SocketAddress> {

        @Override
        protected AddressResolver<SocketAddress> newResolver(EventExecutor executor) {
            return new AbstractAddressResolver<>(executor, SocketAddress.class) {
                @Override
                protected boolean doIsResolved(SocketAddress address) {
                    return CURRENT.dial(address).equals(address);
                }

                @Override
                protected void doResolve(SocketAddress bound, Promise<SocketAddress> promise) {
                    promise.setSuccess(CURRENT.dial(bound));
                }

                @Override
                protected void doResolveAll(SocketAddress bound, Promise<List<SocketAddress>> promise) {
                    promise.setSuccess(List.of(CURRENT.dial(bound)));
                }
            };
        }
    }
}
