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

/**
 * Seals and opens the frames of one connection, after a handshake whose mechanism protects them. All methods are called
 * on the event loop.
 *
 * <p>The sealed body travels in a message frame without MORE; the flags of the clear frame are inside the seal.
 */
public interface FrameCipher {

    /** Flag: more frames of the message follow. */
    int MORE = 1;
    /** Flag: the frame is a command. */
    int COMMAND = 2;

    /**
     * Returns by how much a sealed body is longer than the clear one.
     *
     * @return octets, constant
     */
    int overhead();

    /**
     * Seals a frame.
     *
     * @param flags  {@link #MORE}, {@link #COMMAND} or 0
     * @param in     holds the clear body; read by absolute index
     * @param offset where the body begins
     * @param length octets of the body
     * @param out    gets exactly {@code length + overhead()} octets
     * @throws ZmtpException if this cipher must not seal any more; the connection is closed. After any other exception
     *                       it must be as if the frame had never been
     */
    void seal(int flags, ByteBuf in, int offset, int length, ByteBuf out);

    /**
     * Opens a frame.
     *
     * @param in     holds the sealed body; read by absolute index
     * @param offset where the body begins
     * @param length octets of the body, any number
     * @param out    gets exactly {@code length - overhead()} octets, and none if this method throws. If nothing is
     *               readable in it they may begin after its reader index, which is moved to them
     * @return {@link #MORE}, {@link #COMMAND} or 0; other bits are ignored
     * @throws ZmtpException if the body is not what the peer sealed next; the connection is closed
     */
    int open(ByteBuf in, int offset, int length, ByteBuf out);

    /** Wipes the keys. Called once, nothing is called afterwards. */
    void close();
}
