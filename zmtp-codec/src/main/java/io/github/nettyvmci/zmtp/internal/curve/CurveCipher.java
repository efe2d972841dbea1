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

import io.github.nettyvmci.zmtp.FrameCipher;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.netty.buffer.ByteBuf;
import io.netty.util.CharsetUtil;

import java.util.Arrays;

/**
 * Seals and opens the frames of a connection under CURVE (RFC 26, section "The MESSAGE Command").
 *
 * <pre>
 *  MESSAGE = 07 "MESSAGE" | short nonce (8) | box: tag (16), flags (1), body
 * </pre>
 *
 * <p>The 16 octets in front of the short nonce never change, so the key of each direction is derived once.
 */
public final class CurveCipher implements FrameCipher {

    /** By how many octets a MESSAGE is longer than its body. */
    public static final int OVERHEAD = 8 + 8 + CurvePrimitives.TAG + 1;
    static final String CLIENT_PREFIX = "CurveZMQMESSAGEC";
    static final String SERVER_PREFIX = "CurveZMQMESSAGES";

    /** 07 "MESSAGE" as a number. */
    private static final long NAME = 0x074d455353414745L;
    /** Octets in front of the box, and of the tag in it. */
    private static final int BOX = 16;
    private static final int CONTENT = BOX + CurvePrimitives.TAG;

    private final KeyStream sending = new KeyStream();
    private final KeyStream receiving = new KeyStream();
    private long sendNonce;
    private long receiveNonce;

    /**
     * Makes the cipher of one side.
     *
     * @param primitives   used by this constructor only
     * @param key          the key both short-term keys agree on; copied
     * @param server       whether this side is the server
     * @param sendNonce    the last short nonce we used
     * @param receiveNonce the last short nonce the peer used
     */
    public CurveCipher(CurvePrimitives primitives, byte[] key, boolean server, long sendNonce, long receiveNonce) {
        this.sendNonce = sendNonce;
        this.receiveNonce = receiveNonce;
        key(primitives, key, server ? SERVER_PREFIX : CLIENT_PREFIX, sending);
        key(primitives, key, server ? CLIENT_PREFIX : SERVER_PREFIX, receiving);
    }

    private static void key(CurvePrimitives primitives, byte[] key, String prefix, KeyStream stream) {
        byte[] subKey = new byte[CurvePrimitives.KEY];
        primitives.hsalsa20(key, prefix.getBytes(CharsetUtil.US_ASCII), 0, subKey);
        stream.key(subKey);
        Arrays.fill(subKey, (byte) 0);
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
        CurveScratch scratch = CurveScratch.get();
        Poly1305 mac = scratch.poly1305;
        long number = sendNonce + 1;
        int begin = out.writerIndex();
        out.ensureWritable(length + OVERHEAD);
        out.setLong(begin, NAME).setLong(begin + 8, number);
        sending.begin(scratch, number, 1 + length);
        try {
            int at = begin + CONTENT;
            if (out.hasArray()) {
                byte[] array = out.array();
                int index = out.arrayOffset() + at;
                array[index] = (byte) flags;
                in.getBytes(offset, array, index + 1, length);
                seal(mac, array, index, 1 + length);
            } else {
                sealByPieces(scratch, flags, in, offset, length, out, at);
            }
            mac.finish();
            out.setLongLE(begin + BOX, mac.tagLow()).setLongLE(begin + BOX + 8, mac.tagHigh());
        } finally {
            sending.end();
            mac.wipe();
        }
        out.writerIndex(begin + OVERHEAD + length);
        sendNonce = number; // only now, when nothing can fail any more
    }

    private void sealByPieces(CurveScratch scratch, int flags, ByteBuf in, int offset, int length, ByteBuf out,
            int outOffset) {
        int content = 1 + length;
        int piece = Math.min(CurveScratch.WORK, content);
        byte[] work = scratch.work(piece);
        try {
            for (int done = 0; done < content; done += piece) {
                int now = Math.min(piece, content - done);
                if (done == 0) {
                    work[0] = (byte) flags;
                    in.getBytes(offset, work, 1, now - 1);
                } else {
                    in.getBytes(offset + done - 1, work, 0, now);
                }
                seal(scratch.poly1305, work, 0, now);
                out.setBytes(outOffset + done, work, 0, now);
            }
        } finally {
            Arrays.fill(work, 0, piece, (byte) 0);
        }
    }

    private void seal(Poly1305 mac, byte[] data, int offset, int length) {
        sending.crypt(data, offset, length);
        mac.update(data, offset, length);
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
        CurveScratch scratch = CurveScratch.get();
        int flags;
        receiving.begin(scratch, number, length - CONTENT);
        try {
            flags = out.hasArray() && !out.isReadable() ? openInPlace(scratch.poly1305, in, offset, length, out)
                    : openByPieces(scratch, in, offset, length, out);
        } finally {
            receiving.end();
            scratch.poly1305.wipe();
        }
        receiveNonce = number;
        return flags & (MORE | COMMAND);
    }

    /** Opens a frame in the array of the buffer, where the flags lie in front of the body. */
    private int openInPlace(Poly1305 mac, ByteBuf in, int offset, int length, ByteBuf out) {
        int content = length - CONTENT;
        int at = out.writerIndex();
        out.ensureWritable(content);
        byte[] array = out.array();
        int index = out.arrayOffset() + at;
        in.getBytes(offset + CONTENT, array, index, content);
        mac.update(array, index, content);
        checkTag(mac, in, offset);
        receiving.crypt(array, index, content);
        out.setIndex(at + 1, at + content);
        return array[index];
    }

    private int openByPieces(CurveScratch scratch, ByteBuf in, int offset, int length, ByteBuf out) {
        int content = length - CONTENT;
        int piece = Math.min(CurveScratch.WORK, content);
        byte[] work = scratch.work(piece);
        out.ensureWritable(content - 1);
        int flags = 0;
        try {
            for (int done = 0; done < content; done += piece) {
                int now = Math.min(piece, content - done);
                in.getBytes(offset + CONTENT + done, work, 0, now);
                scratch.poly1305.update(work, 0, now);
            }
            checkTag(scratch.poly1305, in, offset);
            for (int done = 0; done < content; done += piece) {
                int now = Math.min(piece, content - done);
                if (piece < content) { // the array holds another piece by now
                    in.getBytes(offset + CONTENT + done, work, 0, now);
                }
                receiving.crypt(work, 0, now);
                int head = done == 0 ? 1 : 0;
                flags = head == 1 ? work[0] : flags;
                out.writeBytes(work, head, now - head);
            }
        } finally {
            Arrays.fill(work, 0, piece, (byte) 0);
        }
        return flags;
    }

    /** Checks the tag; to be called before anything is decrypted. */
    private static void checkTag(Poly1305 mac, ByteBuf in, int offset) {
        mac.finish();
        if (!mac.isTag(in.getLongLE(offset + BOX), in.getLongLE(offset + BOX + 8))) {
            throw new ZmtpException(ZmtpError.CRYPTOGRAPHIC,
                    "CURVE MESSAGE: does not open (expected: the box the peer sealed)");
        }
    }

    @Override
    public void close() {
        sending.close();
        receiving.close();
    }
}
