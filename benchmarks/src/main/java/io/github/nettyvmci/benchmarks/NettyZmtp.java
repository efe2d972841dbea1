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
package io.github.nettyvmci.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;

/**
 * Spotify's netty-zmtp 0.4.0, which speaks ZMTP 2.0 and 1.0, on the last Netty of the line that it was built for (4.0),
 * both in a class loader of their own: on Netty 4.2 its messages lack methods.
 */
final class NettyZmtp {

    /** Implemented by {@link NettyZmtpCodec} in the other class loader. */
    public interface Codec extends AutoCloseable {

        /** Sets the octets of each read, which are whole frames. */
        void input(byte[] read);

        /** Decodes so many reads, and returns how many messages they were. */
        long decode(int reads);

        /** Sets what to write: so many messages of one part. */
        void messages(int count, int size);

        /** Writes the messages and flushes, and returns how many octets went out. */
        long encode();

        /** Releases the buffers that were set. */
        @Override
        void close();
    }

    /** Classes of this module that are shared with the other class loader. */
    private static final String SHARED = Codec.class.getName();

    private static final ClassLoader LOADER = newLoader();

    private NettyZmtp() {
    }

    /** Makes a codec whose handshake with a peer of ZMTP 2.0 is done. */
    static Codec newCodec() throws ReflectiveOperationException {
        return (Codec) LOADER.loadClass(NettyZmtp.class.getPackageName() + ".NettyZmtpCodec").getConstructor()
                .newInstance();
    }

    /** Makes threads that are {@code FastThreadLocalThread}s to the other Netty. */
    static ThreadFactory newThreadFactory() {
        try {
            return (ThreadFactory) LOADER.loadClass("io.netty.util.concurrent.DefaultThreadFactory")
                    .getConstructor(String.class).newInstance("netty-zmtp");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ClassLoader newLoader() {
        List<URL> path = new ArrayList<>();
        try {
            URI classes = NettyZmtp.class.getProtectionDomain().getCodeSource().getLocation().toURI();
            path.add(classes.toURL());
            try (Stream<Path> jars = Files.list(Path.of(classes).resolveSibling("netty-zmtp"))) {
                for (Path jar : jars.toList()) {
                    path.add(jar.toUri().toURL());
                }
            }
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("netty-zmtp: not beside the classes (expected: put there by Maven)", e);
        }
        ClassLoader ours = NettyZmtp.class.getClassLoader();
        return new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                return name.equals(SHARED) ? ours.loadClass(name) : super.findClass(name);
            }
        };
    }
}
