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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.util.List;

class ZmtpMetadataTest {

    @Test
    void shouldKeepOrderAndSpellingAndFindNamesInAnyCase() {
        ZmtpMetadata metadata = ZmtpMetadata.builder().add("X-b", "1").add("X-A", new byte[] {2}).build();
        assertEquals(List.of("X-b", "X-A"), metadata.names());
        assertEquals("1", metadata.get("x-B"));
        assertArrayEquals(new byte[] {2}, metadata.getBytes("x-a"));
        assertNull(metadata.get("x"));
        assertNull(metadata.getBytes("x"));
        assertEquals("{X-b=\"1\", X-A=\"\\x02\"}", metadata.toString());
    }

    @Test
    void shouldDecodeWhatItEncodes() {
        ZmtpMetadata metadata = ZmtpMetadata.builder().add("X-b", "1").add("Resource", "").add("a.b_c+d-9", "x")
                .build();
        ByteBuf out = Unpooled.buffer();
        metadata.encode(out);
        assertEquals(metadata.encodedLength(), out.readableBytes());
        ZmtpMetadata decoded = ZmtpMetadata.decode(out, ZmtpLimits.defaults());
        assertEquals(metadata, decoded);
        assertEquals(metadata.hashCode(), decoded.hashCode());
    }

    @Test
    void shouldRefuseNamesThatAreNotAllowed() {
        ZmtpMetadata.Builder builder = ZmtpMetadata.builder();
        for (String name : new String[] {"", "a b", "a:b", "\u00e4", "x".repeat(256)}) {
            assertThrows(IllegalArgumentException.class, () -> builder.add(name, ""), name);
        }
        builder.add("x".repeat(255), "").add("X-a", "");
        assertThrows(IllegalArgumentException.class, () -> builder.add("x-A", ""));
    }

    @Test
    void shouldHoldTheLimitsAtTheirEdge() {
        ZmtpLimits limits = ZmtpLimits.builder().maxMetadataLength(20).maxMetadataProperties(2).build();
        String one = "03 \"X-a\" 00 00 00 0C \"123456789012\"";
        assertEquals(1, decode(one, limits).names().size());
        ZmtpLimitException length = assertThrows(ZmtpLimitException.class,
                () -> decode("03 \"X-a\" 00 00 00 0D \"1234567890123\"", limits));
        assertEquals("maxMetadataLength", length.option());
        assertEquals(2, decode("01 61 00 00 00 00 01 62 00 00 00 00", limits).names().size());
        ZmtpLimitException count = assertThrows(ZmtpLimitException.class,
                () -> decode("01 61 00 00 00 00 01 62 00 00 00 00 01 63 00 00 00 00", limits));
        assertEquals("maxMetadataProperties", count.option());
        assertEquals(3, count.value());
    }

    @Test
    void shouldReadNothingAsNoProperties() {
        assertTrue(decode("", ZmtpLimits.defaults()).isEmpty());
        assertEquals("{}", ZmtpMetadata.empty().toString());
    }

    private static ZmtpMetadata decode(String dump, ZmtpLimits limits) {
        return ZmtpMetadata.decode(Unpooled.wrappedBuffer(Wire.bytes(dump)), limits);
    }
}
