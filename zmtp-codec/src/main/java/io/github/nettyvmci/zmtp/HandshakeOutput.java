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
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** What a handshake wants sent, collected until its owner takes it. */
final class HandshakeOutput {

    private @Nullable ByteBuf octets;

    /** Returns the buffer to write to. */
    ByteBuf buffer() {
        if (octets == null) {
            octets = Unpooled.buffer(128);
        }
        return octets;
    }

    /** Returns what is to be sent, for the caller to release; {@code null} if that is nothing. */
    @Nullable ByteBuf take() {
        ByteBuf taken = octets;
        octets = null;
        return taken;
    }

    void release() {
        ByteBuf left = take();
        if (left != null) {
            left.release();
        }
    }
}
