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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.channel.unix.FileDescriptor;
import org.junit.jupiter.api.Test;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Netty is in one class loader and this transport in a child of it, as application servers have it. */
class ClassLoaderTest {

    @Test
    void shouldLoadInAChildOfNettysClassLoaderAndLeaveNettyIntact() throws Exception {
        List<URL> netty = new ArrayList<>();
        List<URL> ours = new ArrayList<>();
        String surefire = System.getProperty("surefire.test.class.path");
        String path = surefire != null ? surefire : System.getProperty("java.class.path");
        for (String entry : path.split(File.pathSeparator)) {
            URL url = Path.of(entry).toUri().toURL();
            if (entry.contains("/io/netty/")) {
                netty.add(url);
            } else if (entry.contains("classes") || entry.contains("native-")) {
                ours.add(url);
            }
        }
        // The loaders are not closed, since classes may still be loaded from them.
        ClassLoader parent = new URLClassLoader(netty.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        WeakReference<ClassLoader> child = new WeakReference<>(useChild(ours, parent));
        // Netty stays when the child is collected, and so must the natives that it got from the child's library. Mostly
        // the child is collected here; whether it is depends on the collector, and does not decide this test.
        for (int i = 0; child.get() != null && i < 20; i++) {
            System.gc();
        }
        assertNetty(parent);
        assertNetty(ClassLoaderTest.class.getClassLoader());
    }

    private static ClassLoader useChild(List<URL> ours, ClassLoader parent) throws Exception {
        ClassLoader child = new URLClassLoader(ours.toArray(URL[]::new), parent);
        Class<?> vmci = child.loadClass(Vmci.class.getName());
        assertNull(vmci.getMethod("libraryUnavailabilityCause").invoke(null));
        assertEquals(true, vmci.getMethod("isLibraryAvailable").invoke(null));
        assertEquals(child, vmci.getClassLoader());
        return child;
    }

    private static void assertNetty(ClassLoader loader) throws Exception {
        Class<?> descriptor = loader.loadClass(FileDescriptor.class.getName());
        for (Object end : (Object[]) descriptor.getMethod("pipe").invoke(null)) {
            descriptor.getMethod("close").invoke(end);
        }
    }
}
