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

import io.netty.buffer.ByteBuf;
import io.netty.util.CharsetUtil;

import java.util.Arrays;

/**
 * Frames under CURVE (RFC 26, section "The MESSAGE Command").
 *
 * <pre>
 *  MESSAGE = 07 "MESSAGE" | short nonce (8) | box: tag (16), flags (1), body
 * </pre>
 *
 * <p>The 16 octets in front of the short nonce never change, so the key of each direction is derived once.
 */
final class CurveCipher implements FrameCipher {

    static final int OVERHEAD = 8 + 8 + CurvePrimitives.TAG + 1;
    static final String CLIENT_PREFIX = "CurveZMQMESSAGEC";
    static final String SERVER_PREFIX = "CurveZMQMESSAGES";

    /** 07 "MESSAGE" as a number. */
    private static final long NAME = 0x074d455353414745L;
    private static final int BOX = 16;
    /** Larger working space is not kept. */
    private static final int KEEP = 64 * 1024;

    private final CurvePrimitives primitives;
    private final byte[] sendKey = new byte[CurvePrimitives.KEY];
    private final byte[] receiveKey = new byte[CurvePrimitives.KEY];
    private final byte[] nonce = new byte[8];
    private byte[] work = new byte[256];
    private long sendNonce;
    private long receiveNonce;

    /**
     * Makes the cipher of one side.
     *
     * @param key          the key both short-term keys agree on
     * @param sendNonce    the last short nonce we used
     * @param receiveNonce the last short nonce the peer used
     */
    CurveCipher(CurvePrimitives primitives, byte[] key, boolean server, long sendNonce, long receiveNonce) {
        this.primitives = primitives;
        this.sendNonce = sendNonce;
        this.receiveNonce = receiveNonce;
        primitives.hsalsa20(key, (server ? SERVER_PREFIX : CLIENT_PREFIX).getBytes(CharsetUtil.US_ASCII), 0, sendKey);
        primitives.hsalsa20(key, (server ? CLIENT_PREFIX : SERVER_PREFIX).getBytes(CharsetUtil.US_ASCII), 0,
                receiveKey);
    }

    @Override
    public int overhead() {
        return OVERHEAD;
    }

    @Override
    public void seal(int flags, ByteBuf in, int offset, int length, ByteBuf out) {
        if (sendNonce == -1) {
            throw new ZmtpException(ZmtpError.INVALID_SEQUENCE, "short nonces of this connection: used up (expected:"
                    + " a new connection)");
        }
        byte[] data = work(CurvePrimitives.TAG + 1 + length);
        data[CurvePrimitives.TAG] = (byte) flags;
        in.getBytes(offset, data, CurvePrimitives.TAG + 1, length);
        sendNonce++; // nothing has failed until here
        setNonce(sendNonce);
        primitives.seal(sendKey, nonce, 0, data, 0, 1 + length);
        out.writeLong(NAME).writeLong(sendNonce).writeBytes(data, 0, CurvePrimitives.TAG + 1 + length);
        done();
    }

    @Override
    public int open(ByteBuf in, int offset, int length, ByteBuf out) {
        if (length < 8 || in.getLong(offset) != NAME) {
            throw new ZmtpException(length < 2 ? ZmtpError.MALFORMED_COMMAND : ZmtpError.UNEXPECTED_COMMAND,
                    "frame of " + length + " octets under CURVE: in clear (expected: MESSAGE)");
        }
        if (length < OVERHEAD) {
            throw new ZmtpException(ZmtpError.MALFORMED_MESSAGE, "CURVE MESSAGE of " + length
                    + " octets (expected: " + OVERHEAD + " or more)");
        }
        long number = in.getLong(offset + 8);
        if (Long.compareUnsigned(number, receiveNonce) <= 0) {
            throw new ZmtpException(ZmtpError.INVALID_SEQUENCE, "short nonce of a CURVE MESSAGE: "
                    + Long.toUnsignedString(number) + " (expected: above " + Long.toUnsignedString(receiveNonce) + ')');
        }
        int boxed = length - BOX;
        byte[] data = work(boxed);
        in.getBytes(offset + BOX, data, 0, boxed);
        setNonce(number);
        if (!primitives.open(receiveKey, nonce, 0, data, 0, boxed - CurvePrimitives.TAG)) {
            throw new ZmtpException(ZmtpError.CRYPTOGRAPHIC,
                    "CURVE MESSAGE: does not open (expected: the box the peer sealed)");
        }
        receiveNonce = number;
        out.writeBytes(data, CurvePrimitives.TAG + 1, length - OVERHEAD);
        int flags = data[CurvePrimitives.TAG];
        done();
        return flags & (MORE | COMMAND);
    }

    private void setNonce(long number) {
        for (int i = 0; i < 8; i++) {
            nonce[i] = (byte) (number >>> 56 - 8 * i);
        }
    }

    private byte[] work(int length) {
        if (work.length < length) {
            work = new byte[Math.max(length, Math.min(KEEP, 2 * length))];
        }
        return work;
    }

    private void done() {
        if (work.length > KEEP) {
            work = new byte[256];
        }
    }

    @Override
    public void close() {
        Arrays.fill(sendKey, (byte) 0);
        Arrays.fill(receiveKey, (byte) 0);
        Arrays.fill(work, (byte) 0);
        primitives.wipe();
    }
}
