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
import io.netty.channel.ChannelHandlerContext;

/**
 * Takes message frames straight from the decoder, for a handler that wants no object per message.
 *
 * <p>With a sink ({@link ZmtpCodecBuilder#frameSink}) the codec makes no {@link ZmtpMessage}: every frame of every
 * message is handed to the sink where it lies in the read buffer. Commands and user events still travel the pipeline,
 * and so does {@code channelReadComplete}, which follows each burst of frames. With autoRead off, one {@code read()}
 * grants the frames of one message.
 *
 * <p>Called on the channel's event loop.
 */
@FunctionalInterface
public interface ZmtpFrameSink {

    /**
     * Takes one frame. The buffer is the decoder's: read from it by absolute index only, change neither its indices
     * nor its contents, and keep nothing of it after returning ({@code buffer.retainedSlice(offset, length)} makes a
     * part that may be kept). An exception thrown here goes through {@code exceptionCaught} from the codec on.
     *
     * @param ctx    the context of the codec, to write to or to fire events from
     * @param buffer holds the frame's body, and other octets around it
     * @param offset absolute index of the first octet of the body
     * @param length octets of the body, 0 or more
     * @param more   {@code true} if further frames of the same message follow
     */
    void frame(ChannelHandlerContext ctx, ByteBuf buffer, int offset, int length, boolean more);
}
