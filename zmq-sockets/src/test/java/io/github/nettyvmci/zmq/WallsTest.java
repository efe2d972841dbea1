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
package io.github.nettyvmci.zmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.Walls;
import org.junit.jupiter.api.Test;

import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Which packages of this module ("rooms") may use which. */
class WallsTest {

    private static final int MOST_IN_A_CIRCLE = 4;
    private static final String ROOT = ZmqSocket.class.getPackageName();
    /** {@code target/classes}, wherever the tests run. */
    private static final Path CLASSES = classes();

    /**
     * The classes of the API that every room may use, since they use no room. They share the package of the topmost
     * room so that users need not import from two packages.
     */
    private static final Set<String> VALUES = Set.of("ZmqSocketType", "ZmqOption", "ZmqOptions", "OptionTypes",
            "OptionSyntax", "OptionValue", "ZmqError", "ZmqException", "ZmqEvent");

    /** The content of a {@code ZmqEvent}, whose constructor is hidden; together they are a value like the others. */
    private static final String INSIDE_OF_EVENTS = ROOT + ".internal.socket.SocketEvent";

    /** The rooms that each room may use; classes of other projects are not looked at. */
    private static final Map<String, Set<String>> FLOORS = Map.of(
            "zmq", Set.of("socket", "inproc", "endpoint", "pattern", "spi", "values"),
            "socket", Set.of("inproc", "endpoint", "pattern", "transport", "loop", "spi", "values"),
            "inproc", Set.of("endpoint", "pattern", "values"),
            "endpoint", Set.of("pattern", "spi", "values"),
            "pattern", Set.of("values"),
            "transport", Set.of("loop", "spi", "values"),
            "loop", Set.of(),
            "spi", Set.of("values"),
            "values", Set.of());

    private final Walls walls = Walls.of(CLASSES);

    private static Path classes() {
        try {
            return Path.of(ZmqSocket.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isOurs(String name) {
        return name.startsWith(ROOT + '.');
    }

    private static String room(String name) {
        String room = Walls.packageOf(name);
        if (!isOurs(name)) {
            return room;
        }
        if (name.equals(INSIDE_OF_EVENTS)) {
            return "values";
        }
        String simple = name.substring(name.lastIndexOf('.') + 1);
        return !room.equals(ROOT) ? room.substring(room.lastIndexOf('.') + 1)
                : VALUES.contains(simple) ? "values" : "zmq";
    }

    @Test
    void shouldHaveTheRoomsThatAreKnown() {
        Set<String> rooms = walls.arrows(WallsTest::isOurs, used -> true).stream()
                .map(arrow -> room(arrow.substring(0, arrow.indexOf(' '))))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(new TreeSet<>(FLOORS.keySet()), rooms);
        assertTrue(walls.size() > 80, () -> walls.size() + " classes");
    }

    @Test
    void shouldHaveArrowsInOneDirectionOnly() {
        List<String> wrong = new ArrayList<>();
        FLOORS.forEach((room, below) -> wrong.addAll(walls.arrows(user -> room(user).equals(room),
                used -> isOurs(used) && !room(used).equals(room) && !below.contains(room(used)))));
        assertEquals(List.of(), wrong);
        assertEquals(List.of(), walls.circlesOf(WallsTest::room));
    }

    @Test
    void shouldHaveNoLargeCircleOfClasses() {
        List<SortedSet<String>> large = walls.circlesOfClasses().stream()
                .filter(circle -> circle.size() > MOST_IN_A_CIRCLE).toList();
        assertEquals(List.of(), large);
    }

    @Test
    void shouldKeepPatternsFromKnowingChannels() {
        assertEquals(List.of(), walls.arrows(ROOT + ".internal.pattern", "io.netty.channel"));
    }

    @Test
    void shouldKnowNettyVmcisTransportInOneRoomOnly() {
        assertEquals(List.of(), walls.arrows(user -> isOurs(user) && !room(user).equals("transport"),
                used -> used.startsWith("io.github.nettyvmci.transport.")));
    }

    @Test
    void shouldExportTheApiAndNothingElse() throws Exception {
        try (InputStream in = Files.newInputStream(CLASSES.resolve("module-info.class"))) {
            assertEquals(Set.of(ROOT, ROOT + ".spi"), ModuleDescriptor.read(in).exports().stream()
                    .map(ModuleDescriptor.Exports::source).collect(Collectors.toSet()));
        }
    }
}
