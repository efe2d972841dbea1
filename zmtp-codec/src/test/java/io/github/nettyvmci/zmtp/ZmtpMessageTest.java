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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import org.junit.jupiter.api.Test;

import java.util.Arrays;

class ZmtpMessageTest {

    @Test
    void shouldGiveItsPartsAndLengths() {
        ZmtpMessage message = ZmtpMessage.ofText("a", "", "\u00e4b");
        assertEquals(3, message.partCount());
        assertEquals(4, message.length());
        assertEquals(3, message.partLength(2));
        assertEquals("\u00e4b", message.text(2));
        assertEquals(0, message.part(1).readableBytes());
        assertEquals("ZmtpMessage(bytes [1, 0, 3])", message.toString());
        message.release();
        assertEquals("ZmtpMessage(released)", message.toString());
    }

    @Test
    void shouldViewTheReadableOctetsOfItsOnlyPart() {
        ByteBuf buffer = Unpooled.copiedBuffer(new byte[] {1, 2, 3, 4});
        buffer.readByte();
        buffer.writerIndex(3);
        ZmtpMessage message = ZmtpMessage.of(buffer);
        assertEquals(2, message.partLength(0));
        assertEquals(2, message.part(0).readByte());
        assertEquals(2, message.part(0).readByte(), "another view, whose indices are its own");
        assertEquals(2, message.length());
        assertSame(buffer, message.buffer(0));
        assertEquals(1, message.offset(0));
        assertArrayEquals(new byte[] {2, 3}, message.bytes(0));
        assertTrue(message.release());
        assertEquals(0, buffer.refCnt());
    }

    @Test
    void shouldReleaseAllPartsWithTheLastReference() {
        ByteBuf first = Unpooled.buffer().writeByte(1);
        ByteBuf second = Unpooled.buffer().writeByte(2);
        ZmtpMessage message = ZmtpMessage.of(first, second);
        assertSame(message, message.retain());
        assertFalse(message.release());
        assertEquals(1, first.refCnt());
        assertTrue(message.release());
        assertEquals(0, first.refCnt());
        assertEquals(0, second.refCnt());
    }

    @Test
    void shouldRefuseUseAfterRelease() {
        ZmtpMessage message = ZmtpMessage.ofText("a");
        message.release();
        assertThrows(IllegalReferenceCountException.class, message::release);
        assertThrows(IllegalReferenceCountException.class, message::retain);
        assertThrows(IllegalReferenceCountException.class, () -> message.part(0));
        ZmtpMessage other = ZmtpMessage.ofText("a", "b");
        assertThrows(IllegalReferenceCountException.class, () -> other.release(2));
        assertThrows(IllegalArgumentException.class, () -> other.release(0));
        assertThrows(IllegalArgumentException.class, () -> other.retain(0));
        assertEquals(1, other.refCnt());
        other.release();
    }

    @Test
    void shouldRefuseIndicesAndMessagesThatAreNone() {
        ZmtpMessage one = ZmtpMessage.ofText("a");
        assertThrows(IndexOutOfBoundsException.class, () -> one.part(1));
        assertThrows(IndexOutOfBoundsException.class, () -> one.part(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> one.partLength(1));
        assertThrows(IllegalArgumentException.class, () -> ZmtpMessage.of(new ByteBuf[0]));
        one.release();
    }

    @Test
    void shouldReadManyPartsAsFew() {
        for (int count = 1; count < 12; count++) {
            byte[][] parts = new byte[count][];
            for (int i = 0; i < count; i++) {
                parts[i] = new byte[i];
                Arrays.fill(parts[i], (byte) i);
            }
            ZmtpMessage message = ZmtpMessage.of(parts);
            assertEquals(count, message.partCount());
            assertEquals(count * (count - 1) / 2, message.length());
            for (int i = 0; i < count; i++) {
                assertArrayEquals(parts[i], message.bytes(i));
                assertEquals(Unpooled.wrappedBuffer(parts[i]), message.part(i));
                assertEquals(i, message.partLength(i));
            }
            int beyond = count;
            assertThrows(IndexOutOfBoundsException.class, () -> message.buffer(beyond));
            assertThrows(IndexOutOfBoundsException.class, () -> message.offset(-1));
            message.release();
        }
    }

    @Test
    void shouldShareItsPartsWithLongerAndShorterMessages() {
        for (int count = 1; count < 12; count++) {
            for (int dropped = 0; dropped < count; dropped++) {
                for (boolean shared : new boolean[] {false, true}) {
                    checkEnvelope(count, dropped, shared);
                }
            }
        }
    }

    private static void checkEnvelope(int count, int dropped, boolean shared) {
        ByteBuf[] parts = new ByteBuf[count];
        for (int i = 0; i < count; i++) {
            parts[i] = Unpooled.buffer().writeByte(i);
        }
        ZmtpMessage message = ZmtpMessage.of(parts);
        if (shared) {
            message.retain();
        }
        ZmtpMessage shorter = message.dropFirst(dropped);
        assertEquals(count - dropped, shorter.partCount());
        ByteBuf head = Unpooled.buffer().writeByte(99);
        ZmtpMessage longer = shorter.retain().prepend(head);
        assertTrue(longer.refCnt() == 1 && longer.partCount() == count - dropped + 1);
        assertEquals(count - dropped + 1, longer.length());
        for (int i = 0; i < longer.partCount(); i++) {
            assertEquals(i == 0 ? 99 : dropped + i - 1, longer.bytes(i)[0]);
        }
        if (shared) {
            assertEquals(count, message.partCount(), "who retained it has it as it was");
            assertEquals(0, message.bytes(0)[0]);
            message.release();
        }
        if (dropped > 0) {
            assertEquals(0, parts[0].refCnt(), "nobody has it any more");
        }
        assertEquals(99, longer.dropFirst(0).bytes(0)[0]);
        longer.release();
        assertEquals(0, head.refCnt());
        assertTrue(parts[count - 1].refCnt() > 0);
        shorter.release();
        for (ByteBuf part : parts) {
            assertEquals(0, part.refCnt());
        }
    }

    @Test
    void shouldReleaseTheLongestEnvelope() {
        ByteBuf last = Unpooled.buffer().writeByte(1);
        ZmtpMessage message = ZmtpMessage.of(last);
        for (int i = 0; i < 100_000; i++) {
            message = message.prepend(Unpooled.EMPTY_BUFFER);
        }
        assertEquals(100_001, message.partCount());
        message.release();
        assertEquals(0, last.refCnt());
    }

    @Test
    void shouldTakeOffNoMoreThanThereIs() {
        ZmtpMessage message = ZmtpMessage.ofText("a", "b");
        assertThrows(IndexOutOfBoundsException.class, () -> message.dropFirst(2));
        assertThrows(IndexOutOfBoundsException.class, () -> message.dropFirst(-1));
        assertEquals(2, message.partCount());
        message.release();
        assertThrows(IllegalReferenceCountException.class, () -> message.dropFirst(1));
        assertThrows(IllegalReferenceCountException.class, () -> message.prepend(Unpooled.EMPTY_BUFFER));
        assertThrows(IllegalReferenceCountException.class, () -> message.buffer(0));
        assertThrows(IllegalReferenceCountException.class, () -> message.bytes(0));
        assertThrows(IllegalReferenceCountException.class, message::copy);
    }

    @Test
    void shouldCopyItsBytes() {
        ByteBuf buffer = Unpooled.buffer().writeByte(1).writeByte(2);
        ZmtpMessage message = ZmtpMessage.of(buffer, Unpooled.EMPTY_BUFFER);
        ZmtpMessage copy = message.copy();
        assertEquals(1, buffer.refCnt());
        message.release();
        assertArrayEquals(new byte[] {1, 2}, copy.bytes(0));
        assertEquals(2, copy.partCount());
        assertTrue(copy.release());
    }
}
