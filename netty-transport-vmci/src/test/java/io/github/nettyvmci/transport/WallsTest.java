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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.Walls;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** How the classes of the transport may stand on one another, and what they are called. */
class WallsTest {

    /** Classes that name each other on purpose, such as a server channel and its children, may form a small circle. */
    private static final int MOST_IN_A_CIRCLE = 4;

    /** The folder of the compiled classes, wherever the tests run. */
    private static final Path CLASSES = classes();

    private final Walls walls = Walls.of(CLASSES);

    private static Path classes() {
        try {
            return Path.of(Vmci.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldHaveNoCircleOfPackages() {
        assertEquals(List.of(), walls.circlesOfPackages());
    }

    @Test
    void shouldHaveNoLargeCircleOfClasses() {
        List<SortedSet<String>> large = walls.circlesOfClasses().stream()
                .filter(circle -> circle.size() > MOST_IN_A_CIRCLE).toList();
        assertEquals(List.of(), large);
    }

    /** The errors, the values and the native calls are below the channels. */
    @Test
    void shouldLetNothingBelowTheChannelsKnowThem() {
        List<String> arrows = Stream.of("VmciAddress", "VmciProbe", "ProbeRun", "LocalCid", "LibraryCheck", "Native",
                        "FailedCall", "SocketErrors", "ConnectErrors", "ConnectionErrors", "AddressFamily",
                        "NativeSocket")
                .flatMap(name -> walls.arrows(Vmci.class.getPackageName(), Vmci.class.getPackageName()).stream()
                        .filter(arrow -> arrow.startsWith(Vmci.class.getPackageName() + '.' + name + " ")))
                .filter(arrow -> arrow.endsWith("Channel") || arrow.endsWith("Config") || arrow.contains("VmciIo"))
                .toList();
        assertEquals(List.of(), arrows);
    }

    @Test
    void shouldPutVmciBeforeWhatIsPublicAndBeforeNothingElse() throws Exception {
        List<Class<?>> all = topLevelClasses();
        assertTrue(all.size() > 30, all.toString());
        assertEquals(List.of(), names(all, c -> Modifier.isPublic(c.getModifiers())
                && !c.getSimpleName().matches("(Vmci|HybridVsock|CidFilter|SystemdSockets).*")));
        assertEquals(List.of(), names(all, c -> !Modifier.isPublic(c.getModifiers())
                && c.getSimpleName().startsWith("Vmci")));
    }

    private static List<String> names(List<Class<?>> classes, Predicate<Class<?>> which) {
        return classes.stream().filter(which).map(Class::getSimpleName).toList();
    }

    private static List<Class<?>> topLevelClasses() throws IOException, ClassNotFoundException {
        Path folder = CLASSES.resolve(Vmci.class.getPackageName().replace('.', '/'));
        List<String> names;
        try (Stream<Path> files = Files.list(folder)) {
            names = files.map(file -> file.getFileName().toString()).sorted()
                    .filter(name -> name.endsWith(".class") && name.indexOf('$') < 0 && name.indexOf('-') < 0).toList();
        }
        List<Class<?>> classes = new ArrayList<>();
        for (String name : names) {
            classes.add(Class.forName(Vmci.class.getPackageName() + '.' + name.substring(0, name.indexOf('.')), false,
                    Vmci.class.getClassLoader()));
        }
        return classes;
    }
}
