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
package io.github.nettyvmci.transport;

import static io.github.nettyvmci.transport.NativeConstants.EAGAIN;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AddressedEnvelope;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.unix.Buffer;
import io.netty.util.ReferenceCountUtil;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Sends what is in a datagram channel's outbound buffer, one system call each. A datagram that the kernel refuses fails
 * its own promise. Event loop only.
 */
final class DatagramWriter {

    private static final VmciAddress NOBODY = VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY);

    private final AbstractVmciChannel channel;
    private final VsockDatagramFamily family;

    DatagramWriter(AbstractVmciChannel channel, VsockDatagramFamily family) {
        this.channel = channel;
        this.family = family;
    }

    /** Returns what goes into the outbound buffer for a message; takes the message over. */
    Object filter(Object message) {
        if (message instanceof ByteBuf buffer) {
            return isOnePiece(buffer) ? buffer : directCopy(buffer, buffer);
        }
        if (message instanceof AddressedEnvelope<?, ?> envelope && envelope.content() instanceof ByteBuf content
                && (envelope.recipient() == null || envelope.recipient() instanceof VmciAddress)) {
            VmciAddress recipient = (VmciAddress) envelope.recipient();
            if (isOnePiece(content)) {
                if (message instanceof VmciDatagramPacket) {
                    return message;
                }
                content.retain();
                envelope.release();
            } else {
                content = directCopy(content, envelope);
            }
            // Netty knows the length of this type. It takes a missing recipient if there is a sender.
            return new VmciDatagramPacket(content, recipient, NOBODY);
        }
        throw new UnsupportedOperationException("message: " + (message == null ? "null" : message.getClass().getName())
                + " (expected: VmciDatagramPacket, ByteBuf, or AddressedEnvelope of a ByteBuf and a VmciAddress; an"
                + " encoder in the pipeline has to make one of it)");
    }

    private static boolean isOnePiece(ByteBuf buffer) {
        return buffer.hasMemoryAddress() || buffer.isDirect() && buffer.nioBufferCount() == 1;
    }

    private ByteBuf directCopy(ByteBuf content, Object holder) {
        try {
            int length = content.readableBytes();
            return channel.alloc().directBuffer(length).writeBytes(content, content.readerIndex(), length);
        } finally {
            ReferenceCountUtil.release(holder);
        }
    }

    /** Sends until the buffer is empty, the kernel takes no more, or the attempts are used up. */
    void write(ChannelOutboundBuffer in, int attempts) {
        for (Object message = in.current(); message != null; message = in.current()) {
            if (attempts-- <= 0) {
                channel.flushLater();
                return;
            }
            Exception failure = null;
            try {
                if (!send(message)) {
                    channel.setInterest(VmciIoOps.EPOLLOUT);
                    return;
                }
            } catch (IOException | RuntimeException e) {
                failure = e; // says nothing of the next one
            }
            if (failure == null) {
                in.remove();
            } else {
                in.remove(failure);
            }
        }
        channel.clearInterest(VmciIoOps.EPOLLOUT);
    }

    /** Sends a datagram; returns false if the kernel takes none now. */
    private boolean send(Object message) throws IOException {
        VmciAddress recipient = (VmciAddress) channel.remote;
        ByteBuf content;
        if (message instanceof VmciDatagramPacket packet) {
            content = packet.content();
            if (packet.recipient() != null) {
                recipient = packet.recipient();
            }
        } else {
            content = (ByteBuf) message;
        }
        if (recipient == null) {
            throw DatagramErrors.noRecipient();
        }
        int length = content.readableBytes();
        long address = addressOf(content, content.readerIndex(), length);
        int result = family.sendTo(channel.socket.intValue(), address, length, recipient);
        if (result < 0 && result != -EAGAIN) {
            throw DatagramErrors.sendFailed(recipient, channel.local, length, result);
        }
        return result >= 0;
    }

    /** Returns the address of a part of a buffer that is one piece of direct memory. */
    static long addressOf(ByteBuf buffer, int index, int length) {
        if (buffer.hasMemoryAddress()) {
            return buffer.memoryAddress() + index;
        }
        ByteBuffer nio = buffer.internalNioBuffer(index, length);
        return Buffer.memoryAddress(nio) + nio.position();
    }
}
