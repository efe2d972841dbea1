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
import io.netty.util.CharsetUtil;

/** Takes the commands that come after the handshake: {@code name-length (1) | name | data}, see {@link ZmtpCommand}. */
final class TrafficCommands implements FrameDecoder.CommandHandler {

    private final ChannelHandlerContext ctx;
    private final CodecConfig config;
    private final Traffic traffic;

    TrafficCommands(ChannelHandlerContext ctx, CodecConfig config, Traffic traffic) {
        this.ctx = ctx;
        this.config = config;
        this.traffic = traffic;
    }

    @Override
    public boolean command(ByteBuf in, int offset, int length, boolean moreArrived) {
        int nameLength = length == 0 ? 0 : in.getUnsignedByte(offset);
        if (nameLength == 0 || nameLength > length - 1) {
            throw new ZmtpException(ZmtpError.MALFORMED_COMMAND, "command: " + length + " octets, name of "
                    + nameLength + " (expected: a name of 1 or more that fits)");
        }
        int data = offset + 1 + nameLength;
        int dataLength = length - 1 - nameLength;
        String name = in.toString(offset + 1, nameLength, CharsetUtil.ISO_8859_1);
        switch (name) {
            case "PING":
                traffic.heartbeat().ping(in, data, dataLength, moreArrived);
                return false;
            case "SUBSCRIBE":
                return config.socketType().isPublisher()
                        && subscription(ZmtpCommand.Kind.SUBSCRIBE, in, data, dataLength);
            case "CANCEL":
                return config.socketType().isPublisher()
                        && subscription(ZmtpCommand.Kind.CANCEL, in, data, dataLength);
            case "JOIN":
                return config.socketType() == ZmtpSocketType.RADIO
                        && group(ZmtpCommand.Kind.JOIN, in, data, dataLength);
            case "LEAVE":
                return config.socketType() == ZmtpSocketType.RADIO
                        && group(ZmtpCommand.Kind.LEAVE, in, data, dataLength);
            case "ERROR":
                throw new ZmtpException(ZmtpError.UNEXPECTED_COMMAND,
                        "command after the handshake: ERROR (expected: anything else)");
            default:
                return false; // PONG, whose arrival is all it says; RFC 37 wants unknown commands ignored
        }
    }

    private boolean subscription(ZmtpCommand.Kind kind, ByteBuf in, int offset, int length) {
        if (length > config.limits().maxSubscriptionLength()) {
            throw new ZmtpLimitException("topic octets", length, config.limits().maxSubscriptionLength(),
                    "maxSubscriptionLength");
        }
        return fire(kind, in, offset, length);
    }

    private boolean group(ZmtpCommand.Kind kind, ByteBuf in, int offset, int length) {
        if (length > 255 || in.indexOf(offset, offset + length, (byte) 0) >= 0) {
            throw new ZmtpException(ZmtpError.MALFORMED_COMMAND, "group of " + length + " octets in " + kind
                    + " (expected: at most 255, none of them 0)");
        }
        return fire(kind, in, offset, length);
    }

    private boolean fire(ZmtpCommand.Kind kind, ByteBuf in, int offset, int length) {
        // A subscription is copied because it is kept for long, and a slice would pin the read it came in.
        ctx.fireChannelRead(new ZmtpCommand(kind, ctx.alloc().buffer(length).writeBytes(in, offset, length)));
        return true;
    }

    /**
     * Checks a command that is to be sent.
     *
     * @throws IllegalArgumentException if this socket type does not send it, or its group is none; it is released then
     */
    static void checkOutbound(ZmtpSocketType socketType, ZmtpCommand command) {
        boolean subscription = command.kind() == ZmtpCommand.Kind.SUBSCRIBE
                || command.kind() == ZmtpCommand.Kind.CANCEL;
        if (subscription ? !socketType.isSubscriber() : socketType != ZmtpSocketType.DISH) {
            command.release();
            throw new IllegalArgumentException(command.kind() + " from a socket of type " + socketType
                    + " (expected: " + (subscription ? "SUB or XSUB" : "DISH") + ')');
        }
        ByteBuf group = command.content();
        if (!subscription && (group.readableBytes() > 255 || group.bytesBefore((byte) 0) >= 0)) {
            int length = group.readableBytes();
            command.release();
            throw new IllegalArgumentException("group of " + length + " octets in " + command.kind()
                    + " (expected: at most 255, none of them 0)");
        }
    }
}
