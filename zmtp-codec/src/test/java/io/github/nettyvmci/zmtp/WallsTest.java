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
package io.github.nettyvmci.zmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.Walls;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;

/**
 * Which package may use which: {@code zmtp}, the engine, is the lowest; {@code internal.curve}, what CURVE computes,
 * uses it; and {@code security}, the mechanisms to choose from, uses both.
 */
class WallsTest {

    private static final String ENGINE = "io.github.nettyvmci.zmtp";
    private static final String SECURITY = ENGINE + ".security";
    private static final String INTERNAL = ENGINE + ".internal";
    private static final int LARGEST_CIRCLE = 4;

    private static Walls walls;

    @BeforeAll
    static void read() throws URISyntaxException {
        walls = Walls.of(Path.of(ZmtpCodec.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
        assertTrue(walls.size() > 50, walls.size() + " classes"); // fewer mean that it looks in the wrong place
    }

    /** Returns the arrows that do not begin in one of these packages or below it. */
    private static List<String> except(List<String> arrows, String... packages) {
        return arrows.stream().filter(arrow -> List.of(packages).stream().noneMatch(of -> arrow.startsWith(of + '.')))
                .toList();
    }

    @Test
    void shouldHaveNoCircleOfPackages() {
        assertEquals(List.of(), walls.circlesOfPackages());
    }

    @Test
    void shouldHaveNoLargeCircleOfClasses() {
        List<SortedSet<String>> large =
                walls.circlesOfClasses().stream().filter(circle -> circle.size() > LARGEST_CIRCLE).toList();
        assertEquals(List.of(), large);
    }

    @Test
    void shouldKeepTheEngineFromKnowingTheMechanismsToChooseFrom() {
        assertEquals(List.of(), except(walls.arrows(ENGINE, SECURITY), SECURITY));
    }

    @Test
    void shouldKeepTheInternalToTheMechanisms() {
        assertEquals(List.of(), except(walls.arrows(ENGINE, INTERNAL), SECURITY, INTERNAL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.github.nettyvmci.transport", "io.github.nettyvmci.zmq", "io.netty.channel.epoll",
            "io.netty.channel.kqueue", "io.netty.channel.local", "io.netty.channel.nio", "io.netty.channel.uring",
            "io.netty.channel.unix"})
    void shouldKnowNoTransport(String transport) {
        assertEquals(List.of(), walls.arrows(ENGINE, transport));
    }

    @Test
    void shouldKnowOfNettysSocketsOnlyThatInputEnds() {
        assertEquals(List.of(ENGINE + ".ZmtpCodec -> io.netty.channel.socket.ChannelInputShutdownEvent"),
                walls.arrows(ENGINE, "io.netty.channel.socket"));
    }
}
