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

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.channel.DefaultAddressedEnvelope;
import org.jspecify.annotations.Nullable;

/**
 * One datagram, to send or received by a {@link VmciDatagramChannel}. It is released with its content, and is the same
 * reference: a channel that writes it takes it over, and who reads one releases it.
 *
 * @since 0.1.0
 */
public final class VmciDatagramPacket extends DefaultAddressedEnvelope<ByteBuf, VmciAddress> implements ByteBufHolder {

    /** The length of the longest datagram that VMCI carries, in bytes. */
    public static final int MAX_LENGTH = 69_608;

    /**
     * Creates a datagram to send.
     *
     * @param content   0 to {@link #MAX_LENGTH} bytes
     * @param recipient whom it is for
     */
    public VmciDatagramPacket(ByteBuf content, VmciAddress recipient) {
        super(content, recipient);
    }

    /**
     * Creates a datagram that names its sender too.
     *
     * @param content   0 to {@link #MAX_LENGTH} bytes
     * @param recipient whom it is for; null: the peer of the channel that sends it
     * @param sender    who sent it, or null; not looked at when it is sent
     * @throws NullPointerException if both addresses are null
     */
    public VmciDatagramPacket(ByteBuf content, @Nullable VmciAddress recipient, @Nullable VmciAddress sender) {
        super(content, recipient, sender);
    }

    @Override
    public VmciDatagramPacket copy() {
        return replace(content().copy());
    }

    @Override
    public VmciDatagramPacket duplicate() {
        return replace(content().duplicate());
    }

    @Override
    public VmciDatagramPacket retainedDuplicate() {
        return replace(content().retainedDuplicate());
    }

    @Override
    public VmciDatagramPacket replace(ByteBuf content) {
        return new VmciDatagramPacket(content, recipient(), sender());
    }

    @Override
    public VmciDatagramPacket retain() {
        super.retain();
        return this;
    }

    @Override
    public VmciDatagramPacket retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public VmciDatagramPacket touch() {
        super.touch();
        return this;
    }

    @Override
    public VmciDatagramPacket touch(Object hint) {
        super.touch(hint);
        return this;
    }
}
