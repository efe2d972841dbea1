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

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Reads and puts together the fields of CURVE's commands. */
public final class Octets {

    private Octets() {
    }

    /**
     * Makes a short nonce.
     *
     * @param number the nonce as a number
     * @return its 8 octets
     */
    public static byte[] shortNonce(long number) {
        byte[] nonce = new byte[8];
        Unpooled.wrappedBuffer(nonce).setLong(0, number);
        return nonce;
    }

    /** Returns a short nonce as a number. */
    static long number(byte[] nonce) {
        return Unpooled.wrappedBuffer(nonce).getLong(0);
    }

    /** Reads the next octets of a buffer. */
    static byte[] bytes(ByteBuf in, int length) {
        byte[] out = new byte[length];
        in.readBytes(out);
        return out;
    }

    /**
     * Puts arrays one after the other.
     *
     * @param pieces any number
     * @return a new array of all of them
     */
    public static byte[] concat(byte[]... pieces) {
        int length = 0;
        for (byte[] piece : pieces) {
            length += piece.length;
        }
        byte[] out = new byte[length];
        int at = 0;
        for (byte[] piece : pieces) {
            System.arraycopy(piece, 0, out, at, piece.length);
            at += piece.length;
        }
        return out;
    }
}
