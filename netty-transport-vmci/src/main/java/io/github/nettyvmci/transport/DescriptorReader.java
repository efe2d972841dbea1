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

import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads descriptors (SCM_RIGHTS) from a connection over AF_UNIX into its pipeline. One call brings those of one message
 * of the peer, as a {@code struct received} of {@code vmci_rights.c}: a count, a flag, and up to 253 descriptors. Event
 * loop only.
 */
final class DescriptorReader {

    private static final int SIZE = 1020;
    private static final int TRUNCATED = 4;
    private static final int FIRST = 8;

    static {
        // Without descriptors no class can be loaded from a file, so what tells of that is loaded before.
        ConnectionErrors.descriptorsLost(0);
    }

    private final AbstractVmciChannel channel;
    private @Nullable ByteBuffer received;

    DescriptorReader(AbstractVmciChannel channel) {
        this.channel = channel;
    }

    /** Receives what came with the next byte, which {@link #handOn} must follow; returns what recv(2) does. */
    int receive() {
        ByteBuffer to = received;
        if (to == null) {
            to = ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder());
            received = to;
        }
        return Native.receiveDescriptors(channel.socket.intValue(), Buffer.memoryAddress(to));
    }

    /**
     * Hands the received descriptors on to the pipeline. Those for which no channel is there any more are closed.
     *
     * @throws IOException if none came, so that the peer sends something else
     */
    void handOn() throws IOException {
        ByteBuffer from = received;
        // They are copied, because a handler may move the channel to another event loop.
        FileDescriptor[] descriptors = new FileDescriptor[from.getInt(0)];
        for (int i = 0; i < descriptors.length; i++) {
            descriptors[i] = new FileDescriptor(from.getInt(FIRST + i * Integer.BYTES));
        }
        if (from.getInt(TRUNCATED) != 0) {
            channel.pipeline().fireExceptionCaught(ConnectionErrors.descriptorsLost(descriptors.length));
        } else if (descriptors.length == 0) {
            throw ConnectionErrors.noDescriptor();
        }
        for (FileDescriptor descriptor : descriptors) {
            if (channel.isOpen()) {
                channel.pipeline().fireChannelRead(descriptor);
            } else {
                descriptor.close();
            }
        }
    }
}
