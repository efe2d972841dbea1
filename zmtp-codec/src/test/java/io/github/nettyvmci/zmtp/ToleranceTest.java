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
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.security.PlainMechanism;
import io.github.nettyvmci.zmtp.security.ZapHandlers;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The codec accepts what some peers do although it is rare or the RFCs do not allow it, if it harms nobody. */
class ToleranceTest {

    private static final ZmtpLimits LONG_METADATA = ZmtpLimits.builder().maxMetadataLength(10_000)
            .maxCommandLength(512).build();

    @ParameterizedTest
    @ValueSource(strings = {Wire.GREETING_31 + "04 2C 05 \"READY\" 0B \"Socket-Type\" 00 00 00 06 \"DEALER\""
            + " 08 \"Identity\" 00 00 00 03 00 01 02", Wire.SIGNATURE + "01 05 00 03 00 01 02", "04 00 00 01 02"})
    void shouldTakeRoutingIdsThatBeginWithZero(String octets) {
        try (Codec router = Codec.of(ZmtpSocketType.ROUTER)) {
            router.feed(octets);
            assertNotNull(router.completed(), () -> "events " + router.events);
            assertArrayEquals(new byte[] {0, 1, 2}, router.completed().routingId());
        }
        assertThrows(IllegalArgumentException.class,
                () -> ZmtpCodec.builder(ZmtpSocketType.DEALER).routingId(new byte[] {0, 1, 2}));
    }

    @Test
    void shouldKeepPropertiesWhoseNamesTheRfcDoesNotAllow() {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(Wire.GREETING_31 + "04 34 05 \"READY\" 0B \"Socket-Type\" 00 00 00 04 \"PUSH\""
                    + "0B \"X-two words\" 00 00 00 01 \"v\" 03 0A FF 00 00 00 00 01 \"w\"");
            ZmtpMetadata metadata = pull.completed().metadata();
            assertEquals("v", metadata.get("x-Two Words"));
            assertEquals(
                    "{Socket-Type=\"PUSH\", \"X-two words\"=\"v\", \"\\x0a\\xff\\x00\"=\"w\"}", metadata.toString());
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                    () -> ZmtpCodec.builder(ZmtpSocketType.PULL).properties(ZmtpMetadata.decode(
                            io.netty.buffer.Unpooled.wrappedBuffer(Wire.bytes("03 \"a b\" 00 00 00 00")),
                            ZmtpLimits.defaults())));
            assertTrue(e.getMessage().contains("\"a b\""), e.getMessage());
        }
    }

    /** Returns a READY or INITIATE with a property that brings the metadata to this length. */
    private static String metadata(String command, int length) {
        String type = "0B \"Socket-Type\" 00 00 00 06 \"DEALER\"";
        int value = length - Wire.bytes(type).length - 8;
        return String.format("06 %016X %02X \"%s\" %s 03 \"X-a\" %08X <%dx61>", 1 + command.length() + length,
                command.length(), command, type, value, value);
    }

    @Test
    void shouldTakeMetadataThatIsLongerThanOtherCommands() {
        for (int length : new int[] {10_000, 10_001}) {
            List<Codec> codecs = new ArrayList<>();
            Codec nul = new Codec(ZmtpCodec.builder(ZmtpSocketType.DEALER).limits(LONG_METADATA));
            nul.feed(Wire.GREETING_31 + metadata("READY", length));
            codecs.add(nul);
            String greeting = Wire.GREETING_31.replace("NULL", "PLAIN");
            Codec client = new Codec(ZmtpCodec.builder(ZmtpSocketType.DEALER).limits(LONG_METADATA)
                    .mechanism(PlainMechanism.client("a", "b")));
            client.feed(greeting + "04 08 07 \"WELCOME\"" + metadata("READY", length));
            codecs.add(client);
            Codec server = new Codec(ZmtpCodec.builder(ZmtpSocketType.DEALER).limits(LONG_METADATA)
                    .mechanism(PlainMechanism.server()).zapHandler(ZapHandlers.plain(Map.of("a", "b"))));
            server.feed(greeting + "04 0A 05 \"HELLO\" 01 61 01 62" + metadata("INITIATE", length));
            codecs.add(server);
            for (Codec codec : codecs) {
                try (codec) {
                    if (length == 10_000) {
                        assertEquals(10_000, codec.completed().metadata().encodedLength());
                    } else {
                        ZmtpLimitException e = assertInstanceOf(ZmtpLimitException.class, codec.handshakeFailure());
                        assertEquals("maxMetadataLength", e.option());
                    }
                }
            }
        }
    }

    @Test
    void shouldFailWritesWhenAddedToAClosedChannel() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.close();
        List<Object> events = new ArrayList<>();
        channel.pipeline().addLast(ZmtpCodec.builder(ZmtpSocketType.PUSH).build(), new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                events.add(event);
            }
        });
        ZmtpMessage message = ZmtpMessage.ofText("late");
        ChannelFuture write = channel.pipeline().writeAndFlush(message);
        channel.runPendingTasks();
        assertTrue(write.isDone());
        ZmtpException e = assertInstanceOf(ZmtpException.class, write.cause());
        assertEquals(ZmtpError.CONNECTION_CLOSED, e.error());
        assertEquals(0, message.refCnt());
        assertEquals(1, events.size());
        assertSame(e, ((ZmtpHandshakeFailed) events.get(0)).cause());
    }
}
