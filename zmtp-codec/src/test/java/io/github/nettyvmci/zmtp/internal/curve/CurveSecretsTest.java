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
package io.github.nettyvmci.zmtp.internal.curve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.Codec;
import io.github.nettyvmci.zmtp.Mechanism;
import io.github.nettyvmci.zmtp.Wire;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.github.nettyvmci.zmtp.security.CurvePeers;
import io.github.nettyvmci.zmtp.security.CurveVectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** CURVE leaves no key in memory once its connection is over, however it ended. */
class CurveSecretsTest {

    private static final String GREETING = Wire.SIGNATURE + "03 01 <mech CURVE> <32x00>";

    private static Codec codec(ZmtpSocketType type, Mechanism mechanism) {
        return new Codec(ZmtpCodec.builder(type).mechanism(mechanism));
    }

    @Test
    void shouldLeaveNoSecretBehindAConnection() {
        WatchedPrimitives ofServer = new WatchedPrimitives();
        WatchedPrimitives ofClient = new WatchedPrimitives();
        try (Codec rep = codec(ZmtpSocketType.REP, ofServer.mechanism(true));
                Codec req = codec(ZmtpSocketType.REQ, ofClient.mechanism(false))) {
            CurvePeers.exchange(rep, req);
            req.channel.writeAndFlush(ZmtpMessage.ofText("", "Hello"));
            CurvePeers.exchange(rep, req);
            assertEquals("[|48656c6c6f]", rep.received());
        }
        ofServer.assertNothingLeft(10);
        ofClient.assertNothingLeft(10);
    }

    @Test
    void shouldLeaveNoSecretBehindAServersRefusalOfAKey() {
        WatchedPrimitives primitives = new WatchedPrimitives();
        try (Codec rep = codec(ZmtpSocketType.REP, primitives.mechanism(true))) {
            rep.feed(GREETING + "04 C8 05 \"HELLO\" 01 00 <72x00> <32x00> <7x00> 01 <80x00>");
            assertEquals(ZmtpError.CRYPTOGRAPHIC, rep.handshakeFailure().error());
        }
        primitives.assertNothingLeft(2);
    }

    /** WELCOME of a server whose short-term key is of low order, or whose box is broken. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLeaveNoSecretBehindAClientsRefusalOfAKey(boolean opens) {
        WatchedPrimitives primitives = new WatchedPrimitives();
        try (Codec req = codec(ZmtpSocketType.REQ, primitives.mechanism(false))) {
            CurveBox box = new CurveBox(CurvePrimitives.create());
            byte[] clientShort = box.publicKey(CurveVectors.range(1, 32));
            byte[] welcome = box.seal(box.sharedKey(clientShort, CurveVectors.SERVER.secretKey()), "WELCOME-",
                    new byte[16], new byte[128]);
            welcome[0] ^= (byte) (opens ? 0 : 1);
            req.feed(GREETING + "04 A8 07 \"WELCOME\" <16x00>" + ByteBufUtil.hexDump(welcome));
            assertEquals(ZmtpError.CRYPTOGRAPHIC, req.handshakeFailure().error());
        }
        primitives.assertNothingLeft(4);
    }

    @Test
    void shouldWipeThePrimitives() throws ReflectiveOperationException {
        CurvePrimitives primitives = CurvePrimitives.create();
        byte[] sealed = new byte[216];
        primitives.hsalsa20(CurveVectors.range(1, 32), new byte[16], 0, new byte[32]);
        primitives.seal(CurveVectors.range(1, 32), new byte[8], 0, sealed, 0, 200);
        assertNothingLeft(CurveScratch.get());
        assertFalse(isZero(primitives, new ArrayList<>()));
        primitives.wipe();
        assertTrue(primitives.open(CurveVectors.range(1, 32), new byte[8], 0, sealed, 0, 200), "still of use");
        primitives.wipe();
        assertTrue(isZero(field(primitives, "stream"), new ArrayList<>()));
    }

    /** A stream made ahead may outlive its connection. Less the words from before the last sum it is the key. */
    @ParameterizedTest
    @ValueSource(ints = {8, 9, 127, 128, 256}) // one by one, in four loops, and in one
    void shouldKeepNothingBesideAKeyStreamThatTellsTheKey(int blocks) throws ReflectiveOperationException {
        int[] state = new int[16];
        Salsa20.init(state, CurveVectors.range(1, 32));
        Set<Integer> key = IntStream.of(1, 2, 3, 4, 11, 12, 13, 14).mapToObj(word -> state[word])
                .collect(Collectors.toSet());
        Salsa20Lanes lanes = new Salsa20Lanes();
        lanes.make(state, 7, 1, 0, blocks);
        int[] x = (int[]) field(lanes, "x");
        for (int lane = 0; lane < blocks; lane++) {
            for (int one = lane; one < x.length; one += Salsa20Lanes.LANES) {
                for (int other = lane; other < x.length; other += Salsa20Lanes.LANES) {
                    assertFalse(key.contains(x[one] - x[other]), "lane " + lane + ": " + one + " and " + other);
                }
            }
        }
    }

    /** The buffers that a thread's connections share keep neither clear text, nor keys, nor key streams made ahead. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLeaveNothingWithTheThread(boolean broken) throws ReflectiveOperationException {
        CurveScratch scratch = CurveScratch.get();
        byte[] key = CurveVectors.range(1, 32);
        CurveCipher sender = new CurveCipher(CurvePrimitives.create(), key, false, 2, 1);
        CurveCipher receiver = new CurveCipher(CurvePrimitives.create(), key, true, 1, 2);
        for (int length : new int[] {100_000, 60_000, 1000, 10}) {
            ByteBuf in = Unpooled.directBuffer().writeBytes(CurveVectors.range(3, length));
            for (int i = 0; i < 100; i++) {
                ByteBuf sealed = Unpooled.directBuffer();
                sender.seal(0, in, 0, length, sealed);
                assertTrue(isZero(field(scratch, "work"), new ArrayList<>()), "work after sealing " + length);
                ByteBuf opened = Unpooled.directBuffer();
                receiver.open(sealed, 0, sealed.readableBytes(), opened);
                opened.release();
                sealed.release();
            }
            in.release();
            assertTrue(isZero(field(scratch, "work"), new ArrayList<>()), "work after " + length);
            assertTrue(isZero(field(scratch, "lanes"), new ArrayList<>()), "lanes after " + length);
            assertTrue(isZero(field(scratch, "poly1305"), new ArrayList<>()), "mac after " + length);
        }
        if (broken) {
            ByteBuf sealed = Unpooled.directBuffer().writeLong(0x074d455353414745L).writeLong(-1).writeZero(1000);
            assertThrows(ZmtpException.class, () -> receiver.open(sealed, 0, 1016, Unpooled.buffer()));
            sealed.release();
            ByteBuf released = Unpooled.directBuffer();
            released.release();
            ByteBuf out = Unpooled.directBuffer();
            assertThrows(RuntimeException.class, () -> sender.seal(0, released, 0, 5, out));
            out.release();
        }
        assertFalse(isZero(field(scratch, "slots"), new ArrayList<>()), "nothing was made ahead");
        sender.close();
        receiver.close();
        assertNothingLeft(scratch);
        assertTrue(isZero(field(sender, "sending"), new ArrayList<>()), "key of the sender");
        assertTrue(isZero(field(receiver, "receiving"), new ArrayList<>()), "key of the receiver");
    }

    /** A connection keeps no buffer of a long frame; it once kept 68 KB. */
    @Test
    void shouldKeepNothingOfALongFrameForAConnection() throws ReflectiveOperationException {
        byte[] key = CurveVectors.range(1, 32);
        CurveCipher sender = new CurveCipher(CurvePrimitives.create(), key, false, 2, 1);
        CurveCipher receiver = new CurveCipher(CurvePrimitives.create(), key, true, 1, 2);
        for (int length : new int[] {60_000, 200_000}) {
            for (boolean direct : new boolean[] {false, true}) { // in place, and by pieces
                ByteBuf sealed = direct ? Unpooled.directBuffer() : Unpooled.buffer();
                ByteBuf opened = direct ? Unpooled.directBuffer() : Unpooled.buffer();
                sender.seal(0, Unpooled.buffer().writeZero(length), 0, length, sealed);
                receiver.open(sealed, 0, sealed.readableBytes(), opened);
                sealed.release();
                opened.release();
            }
            assertTrue(octets(sender) + octets(receiver) < 1024, octets(sender) + ", " + octets(receiver));
            assertTrue(octets(CurveScratch.get())
                    < CurveScratch.WORK + 13 * 1024 + (CurveScratch.SLOTS + 1) * 23 * 1024 + 1024);
        }
        sender.close();
        receiver.close();
        assertNothingLeft(CurveScratch.get());
    }

    private static long octets(Object from) throws ReflectiveOperationException {
        List<Object> seen = new ArrayList<>();
        isZero(from, seen, true);
        return seen.stream().mapToLong(object -> object instanceof int[] ints ? 4L * ints.length
                : object instanceof long[] longs ? 8L * longs.length
                : object instanceof byte[] octets ? octets.length : 0).sum();
    }

    private static Object field(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    private static void assertNothingLeft(CurveScratch scratch) throws ReflectiveOperationException {
        for (String name : List.of("work", "lanes", "poly1305", "slots")) {
            assertTrue(isZero(field(scratch, name), new ArrayList<>()), name);
        }
    }

    private static boolean isZero(Object from, List<Object> seen) throws ReflectiveOperationException {
        return isZero(from, seen, false);
    }

    /**
     * Returns whether all reachable arrays, and the numbers of a reachable {@link Poly1305}, are zeros.
     *
     * @param all whether to visit everything, whatever is there
     */
    private static boolean isZero(Object from, List<Object> seen, boolean all) throws ReflectiveOperationException {
        if (from == null || seen.stream().anyMatch(known -> known == from)) {
            return true;
        }
        seen.add(from);
        if (from instanceof int[] ints) {
            return all || Arrays.stream(ints).allMatch(i -> i == 0);
        }
        if (from instanceof long[] longs) {
            return all || Arrays.stream(longs).allMatch(i -> i == 0);
        }
        if (from instanceof byte[] octets) {
            return all || Arrays.equals(octets, new byte[octets.length]);
        }
        if (from instanceof Object[] objects) {
            for (Object object : objects) {
                if (!isZero(object, seen, all)) {
                    return false;
                }
            }
            return true;
        }
        for (Field field : from.getClass().getDeclaredFields()) {
            field.setAccessible(true);
            if (java.lang.reflect.Modifier.isStatic(field.getModifiers()) || field.getType() == CurveScratch.class) {
                continue;
            }
            if (field.getType().isPrimitive()) {
                if (!all && from instanceof Poly1305 && field.getLong(from) != 0) {
                    return false;
                }
            } else if (!isZero(field.get(from), seen, all)) {
                return false;
            }
        }
        return true;
    }
}
