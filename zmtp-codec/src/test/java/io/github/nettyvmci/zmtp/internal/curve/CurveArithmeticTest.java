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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.security.CurveVectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.FastThreadLocalThread;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;

/** Our Salsa20 and Poly1305 against BouncyCastle's and NaCl's published values, frame by frame. */
class CurveArithmeticTest {

    private static final int MIB = 1 << 20;

    private final Random random = new Random(26);
    private final BouncyCastlePrimitives reference = new BouncyCastlePrimitives();
    private final CurvePrimitives ours = CurvePrimitives.create();

    /** Both ends of one direction, and the key they must come to. */
    private final class Direction {

        private final CurveCipher sender;
        private final CurveCipher receiver;
        private final byte[] subKey = new byte[32];
        private long nonce;

        Direction(long nonce) {
            this.nonce = nonce;
            byte[] key = bytes(32);
            sender = new CurveCipher(ours, key, false, nonce, 0);
            receiver = new CurveCipher(ours, key, true, 0, nonce);
            reference.hsalsa20(key, CurveCipher.CLIENT_PREFIX.getBytes(), 0, subKey);
        }

        /** Lets the sender leave nonces out. */
        void skip(int frames) {
            for (int i = 0; i < frames; i++) {
                sealed(0, Unpooled.EMPTY_BUFFER, Unpooled.buffer());
            }
        }

        private ByteBuf sealed(int flags, ByteBuf in, ByteBuf out) {
            sender.seal(flags, in, in.readerIndex(), in.readableBytes(), out);
            nonce++;
            return out;
        }

        private byte[] expected(int flags, byte[] body) {
            byte[] shown = Octets.shortNonce(nonce);
            byte[] box = new byte[17 + body.length];
            box[16] = (byte) flags;
            System.arraycopy(body, 0, box, 17, body.length);
            reference.seal(subKey, shown, 0, box, 0, 1 + body.length);
            return Octets.concat(CurveVectors.hex("074d455353414745"), shown, box);
        }

        /** Seals a body, checks it, and opens it again; the buffers are in arrays or not. */
        void exchange(byte[] body, boolean direct) {
            String what = "length " + body.length + ", nonce " + nonce + ", direct " + direct;
            int flags = random.nextInt(4);
            ByteBuf in = direct ? Unpooled.directBuffer() : Unpooled.buffer();
            in.writeZero(3).writeBytes(body).readerIndex(3);
            ByteBuf out = direct ? Unpooled.directBuffer(8) : Unpooled.buffer(8);
            ByteBuf opened = random.nextBoolean() ? Unpooled.buffer(4) : Unpooled.directBuffer(4);
            try {
                out.writeZero(5);
                sealed(flags, in, out);
                assertArrayEquals(expected(flags, body), ByteBufUtil.getBytes(out, 5, out.readableBytes() - 5), what);
                if (random.nextInt(8) == 0) { // flips a bit of the tag or after it: refused
                    int bit = 8 * 21 + random.nextInt(8 * (out.readableBytes() - 21));
                    out.setByte(bit / 8, out.getByte(bit / 8) ^ 1 << bit % 8);
                    assertThrows(ZmtpException.class,
                            () -> receiver.open(out, 5, out.readableBytes() - 5, opened), what);
                    assertEquals(0, opened.readableBytes(), what);
                    out.setByte(bit / 8, out.getByte(bit / 8) ^ 1 << bit % 8);
                }
                assertEquals(flags, receiver.open(out, 5, out.readableBytes() - 5, opened), what);
                assertArrayEquals(body, ByteBufUtil.getBytes(opened), what);
            } finally {
                in.release();
                out.release();
                opened.release();
            }
        }

        void close() {
            sender.close();
            receiver.close();
        }
    }

    private byte[] bytes(int length) {
        byte[] out = new byte[length];
        random.nextBytes(out);
        return out;
    }

    @Test
    void shouldSealEveryLengthAsBouncyCastleDoes() {
        List<Integer> lengths = new ArrayList<>();
        for (int length = 0; length <= 300; length++) {
            lengths.add(length);
        }
        for (int edge : new int[] {9 * 64, 32 * 64, 64 * 64, 128 * 64, CurveScratch.WORK / 4, CurveScratch.WORK / 2,
            CurveScratch.WORK, 2 * CurveScratch.WORK, MIB}) {
            for (int around : new int[] {-65, -64, -63, -34, -33, -32, -31, -18, -17, -16, -15, -2, -1, 0, 1, 2, 15, 16,
                31, 32, 33, 63, 64, 65}) {
                lengths.add(edge + around);
            }
        }
        for (boolean direct : new boolean[] {false, true}) {
            // Each length is tried first alone, when no key stream is made ahead, then after frames of the same length.
            for (int length : lengths) {
                Direction alone = new Direction(random.nextLong() >>> 1);
                alone.exchange(bytes(length), direct);
                alone.close();
            }
            for (int length : new int[] {0, 1, 30, 31, 32, 94, 95, 96, 500, 991, 2015, 4000, 4063, 4064, 5000}) {
                Direction many = new Direction(random.nextLong() >>> 1);
                for (int i = 0; i < 600; i++) {
                    many.exchange(bytes(length), direct);
                }
                many.close();
            }
        }
    }

    /** Covers the nonce's carry into its other word, skipped nonces, and lengths that differ from the ones before. */
    @Test
    void shouldSealFramesOfChangingLengthAsBouncyCastleDoes() {
        for (long first : new long[] {2, 0xffffff80L, 0x7fffffffffffff00L, -0x800}) {
            Direction direction = new Direction(first);
            for (int i = 0; i < 1500; i++) {
                int kind = random.nextInt(40);
                int most = kind == 0 ? 30_000 : kind < 4 ? 3000 : i < 700 ? 100 : 400;
                direction.exchange(bytes(random.nextInt(most)), i % 3 == 0);
                if (kind == 39 && first != -0x800) {
                    direction.skip(random.nextInt(10));
                }
            }
            direction.close();
        }
    }

    /** Uses more connections than a thread keeps key streams for, so that they take these from each other. */
    @Test
    void shouldKeepTheStreamsOfConnectionsApart() {
        List<Direction> all = new ArrayList<>();
        for (int i = 0; i < 2 * CurveScratch.SLOTS; i++) {
            all.add(new Direction(random.nextInt(1000)));
        }
        for (int round = 0; round < 300; round++) {
            int busy = round < 100 ? all.size() : 1 + random.nextInt(all.size());
            for (int i = 0; i < busy; i++) {
                all.get(i).exchange(bytes(random.nextInt(200)), true);
            }
        }
        all.forEach(Direction::close);
    }

    /** A connection changes its thread when its channel is registered with another event loop. */
    @Test
    void shouldGoOnWhenAConnectionMovesToAnotherThread() throws Exception {
        Direction direction = new Direction(7);
        Direction other = new Direction(9);
        for (int move = 0; move < 4; move++) {
            FutureTask<Void> task = new FutureTask<>(() -> {
                for (int i = 0; i < 300; i++) {
                    direction.exchange(bytes(50), true);
                    other.exchange(bytes(70), true);
                }
                return null;
            });
            Thread thread = new FastThreadLocalThread(task);
            thread.start();
            task.get();
            for (int i = 0; i < 300; i++) {
                direction.exchange(bytes(60), true);
            }
        }
        direction.close();
        other.close();
    }

    /** NaCl's tests secretbox and onetimeauth. */
    @Test
    void shouldMakeTheBoxesOfNaCl() {
        byte[] key = CurveVectors.hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
        byte[] nonce = CurveVectors.hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        byte[] clear = CurveVectors.hex("be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc"
                + "e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057"
                + "e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864"
                + "5e0705");
        byte[] sealed = CurveVectors.hex("f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce"
                + "48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738"
                + "b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3"
                + "7973f622a43d14a6599b1f654cb45a74e355a5");
        byte[] subKey = new byte[32];
        ours.hsalsa20(key, nonce, 0, subKey);
        byte[] data = Octets.concat(new byte[16], clear);
        ours.seal(subKey, nonce, 16, data, 0, clear.length);
        assertArrayEquals(sealed, data);
        assertTrue(ours.open(subKey, nonce, 16, data, 0, clear.length));
        assertArrayEquals(clear, Arrays.copyOfRange(data, 16, data.length));

        byte[] macKey = CurveVectors.hex("eea6a7251c1e72916d11c2cb214d3c252539121d8e234e652d651fa4c8cff880");
        assertArrayEquals(Arrays.copyOf(sealed, 16), tag(macKey, Arrays.copyOfRange(sealed, 16, sealed.length), 0));
    }

    /** Uses sums next to 2^130 - 5 and to the ends of limbs, which random data would not meet. */
    @ParameterizedTest
    @CsvSource({"20000, 0, 130", "1000, 8100, 40000"}) // from 8 KiB on in lanes, where the cut leaves so many
    void shouldMakeTheTagsOfBouncyCastle(int cases, int least, int most) {
        for (int i = 0; i < cases; i++) {
            byte[] key = bytes(32);
            byte[] data = bytes(random.nextInt(least, most));
            if (i % 2 == 0) {
                Arrays.fill(data, (byte) (i % 4 == 0 ? -1 : 0));
            }
            if (i % 3 == 0) { // r is 0 to 4, or the greatest
                Arrays.fill(key, 0, 16, (byte) (i % 9 == 0 ? -1 : 0));
                key[0] = (byte) (i % 9 == 0 ? -1 : random.nextInt(5));
            }
            if (data.length > 20 && i % 5 == 0) { // p - 2 to p + 2, without the bit after the block
                Arrays.fill(data, 0, 16, (byte) -1);
                data[0] = (byte) (0xf9 + random.nextInt(5));
            }
            if (i % 7 == 0) {
                Arrays.fill(key, 16, 32, (byte) -1);
            }
            byte[] expected = new byte[16];
            Poly1305 mac = new Poly1305();
            mac.init(new KeyParameter(key));
            mac.update(data, 0, data.length);
            mac.doFinal(expected, 0);
            int cut = 16 * random.nextInt(data.length / 16 + 1);
            assertArrayEquals(expected, tag(key, data, cut), "case " + i);
        }
    }

    private static byte[] tag(byte[] key, byte[] data, int cut) {
        io.github.nettyvmci.zmtp.internal.curve.Poly1305 mac = new io.github.nettyvmci.zmtp.internal.curve.Poly1305();
        ByteBuf words = Unpooled.wrappedBuffer(key);
        mac.init(words.getLongLE(0), words.getLongLE(8), words.getLongLE(16), words.getLongLE(24));
        mac.update(data, 0, cut);
        mac.update(data, cut, data.length - cut);
        mac.finish();
        byte[] tag = new byte[16];
        Unpooled.wrappedBuffer(tag).setLongLE(0, mac.tagLow()).setLongLE(8, mac.tagHigh());
        assertTrue(mac.isTag(mac.tagLow(), mac.tagHigh()));
        for (int bit = 0; bit < 64; bit++) {
            assertFalse(mac.isTag(mac.tagLow() ^ 1L << bit, mac.tagHigh()));
            assertFalse(mac.isTag(mac.tagLow(), mac.tagHigh() ^ 1L << bit));
        }
        return tag;
    }
}
