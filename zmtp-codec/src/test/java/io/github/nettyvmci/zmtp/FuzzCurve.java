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

import io.github.nettyvmci.zmtp.internal.curve.CurveBox;
import io.github.nettyvmci.zmtp.internal.curve.CurveCipher;
import io.github.nettyvmci.zmtp.internal.curve.CurvePrimitives;
import io.github.nettyvmci.zmtp.internal.curve.Octets;
import io.github.nettyvmci.zmtp.security.CurveVectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.util.Arrays;

/** The honest half of a CURVE connection, whose keys are those of {@link CurveVectors}, with contents of the fuzzer. */
public final class FuzzCurve {

    static final byte[] GREETING = Wire.bytes(Wire.SIGNATURE + "03 01 <mech CURVE> <32x00>");
    static final byte[] HELLO = Wire.bytes("04 C8 " + CurveVectors.HELLO);
    static final byte[] WELCOME = Wire.bytes("04 A8 " + CurveVectors.WELCOME);

    private static final CurvePrimitives PRIMITIVES = CurvePrimitives.create();
    private static final CurveBox BOX = new CurveBox(PRIMITIVES);
    private static final byte[] CLIENT_SHORT = CurveVectors.range(0x20, 32);
    private static final byte[] SERVER_SHORT_PUBLIC = BOX.publicKey(CurveVectors.range(0x40, 32));
    private static final byte[] SESSION_KEY = BOX.sharedKey(SERVER_SHORT_PUBLIC, CLIENT_SHORT);
    private static final byte[] VOUCH_NONCE = CurveVectors.range(0xa0, 16);
    private static final byte[] VOUCH = BOX.seal(BOX.sharedKey(SERVER_SHORT_PUBLIC, CurveVectors.CLIENT.secretKey()),
            "VOUCH---", VOUCH_NONCE,
            Octets.concat(BOX.publicKey(CLIENT_SHORT), CurveVectors.SERVER.publicKey()));

    private FuzzCurve() {
    }

    /** Returns an INITIATE with the given metadata, correct in everything else. */
    public static byte[] initiate(byte[] metadata) {
        byte[] nonce = Octets.shortNonce(2);
        return command("INITIATE", Wire.bytes(CurveVectors.COOKIE), nonce, BOX.seal(SESSION_KEY, "CurveZMQINITIATE",
                nonce, Octets.concat(CurveVectors.CLIENT.publicKey(), VOUCH_NONCE, VOUCH, metadata)));
    }

    /** Returns a READY with the given metadata, correct in everything else. */
    static byte[] ready(byte[] metadata) {
        byte[] nonce = Octets.shortNonce(1);
        return command("READY", nonce, BOX.seal(SESSION_KEY, "CurveZMQREADY---", nonce, metadata));
    }

    private static byte[] command(String name, byte[]... rest) {
        byte[] data = Octets.concat(rest);
        ByteBuf body = HandshakeCommands.begin(name, data.length).writeBytes(data);
        byte[] command = frame(FrameHeader.COMMAND, body);
        body.release();
        return command;
    }

    private static byte[] frame(int flags, ByteBuf body) {
        ByteBuf frame = Unpooled.buffer(9 + body.readableBytes());
        FrameHeader.write(frame, flags, body.readableBytes());
        frame.writeBytes(body);
        byte[] octets = Arrays.copyOf(frame.array(), frame.readableBytes());
        frame.release();
        return octets;
    }

    /**
     * Reads the fuzzer's data as records: flags, length, body. Bits 0 to 2 of the flags go into the box; bit 3 makes
     * the frame around it a command; bit 4 spoils an octet of it; with bit 7 the body is sent as it is, unframed.
     *
     * @param server who seals
     */
    static byte[] frames(boolean server, byte[] data) {
        CurveCipher cipher = new CurveCipher(PRIMITIVES, SESSION_KEY, server, server ? 1 : 2, 0);
        ByteBuf in = Unpooled.wrappedBuffer(data);
        ByteBuf out = Unpooled.buffer(2 * data.length + 64);
        while (in.readableBytes() >= 2) {
            int flags = in.readUnsignedByte();
            int length = Math.min(in.readUnsignedByte(), in.readableBytes());
            if ((flags & 0x80) != 0) {
                out.writeBytes(in, length);
                continue;
            }
            ByteBuf sealed = Unpooled.buffer(length + CurveCipher.OVERHEAD);
            cipher.seal(flags & 7, in, in.readerIndex(), length, sealed);
            in.skipBytes(length);
            if ((flags & 0x10) != 0) {
                int index = flags % sealed.readableBytes();
                sealed.setByte(index, sealed.getByte(index) ^ 1);
            }
            out.writeBytes(frame((flags & 8) != 0 ? FrameHeader.COMMAND : 0, sealed));
            sealed.release();
        }
        byte[] octets = Arrays.copyOf(out.array(), out.readableBytes());
        out.release();
        return octets;
    }
}
