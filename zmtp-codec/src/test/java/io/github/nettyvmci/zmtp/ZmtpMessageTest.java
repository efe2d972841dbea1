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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;

import org.junit.jupiter.api.Test;

class ZmtpMessageTest {

    @Test
    void shouldGiveItsPartsAndLengths() {
        ZmtpMessage message = ZmtpMessage.ofText("a", "", "\u00e4b");
        assertEquals(3, message.size());
        assertEquals(4, message.length());
        assertEquals(3, message.partLength(2));
        assertEquals("\u00e4b", message.text(2));
        assertEquals(0, message.part(1).readableBytes());
        assertSame(message.part(0), message.part(0));
        assertEquals("ZmtpMessage(octets [1, 0, 3])", message.toString());
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
        assertEquals(1, message.length());
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
}
