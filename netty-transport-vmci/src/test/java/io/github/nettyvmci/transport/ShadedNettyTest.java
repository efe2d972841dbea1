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
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.commons.ClassRemapper;
import net.bytebuddy.jar.asm.commons.Remapper;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;

/** A program's build has moved Netty into a package of the program's. */
class ShadedNettyTest {

    @Test
    void shouldFindTheLibraryUnderItsOwnNameBesideARelocatedNetty() throws Exception {
        ClassLoader loader = new Relocating("com.my_company.", "io/netty/");
        Class<?> vmci = loader.loadClass(Vmci.class.getName());
        assertEquals(loader, vmci.getClassLoader());
        assertNull(vmci.getMethod("libraryUnavailabilityCause").invoke(null));
        // The relocated Netty has the library's natives, which are registered under its new names.
        Class<?> descriptor = loader.loadClass("com.my_company.io.netty.channel.unix.FileDescriptor");
        for (Object end : (Object[]) descriptor.getMethod("pipe").invoke(null)) {
            descriptor.getMethod("close").invoke(end);
        }
    }

    @Test
    void shouldTellThatItsOwnPackageMustStay() throws Exception {
        ClassLoader loader = new Relocating("com.example.", "io/");
        Class<?> vmci = loader.loadClass("com.example.io.github.nettyvmci.transport.Vmci");
        Throwable cause = (Throwable) vmci.getMethod("libraryUnavailabilityCause").invoke(null);
        assertEquals("class: com.example.io.github.nettyvmci.transport.Native (expected: io.github.nettyvmci.transport"
                + ".Native, which is what the native library looks for); relocate io.netty alone, and leave this"
                + " package out", cause.getMessage());
    }

    @Test
    void shouldNotBeFooledByOtherNames() {
        assertEquals("", Native.shadedPrefix("io.netty.util.internal.NativeLibraryLoader"));
        assertEquals("com_my_1company_",
                Native.shadedPrefix("com.my_company.io.netty.util.internal.NativeLibraryLoader"));
        assertThrows(UnsatisfiedLinkError.class, () -> Native.checkOwnPackage("Native"));
    }

    /** Relocates classes while it loads them, as a build does with the class files. */
    private static final class Relocating extends ClassLoader {

        private final String prefix;
        private final Remapper remapper;

        /**
         * @param prefix goes before the names of classes
         * @param moved  how the names begin that move, with slashes
         */
        Relocating(String prefix, String moved) {
            super(ClassLoader.getPlatformClassLoader());
            this.prefix = prefix;
            remapper = new Remapper() {
                @Override
                public String map(String name) {
                    return name.startsWith(moved) ? prefix.replace('.', '/') + name : name;
                }
            };
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            String source = (name.startsWith(prefix) ? name.substring(prefix.length()) : name).replace('.', '/');
            if (!remapper.map(source).equals(name.replace('.', '/'))) {
                throw new ClassNotFoundException(name + " has moved");
            }
            try (InputStream in = getSystemResourceAsStream(source + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                ClassWriter writer = new ClassWriter(0);
                new ClassReader(in.readAllBytes()).accept(new ClassRemapper(writer, remapper), 0);
                byte[] code = writer.toByteArray();
                return defineClass(name, code, 0, code.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        @Override
        public URL getResource(String name) {
            return getSystemResource(name);
        }
    }
}
