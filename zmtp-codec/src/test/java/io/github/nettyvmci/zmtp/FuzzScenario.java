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

import io.github.nettyvmci.zmtp.internal.curve.Octets;
import io.github.nettyvmci.zmtp.security.CurveVectors;
import io.github.nettyvmci.zmtp.security.PlainMechanism;
import io.github.nettyvmci.zmtp.security.ZapHandlers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A codec at some point of a connection's life, to which the fuzzer's input is fed. */
enum FuzzScenario {

    /** The connection is new: the input is all that the peer sends. */
    GREETING {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(ZmtpCodec.builder(type(variant)), NOTHING, data);
        }

        @Override
        List<String> seeds() {
            return List.of(
                    Wire.handshake("REQ") + "01 00 00 05 \"Hello\"",
                    Wire.GREETING_30 + Wire.ready("SUB") + "00 02 01 41",
                    Wire.SIGNATURE + "01 08 00 03 \"BOB\" 00 02 \"Hi\"",
                    Wire.SIGNATURE + "00 08 04 00 \"BOB\" 03 00 \"Hi\"",
                    "01 00 06 00 \"Hello\"",
                    "FF 00 00 00 00 00 00 00 04 00 \"BOB\" 02 01 61 02 00 62",
                    "FF 00 00 00 00 00 00 00 04 7E \"BOB\" FF 00 00 00 00 00 00 00 02 00 61",
                    Wire.SIGNATURE + "03 01 <mech PLAIN> <32x00>",
                    "\"GET / HTTP/1.1\" 0D 0A 0D 0A",
                    "16 03 01 02 00 01 00 01 FC 03 03");
        }
    },

    /** NULL, the greetings exchanged. */
    NULL_HANDSHAKE {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(ZmtpCodec.builder(type(variant)), bytes(Wire.GREETING_31), data);
        }

        @Override
        List<String> seeds() {
            List<String> seeds = new ArrayList<>(READIES);
            seeds.add("04 0A 05 \"ERROR\" 03 \"400\"");
            seeds.add("04 0A 05 \"ERROR\" 03 \"abc\"");
            seeds.add("06 00 00 00 00 00 00 00 19" + Wire.ready("REP").substring(6) + TRAFFIC);
            return seeds;
        }
    },

    /** ZMTP 3.1 after the handshake, in clear. */
    TRAFFIC_3_1 {
        @Override
        Setup setup(int variant, byte[] data) {
            ZmtpSocketType type = type(variant);
            return new Setup(ZmtpCodec.builder(type).limits(TIGHT), bytes(Wire.handshake(peerOf(type))), data);
        }

        @Override
        List<String> seeds() {
            return FRAMES;
        }
    },

    /** ZMTP 2.0 after the identities. */
    TRAFFIC_2_0 {
        @Override
        Setup setup(int variant, byte[] data) {
            ZmtpSocketType type = legacyType(variant);
            int peer = ZmtpSocketType.valueOf(peerOf(type)).number();
            return new Setup(ZmtpCodec.builder(type).limits(TIGHT),
                    bytes(Wire.SIGNATURE + String.format("01 %02X 00 00", peer)), data);
        }

        @Override
        List<String> seeds() {
            return FRAMES;
        }
    },

    /** ZMTP 1.0 after the identities. */
    TRAFFIC_1_0 {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(ZmtpCodec.builder(legacyType(variant)).limits(TIGHT), bytes("01 00"), data);
        }

        @Override
        List<String> seeds() {
            return List.of("06 00 \"Hello\"", "01 01 06 00 \"Hello\"", "02 01 61 02 00 62 01 00",
                    "03 00 01 41 03 00 00 41",
                    "FF 00 00 00 00 00 00 01 2D 00 <44x61>", "FF 00 00 00 00 00 00 00 03 01 \"ab\" 01 00", "00",
                    "FF 00 00 00 00 00 00 00 00 00", "FF 80 00 00 00 00 00 00 00 00", "FF FF FF FF FF FF FF FF FF 00");
        }
    },

    /** PLAIN as the server, the greetings exchanged. */
    PLAIN_SERVER {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(ZmtpCodec.builder(type(variant)).mechanism(PlainMechanism.server())
                    .zapHandler(ZapHandlers.plain(Map.of("admin", "secret"))), PLAIN_GREETING, data);
        }

        @Override
        List<String> seeds() {
            String hello = "04 13 05 \"HELLO\" 05 \"admin\" 06 \"secret\"";
            List<String> seeds = new ArrayList<>();
            for (String type : List.of("DEALER", "SUB", "PUB", "DISH")) {
                seeds.add(hello + initiate(type) + TRAFFIC);
            }
            seeds.add("04 0F 05 \"HELLO\" 05 \"admin\" 02 \"no\"");
            seeds.add("04 08 05 \"HELLO\" 00 00");
            seeds.add(hello + hello);
            seeds.add(initiate("SUB"));
            return seeds;
        }
    },

    /** PLAIN as the client, the greetings exchanged. */
    PLAIN_CLIENT {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(ZmtpCodec.builder(type(variant)).mechanism(PlainMechanism.client("admin", "secret")),
                    PLAIN_GREETING, data);
        }

        @Override
        List<String> seeds() {
            List<String> seeds = new ArrayList<>();
            for (String type : List.of("DEALER", "SUB", "PUB", "DISH")) {
                seeds.add("04 08 07 \"WELCOME\"" + Wire.ready(type) + TRAFFIC);
            }
            seeds.add("04 09 5E \"RROR\" 03 \"400\"");
            seeds.add("04 08 07 \"WELCOME\" 04 0A 05 \"ERROR\" 03 \"500\"");
            seeds.add(Wire.ready("DEALER"));
            return seeds;
        }
    },

    /** CURVE as the server, the greetings exchanged. */
    CURVE_SERVER {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(curveServer(variant), FuzzCurve.GREETING, data);
        }

        @Override
        List<String> seeds() {
            return List.of("04 C8 " + CurveVectors.HELLO + "06 00 00 00 00 00 00 01 21 " + CurveVectors.INITIATE,
                    "04 C8 " + CurveVectors.HELLO + "04 C8 " + CurveVectors.HELLO);
        }
    },

    /** CURVE as the server, asked to open an INITIATE whose metadata is anything. */
    CURVE_SERVER_METADATA {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(curveServer(variant), Octets.concat(FuzzCurve.GREETING, FuzzCurve.HELLO),
                    FuzzCurve.initiate(data));
        }

        @Override
        List<String> seeds() {
            return METADATA;
        }
    },

    /** CURVE as the server, after the handshake. */
    CURVE_SERVER_TRAFFIC {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(curveServer(variant).limits(TIGHT), Octets.concat(FuzzCurve.GREETING,
                    FuzzCurve.HELLO, FuzzCurve.initiate(metadata(peerOf(type(variant))))),
                    FuzzCurve.frames(false, data));
        }

        @Override
        List<String> seeds() {
            return SEALED_FRAMES;
        }
    },

    /** CURVE as the client, the greetings exchanged. */
    CURVE_CLIENT {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(curveClient(variant), FuzzCurve.GREETING, data);
        }

        @Override
        List<String> seeds() {
            return List.of("04 A8 " + CurveVectors.WELCOME + "04 31 " + CurveVectors.READY,
                    "04 A8 " + CurveVectors.WELCOME + "04 A8 " + CurveVectors.WELCOME,
                    "04 0A 05 \"ERROR\" 03 \"400\"", "04 31 " + CurveVectors.READY);
        }
    },

    /** CURVE as the client, asked to open a READY whose metadata is anything. */
    CURVE_CLIENT_METADATA {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(curveClient(variant), Octets.concat(FuzzCurve.GREETING, FuzzCurve.WELCOME),
                    FuzzCurve.ready(data));
        }

        @Override
        List<String> seeds() {
            return METADATA;
        }
    },

    /** CURVE as the client, after the handshake. */
    CURVE_CLIENT_TRAFFIC {
        @Override
        Setup setup(int variant, byte[] data) {
            return new Setup(curveClient(variant).limits(TIGHT), Octets.concat(FuzzCurve.GREETING,
                    FuzzCurve.WELCOME, FuzzCurve.ready(metadata(peerOf(type(variant))))),
                    FuzzCurve.frames(true, data));
        }

        @Override
        List<String> seeds() {
            return SEALED_FRAMES;
        }
    },

    /** NULL, the greetings exchanged, with an authenticator that answers after all that the peer sends. */
    NULL_ASKED {
        @Override
        Setup setup(int variant, byte[] data) {
            CompletableFuture<ZapReply> answer = new CompletableFuture<>();
            int status = variant < 0x80 ? 200 : 400;
            return new Setup(ZmtpCodec.builder(type(variant)).zapHandler(request -> answer)
                    .limits(ZmtpLimits.builder().maxUnauthenticatedBytes(1024).build()), bytes(Wire.GREETING_31), data,
                    () -> answer.complete(ZapReply.of(status, "", "joe", ZmtpMetadata.empty())));
        }

        @Override
        List<String> seeds() {
            List<String> seeds = new ArrayList<>(READIES);
            seeds.add("04 0A 05 \"ERROR\" 03 \"400\"");
            seeds.add(Wire.ready("DEALER") + "02 00 00 00 00 00 00 04 00 <1024x61>");
            seeds.add("06 00 00 00 00 00 00 04 01 05 \"READY\" <1019x00> 00");
            return seeds;
        }
    };

    /**
     * What one input is run on.
     *
     * @param builder of the codec
     * @param opening what the peer says first, known to be right; one read
     * @param input   what the fuzzer makes it say then
     * @param last    what happens after that
     */
    record Setup(ZmtpCodecBuilder builder, byte[] opening, byte[] input, Runnable last) {

        Setup(ZmtpCodecBuilder builder, byte[] opening, byte[] input) {
            this(builder, opening, input, () -> { });
        }
    }

    private static final Map<String, byte[]> DUMPS = new HashMap<>();
    private static final byte[] NOTHING = {};
    private static final byte[] PLAIN_GREETING = Wire.bytes(Wire.SIGNATURE + "03 01 <mech PLAIN> <32x00>");

    /** Limits that inputs of a few kilobytes can reach. */
    private static final ZmtpLimits TIGHT = ZmtpLimits.builder().maxFrameLength(600).maxMessageLength(1000)
            .maxCommandLength(512).maxSubscriptionLength(300).build();

    private static final String TRAFFIC = "01 03 41 2E 78 00 01 31 04 07 04 \"PING\" 00 0F 00 00";

    private static final List<String> READIES = List.of(
            Wire.ready("REP") + TRAFFIC,
            Wire.readyWithId("ROUTER", "") + TRAFFIC,
            Wire.readyWithId("DEALER", "BOB") + TRAFFIC,
            "04 33 05 \"READY\" 0B \"Socket-Type\" 00 00 00 06 \"DEALER\" 08 \"Identity\" 00 00 00 00 03 \"X-a\""
                    + " 00 00 00 02 \"bb\"",
            "04 06 05 \"READY\"",
            "04 2B 05 \"READY\" 0B \"Socket-Type\" 00 00 00 03 \"SUB\" 0B \"socket-type\" 00 00 00 03 \"SUB\"");

    private static final List<String> FRAMES = List.of(
            "00 00", "00 05 \"Hello\" 00 05 \"World\"", "01 00 00 05 \"Hello\"", "01 01 61 01 01 62 01 00 00 01 63",
            "02 00 00 00 00 00 00 00 05 \"Hello\"", "02 00 00 00 00 00 00 00 00", "02 00 00 00 00 00 00 01 00 <256x61>",
            "00 FF <255x62>", "01 01 61 04 07 04 \"PING\" 00 0F 00 01 62", "04 07 04 \"PING\" 00 0F",
            "04 0A 04 \"PING\" 00 00 \"ctx\"", "04 1B 04 \"PING\" FF FF \"0123456789abcdefghij\"", "04 05 04 \"PONG\"",
            "04 08 04 \"PONG\" \"ctx\"", "04 06 04 \"PING\" 00", "04 0B 09 \"SUBSCRIBE\" 41", "04 08 06 \"CANCEL\" 41",
            "04 0A 09 \"SUBSCRIBE\" 04 07 06 \"CANCEL\"", "00 02 01 41 00 02 00 41 00 01 01 00 01 00",
            "06 00 00 00 00 00 00 01 00 09 \"SUBSCRIBE\" <246x41>",
            "04 06 04 \"JOIN\" 41 04 07 05 \"LEAVE\" 41",
            "01 06 \"movies\" 00 09 \"Godfather\"", "04 0A 05 \"ERROR\" 03 \"400\"",
            "04 04 03 \"FOO\"", "04 00", "04 01 05",
            "05 00", "08 00", "02 80 00 00 00 00 00 00 00", "02 FF FF FF FF FF FF FF FF", "06 00 00 00 00 00 00 02 01",
            "01 00 ".repeat(30));

    private static final List<String> METADATA = List.of("",
            "0B \"Socket-Type\" 00 00 00 06 \"DEALER\" 08 \"Identity\" 00 00 00 03 \"BOB\"",
            "0B \"Socket-Type\" 00 00 00 03 \"SUB\"", "0B \"socket-type\" 00 00 00 04 \"XPUB\"",
            "0B \"Socket-Type\" 00 00 00 04 \"DISH\" 03 \"X-a\" 00 00 00 02 \"bb\"", "00 00 00 00 00",
            "01 61 7F FF FF FF", "01 61 FF FF FF FF 62", "08 \"Identity\" 00 00 00 01 00");

    /** Writes the records that {@link FuzzCurve#frames} reads. */
    private static final List<String> SEALED_FRAMES = List.of("00 05 \"Hello\" 00 05 \"World\"",
            "01 01 61 01 00 00 01 62", "01 01 61 02 07 04 \"PING\" 00 00 00 01 62", "02 07 04 \"PING\" 00 0F",
            "02 0B 09 \"SUBSCRIBE\" 41 02 08 06 \"CANCEL\" 41", "00 02 01 41 00 02 00 41", "08 05 \"Hello\"",
            "02 06 04 \"JOIN\" 41", "02 00", "02 02 05 41", "10 05 \"Hello\"", "18 00", "80 07 04 05 04 \"PONG\"",
            "80 09 02 7F FF FF FF FF FF FF FF", "80 23 00 21 " + CurveVectors.CLIENT_EMPTY_MORE,
            "00 FF <255x61> 01 FF <255x62> 01 FF <255x63> 01 FF <255x64>", "01 00 ".repeat(30));

    /** The codec and what it is fed. */
    abstract Setup setup(int variant, byte[] data);

    /** Inputs to start from, as {@link Wire} reads them. */
    abstract List<String> seeds();

    /** The scenario of an input, whose octets are: scenario, configuration, how to cut the reads, what to feed. */
    static FuzzScenario of(byte[] input) {
        return values()[(input[0] & 0xff) % values().length];
    }

    final Setup setup(byte[] input) {
        return setup(input[1] & 0xff, Arrays.copyOfRange(input, 3, input.length));
    }

    /** Every seed, with each of the configurations that differ. */
    static List<byte[]> allSeeds() {
        List<byte[]> all = new ArrayList<>();
        for (FuzzScenario scenario : values()) {
            for (String seed : scenario.seeds()) {
                byte[] data = Wire.bytes(seed);
                for (int variant = 0; variant < TYPES.length; variant++) {
                    byte[] input = new byte[data.length + 3];
                    input[0] = (byte) scenario.ordinal();
                    input[1] = (byte) variant;
                    input[2] = (byte) (all.size() % 7);
                    System.arraycopy(data, 0, input, 3, data.length);
                    all.add(input);
                }
            }
        }
        return all;
    }

    /** Types that treat what comes in differently. */
    private static final ZmtpSocketType[] TYPES = {ZmtpSocketType.DEALER, ZmtpSocketType.XPUB, ZmtpSocketType.SUB,
        ZmtpSocketType.RADIO};

    /** {@link Wire#bytes}, remembered: it takes longer than many a run. */
    private static byte[] bytes(String dump) {
        return DUMPS.computeIfAbsent(dump, Wire::bytes);
    }

    private static ZmtpCodecBuilder curveServer(int variant) {
        return ZmtpCodec.builder(type(variant)).mechanism(CurveVectors.server());
    }

    private static ZmtpCodecBuilder curveClient(int variant) {
        return ZmtpCodec.builder(type(variant)).mechanism(CurveVectors.client());
    }

    private static byte[] metadata(String type) {
        return bytes(String.format("0B \"Socket-Type\" 00 00 00 %02X \"%s\"", type.length(), type));
    }

    private static String initiate(String type) {
        return String.format("04 %02X 08 \"INITIATE\" 0B \"Socket-Type\" 00 00 00 %02X \"%s\"", 25 + type.length(),
                type.length(), type);
    }

    private static ZmtpSocketType type(int variant) {
        return TYPES[variant % TYPES.length];
    }

    private static ZmtpSocketType legacyType(int variant) {
        return TYPES[variant % 3];
    }

    private static String peerOf(ZmtpSocketType type) {
        switch (type) {
            case XPUB:
                return "SUB";
            case SUB:
                return "PUB";
            case RADIO:
                return "DISH";
            default:
                return "DEALER";
        }
    }
}
