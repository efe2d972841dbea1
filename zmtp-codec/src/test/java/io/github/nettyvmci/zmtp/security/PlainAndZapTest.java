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
package io.github.nettyvmci.zmtp.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.Codec;
import io.github.nettyvmci.zmtp.Wire;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.ZapRequest;
import io.github.nettyvmci.zmtp.ZmtpAuthenticationException;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpLimitException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpMetadata;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** PLAIN, against captures of libzmq 4.3.5, and what authenticators decide. */
class PlainAndZapTest {

    private static final String GREETING = Wire.SIGNATURE + "03 01 <mech PLAIN> <32x00>";
    private static final String SERVER_GREETING = Wire.SIGNATURE + "03 01 <mech PLAIN> 01 <31x00>";
    private static final String HELLO = "04 13 05 48 45 4C 4C 4F 05 61 64 6D 69 6E 06 73 65 63 72 65 74";
    private static final String WELCOME = "04 08 07 57 45 4C 43 4F 4D 45";
    private static final String INITIATE = "04 29 08 49 4E 49 54 49 41 54 45 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00"
            + "00 03 52 45 51 08 49 64 65 6E 74 69 74 79 00 00 00 00";
    private static final String READY =
            "04 19 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 52 45 50";
    private static final String ERROR_400 = "04 0A 05 45 52 52 4F 52 03 34 30 30";
    private static final String DAMAGED_ERROR_400 = "04 09 5E 52 52 4F 52 03 34 30 30";

    private static ZmtpCodecBuilder server() {
        return ZmtpCodec.builder(ZmtpSocketType.REP).mechanism(PlainMechanism.server())
                .zapHandler(ZapHandlers.plain(Map.of("admin", "secret")));
    }

    private static ZmtpCodecBuilder client(String password) {
        return ZmtpCodec.builder(ZmtpSocketType.REQ).mechanism(PlainMechanism.client("admin", password));
    }

    @Test
    void shouldServeLibzmqAtEverySplitPoint() {
        byte[] octets = Wire.bytes(GREETING + HELLO + INITIATE + "01 00 00 05 \"Hello\"");
        for (int split = 0; split <= octets.length; split++) {
            try (Codec rep = new Codec(server())) {
                rep.feed(octets, 0, split);
                rep.feed(octets, split, octets.length);
                assertEquals(Wire.hex(SERVER_GREETING + WELCOME + READY), rep.sent());
                assertEquals("[|48656c6c6f]", rep.received());
                assertEquals("PLAIN", rep.completed().mechanism());
                assertEquals("admin", rep.completed().userId());
            }
        }
    }

    @Test
    void shouldBeAClientOfLibzmqAtEverySplitPoint() {
        byte[] octets = Wire.bytes(GREETING + WELCOME + READY + "01 00 00 05 \"World\"");
        for (int split = 0; split <= octets.length; split++) {
            try (Codec req = new Codec(client("secret"))) {
                req.channel.write(ZmtpMessage.ofText("", "Hello"));
                req.feed(octets, 0, split);
                req.feed(octets, split, octets.length);
                assertEquals(Wire.hex(GREETING + HELLO + INITIATE + "01 00 00 05 \"Hello\""), req.sent());
                assertEquals("[|576f726c64]", req.received());
                assertNull(req.completed().userId());
            }
        }
    }

    @Test
    void shouldTellAClientOfItsRefusalAndCloseAfterASecond() {
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING);
            rep.sent();
            rep.feed("04 0F 05 \"HELLO\" 05 \"admin\" 02 \"no\"");
            assertEquals(Wire.hex(ERROR_400), rep.sent());
            rep.channel.advanceTimeBy(999, TimeUnit.MILLISECONDS);
            rep.channel.runScheduledPendingTasks();
            assertTrue(rep.channel.isOpen());
            rep.feed("00 01 61"); // dropped
            rep.channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
            rep.channel.runScheduledPendingTasks();
            ZmtpAuthenticationException e =
                    assertInstanceOf(ZmtpAuthenticationException.class, rep.handshakeFailure());
            assertEquals(400, e.status());
            assertFalse(e.getMessage().contains("no\""), e.getMessage());
        }
        try (Codec rep = new Codec(server().mechanism(PlainMechanism.server().withLibzmqError()))) {
            rep.feed(GREETING);
            rep.sent();
            rep.feed("04 09 05 \"HELLO\" 00 00 00".replace("00 00 00", "01 61 00"));
            assertEquals(Wire.hex(DAMAGED_ERROR_400), rep.sent());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ERROR_400, DAMAGED_ERROR_400})
    void shouldUnderstandBothFormsOfError(String error) {
        try (Codec req = new Codec(client("wrong"))) {
            req.feed(GREETING + error);
            assertEquals(400, assertInstanceOf(ZmtpAuthenticationException.class, req.handshakeFailure()).status());
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {
        "no user name,          MALFORMED_HELLO,    04 06 05 `HELLO`",
        "user name cut,         MALFORMED_HELLO,    04 0A 05 `HELLO` 05 `adm`",
        "no password,           MALFORMED_HELLO,    04 0C 05 `HELLO` 05 `admin`",
        "password cut,          MALFORMED_HELLO,    04 12 05 `HELLO` 05 `admin` 06 `secre`",
        "an octet too many,     MALFORMED_HELLO,    04 14 05 `HELLO` 05 `admin` 06 `secret` 00",
        "second HELLO,          UNEXPECTED_COMMAND, 04 13 05 `HELLO` 05 `admin` 06 `secret` 04 06 05 `HELLO`",
        "INITIATE first,        UNEXPECTED_COMMAND, 04 09 08 `INITIATE`",
        "READY from a client,   UNEXPECTED_COMMAND, 04 06 05 `READY`",
        "ERROR from a client,   UNEXPECTED_COMMAND, 04 0A 05 `ERROR` 03 `400`",
        "bad metadata, INVALID_METADATA, 04 13 05 `HELLO` 05 `admin` 06 `secret` 04 0A 08 `INITIATE` 00",
        "bad type, INCOMPATIBLE_SOCKET_TYPE, 04 13 05 `HELLO` 05 `admin` 06 `secret` 04 1C 08 `INITIATE` 0B "
            + "`Socket-Type` 00 00 00 03 `SUB`"})
    void shouldCloseOnABadCommandOfTheClient(String what, ZmtpError error, String commands) {
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + commands.replace('`', '"'));
            assertEquals(error, rep.handshakeFailure().error(), what);
        }
    }

    @Test
    void shouldAcceptEmptyCredentialsWhereTheAuthenticatorDoes() {
        try (Codec rep = new Codec(server().zapHandler(ZapHandlers.allowAll()))) {
            rep.feed(GREETING + "04 08 05 \"HELLO\" 00 00" + INITIATE);
            assertEquals("", rep.completed().userId());
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {"WELCOME with data, MALFORMED_WELCOME, 04 09 07 `WELCOME` 00",
        "READY before WELCOME, UNEXPECTED_COMMAND, 04 06 05 `READY`", "HELLO, UNEXPECTED_COMMAND, 04 06 05 `HELLO`",
        "second WELCOME, UNEXPECTED_COMMAND, 04 08 07 `WELCOME` 04 08 07 `WELCOME`",
        "bad metadata, INVALID_METADATA, 04 08 07 `WELCOME` 04 07 05 `READY` 00"})
    void shouldCloseOnABadCommandOfTheServer(String what, ZmtpError error, String commands) {
        try (Codec req = new Codec(client("secret"))) {
            req.feed(GREETING + commands.replace('`', '"'));
            assertEquals(error, req.handshakeFailure().error(), what);
        }
    }

    @Test
    void shouldFailWhenBothSidesAreClientsAndTimeOutWhenBothAreServers() {
        try (Codec a = new Codec(client("secret").mechanism(PlainMechanism.client("a", "b")));
                Codec b = new Codec(ZmtpCodec.builder(ZmtpSocketType.REP).mechanism(PlainMechanism.client("a", "b")))) {
            CurvePeers.exchange(a, b);
            assertEquals(ZmtpError.UNEXPECTED_COMMAND, a.handshakeFailure().error());
            assertEquals(ZmtpError.UNEXPECTED_COMMAND, b.handshakeFailure().error());
        }
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING);
            rep.channel.advanceTimeBy(30, TimeUnit.SECONDS);
            rep.channel.runScheduledPendingTasks();
            assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, rep.handshakeFailure().error());
        }
    }

    @Test
    void shouldRefuseToBeBuiltWithoutAnAuthenticator() {
        assertThrows(IllegalStateException.class, () -> ZmtpCodec.builder(ZmtpSocketType.REP)
                .mechanism(PlainMechanism.server()).build());
        assertThrows(IllegalStateException.class, () -> ZmtpCodec.builder(ZmtpSocketType.REP).zapDomain("x").build());
        assertThrows(IllegalArgumentException.class, () -> PlainMechanism.client("x".repeat(256), ""));
    }

    // --- ZAP ---

    /** An authenticator that writes down what it is asked and answers when told to. */
    private static final class Asked implements ZapHandler {

        private final List<ZapRequest> requests = new ArrayList<>();
        private final CompletableFuture<ZapReply> answer = new CompletableFuture<>();

        @Override
        public CompletableFuture<ZapReply> authenticate(ZapRequest request) {
            requests.add(request);
            return answer;
        }
    }

    @Test
    void shouldAskWithEverythingThatIsKnown() {
        Asked asked = new Asked();
        try (Codec rep = new Codec(server().zapHandler(asked).zapDomain("global").routingId("SRV".getBytes())
                .peerAddress(channel -> "3"))) {
            rep.feed(GREETING + HELLO);
            ZapRequest request = asked.requests.get(0);
            assertEquals("global", request.domain());
            assertEquals("3", request.address());
            assertEquals("PLAIN", request.mechanism());
            assertArrayEquals("SRV".getBytes(), request.routingId());
            assertArrayEquals("admin".getBytes(), request.credentials().get(0));
            assertArrayEquals("secret".getBytes(), request.credentials().get(1));
            assertFalse(request.toString().contains("secret"));
            assertNull(rep.completed());
            asked.answer.complete(ZapReply.of(200, "OK", "joe",
                    ZmtpMetadata.builder().add("Socket-Type", "PUB").add("X-role", "admin").build()));
            assertArrayEquals(new byte[6], request.credentials().get(1), "the password is wiped");
            rep.feed(INITIATE);
            assertEquals("joe", rep.completed().userId());
            assertEquals("admin", rep.completed().authenticatedMetadata().get("X-role"));
            assertEquals(ZmtpSocketType.REQ, rep.completed().socketType());
        }
    }

    @Test
    void shouldCloseWhenAClientDoesNotWaitForTheAuthenticator() {
        try (Codec rep = new Codec(server().zapHandler(new Asked()))) {
            rep.feed(GREETING + HELLO + INITIATE);
            assertEquals(ZmtpError.PROTOCOL, rep.handshakeFailure().error());
        }
    }

    @Test
    void shouldHoldReadyAndMessagesOfANullPeerBackUntilTheAnswer() {
        Asked asked = new Asked();
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(asked);
        try (Codec pull = new Codec(builder)) {
            pull.feed(Wire.handshake("PUSH") + "00 01 61 00 01 62");
            pull.feed("00 01 63 00");
            assertEquals(Wire.hex(Wire.GREETING_31), pull.sent());
            asked.answer.complete(ZapReply.ok("joe"));
            assertEquals(Wire.hex(Wire.ready("PULL")), pull.sent());
            assertEquals("[61][62][63]", pull.received());
            assertEquals("joe", pull.completed().userId());
            assertEquals(List.of(), asked.requests.get(0).credentials());
            pull.feed("01 64");
            assertEquals("[64]", pull.received());
        }
    }

    @Test
    void shouldBoundWhatANullPeerSendsBeforeTheAnswer() {
        for (int extra = 0; extra <= 1; extra++) {
            Asked asked = new Asked();
            ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(asked)
                    .limits(ZmtpLimits.builder().maxUnauthenticatedBytes(1024).build());
            try (Codec pull = new Codec(builder)) {
                pull.feed(Wire.handshake("PUSH"));
                pull.feed("02 00 00 00 00 00 00 04 00 <963x61>"); // and 26 octets of READY are kept
                pull.feed("<" + (26 + extra) + "x61>");
                if (extra == 0) {
                    assertTrue(pull.channel.isOpen());
                } else {
                    assertEquals("maxUnauthenticatedBytes", ((ZmtpLimitException) pull.handshakeFailure()).option());
                }
            }
        }
    }

    /** A command that comes while the authenticator is asked would have to be held besides what already is. */
    @Test
    void shouldRefuseACommandByItsHeaderWhileTheAuthenticatorIsAsked() {
        try (Codec rep = new Codec(server().zapHandler(new Asked()))) {
            rep.feed(GREETING + HELLO + "04");
            assertTrue(rep.channel.isOpen());
            rep.feed("FF");
            assertEquals(ZmtpError.PROTOCOL, rep.handshakeFailure().error());
        }
    }

    @Test
    void shouldCountTheReadyThatIsKeptForTheAnswer() {
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(new Asked()))) {
            pull.feed(Wire.GREETING_31 + "06 00 00 00 00 00 00 20 00 05 \"READY\" <8186x00>");
            assertTrue(pull.channel.isOpen());
            pull.feed("00");
            ZmtpLimitException e = assertInstanceOf(ZmtpLimitException.class, pull.handshakeFailure());
            assertEquals("maxUnauthenticatedBytes", e.option());
            assertEquals(8193, e.value());
        }
    }

    @ParameterizedTest
    @CsvSource({"300, '', true", "400, 040a054552524f5203343030, false", "500, 040a054552524f5203353030, false"})
    void shouldDoAsTheStatusSays(int status, String sent, boolean atOnce) {
        Asked asked = new Asked();
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(asked))) {
            pull.feed(Wire.GREETING_31);
            pull.sent();
            asked.answer.complete(ZapReply.of(status, "because", "", ZmtpMetadata.empty()));
            assertEquals(sent, pull.sent());
            assertEquals(!atOnce, pull.channel.isOpen());
            pull.channel.advanceTimeBy(1, TimeUnit.SECONDS);
            pull.channel.runScheduledPendingTasks();
            ZmtpAuthenticationException e = (ZmtpAuthenticationException) pull.handshakeFailure();
            assertEquals(status, e.status());
            assertTrue(e.getMessage().contains("because"));
        }
    }

    @Test
    void shouldCloseWhenTheAuthenticatorFails() {
        List<ZapHandler> broken = List.of(
                request -> null,
                request -> CompletableFuture.completedFuture(null),
                request -> CompletableFuture.failedFuture(new IllegalStateException("database")),
                request -> CompletableFuture.failedFuture(new ZmtpException(ZmtpError.CONNECTION_CLOSED, "its own")),
                request -> {
                    throw new IllegalStateException("database");
                });
        for (ZapHandler handler : broken) {
            try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(handler))) {
                pull.feed(Wire.handshake("PUSH"));
                assertEquals(ZmtpError.AUTHENTICATOR_FAILED, pull.handshakeFailure().error());
                assertEquals(0x20000000, pull.handshakeFailure().error().code());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 0, -200, 100, 600, Integer.MAX_VALUE})
    void shouldCloseOnAStatusThatIsNone(int status) {
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(request ->
                CompletableFuture.completedFuture(ZapReply.of(status, "", "", ZmtpMetadata.empty()))))) {
            pull.feed(Wire.handshake("PUSH"));
            assertEquals(ZmtpError.ZAP_INVALID_STATUS_CODE, pull.handshakeFailure().error());
            assertEquals(0x20000004, pull.handshakeFailure().error().code());
        }
    }

    /** An authenticator that asks a ZAP 1.0 handler tells what was wrong with the reply of that handler. */
    @ParameterizedTest
    @CsvSource({"ZAP_MALFORMED_REPLY, 0x20000001", "ZAP_BAD_REQUEST_ID, 0x20000002", "ZAP_BAD_VERSION, 0x20000003",
        "ZAP_INVALID_STATUS_CODE, 0x20000004", "ZAP_INVALID_METADATA, 0x20000005"})
    void shouldTellTheDefectThatAnAuthenticatorFound(ZmtpError error, String code) {
        ZmtpException found = new ZmtpException(error, "reply: none (expected: one)");
        List<ZapHandler> handlers = List.of(
                request -> CompletableFuture.failedFuture(found),
                request -> CompletableFuture.<ZapReply>failedFuture(found).thenApply(reply -> reply), // wraps it
                request -> {
                    throw found;
                });
        for (ZapHandler handler : handlers) {
            try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(handler))) {
                pull.feed(Wire.handshake("PUSH"));
                assertSame(found, pull.handshakeFailure());
                assertEquals(Integer.decode(code), found.error().code());
            }
        }
    }

    @Test
    void shouldWipeThePasswordHoweverTheAuthenticatorEnds() {
        List<ZapHandler> ends = List.of(
                request -> null,
                request -> CompletableFuture.completedFuture(null),
                request -> CompletableFuture.failedFuture(new IllegalStateException("database")),
                request -> CompletableFuture.completedFuture(ZapReply.refused("")),
                request -> {
                    throw new IllegalStateException("database");
                },
                request -> {
                    throw new AssertionError("broken");
                });
        for (ZapHandler end : ends) {
            List<byte[]> passwords = new ArrayList<>();
            try (Codec rep = new Codec(server().zapHandler(request -> {
                passwords.add(request.credentials().get(1));
                assertArrayEquals("secret".getBytes(), passwords.get(0));
                return end.authenticate(request);
            }))) {
                rep.feed(GREETING + HELLO);
                assertArrayEquals(new byte[6], passwords.get(0));
            }
        }
    }

    @Test
    void shouldWipeThePasswordWhenTheAnswerIsTooLate() {
        Asked asked = new Asked();
        try (Codec rep = new Codec(server().zapHandler(asked))) {
            rep.feed(GREETING + HELLO);
            rep.channel.advanceTimeBy(30, TimeUnit.SECONDS);
            rep.channel.runScheduledPendingTasks();
            assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, rep.handshakeFailure().error());
            byte[] password = asked.requests.get(0).credentials().get(1);
            assertArrayEquals("secret".getBytes(), password, "the authenticator still works with it");
            asked.answer.complete(ZapReply.ok(""));
            assertArrayEquals(new byte[6], password);
        }
    }

    @Test
    void shouldTimeOutWhenTheAuthenticatorNeverAnswersAndIgnoreItAfterwards() {
        Asked asked = new Asked();
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(asked))) {
            pull.feed(Wire.handshake("PUSH"));
            pull.channel.advanceTimeBy(30, TimeUnit.SECONDS);
            pull.channel.runScheduledPendingTasks();
            assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, pull.handshakeFailure().error());
            asked.answer.complete(ZapReply.ok(""));
            assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, pull.handshakeFailure().error());
        }
    }

    @Test
    void shouldTakeTheAnswerFromAnotherThread() throws Exception {
        Asked asked = new Asked();
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(asked), false)) {
            pull.feed(Wire.handshake("PUSH") + "00 01 61");
            Thread thread = new Thread(() -> asked.answer.complete(ZapReply.ok("joe")));
            thread.start();
            thread.join(10_000);
            pull.channel.runPendingTasks();
            assertEquals("joe", pull.completed().userId());
            assertEquals("", pull.received(), "nobody asked for it");
            pull.channel.read();
            assertEquals("[61]", pull.received());
        }
    }

    @Test
    void shouldKeepWhatAPeerClaimsApartFromWhatIsProven() {
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(ZapHandlers.allowAll()))) {
            pull.feed(Wire.GREETING_31 + "04 2B 05 \"READY\" 07 \"User-Id\" 00 00 00 04 \"root\""
                    + "0C \"Peer-Address\" 00 00 00 04 \"host\"");
            assertEquals("", pull.completed().userId());
            assertTrue(pull.completed().authenticatedMetadata().isEmpty());
            assertEquals("root", pull.completed().metadata().get("User-Id"));
        }
    }

    @Test
    void shouldRefuseOldVersionsWhenThereIsAnAuthenticator() {
        for (String octets : new String[] {"01 00", Wire.SIGNATURE + "01"}) {
            try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).zapHandler(ZapHandlers.allowAll())
                    .zapDomain("global"))) {
                pull.feed(octets);
                assertEquals(ZmtpError.SECURITY_REQUIRED, pull.handshakeFailure().error());
            }
            try (Codec rep = new Codec(server())) {
                rep.feed(octets + "06 00 \"Hello\"");
                assertEquals(ZmtpError.SECURITY_REQUIRED, rep.handshakeFailure().error());
                assertEquals("", rep.received());
            }
        }
    }
}
