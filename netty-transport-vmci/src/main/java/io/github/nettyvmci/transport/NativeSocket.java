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
import io.netty.channel.ChannelException;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IovArray;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An open socket of one {@link AddressFamily}: of streams, or of datagrams, for which the descriptor alone counts.
 * Results are {@code >= 0} or the negative errno.
 */
final class NativeSocket extends FileDescriptor {

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(NativeSocket.class);

    final AddressFamily family;
    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    /** Whether another process, or channel, has a descriptor of the same open socket. */
    private volatile boolean shared;
    /** Null until something is sent with MSG_ZEROCOPY. Event loop only. */
    private @Nullable ZeroCopy zeroCopy;

    /** Takes a descriptor over, and closes it when this is closed. */
    NativeSocket(AddressFamily family, int fd) {
        super(fd);
        this.family = family;
    }

    /**
     * Makes a new socket.
     *
     * @throws UnsatisfiedLinkError if the library or the family is not available
     * @throws ChannelException if the kernel refuses
     */
    static NativeSocket create(AddressFamily family) {
        family.ensureAvailable();
        int fd = family.socket();
        if (fd < 0) {
            throw family.socketFailed(fd);
        }
        return new NativeSocket(family, fd);
    }

    /** Reads into the writable bytes of a direct buffer, of which there must be one at least. */
    int recv(ByteBuf buffer) {
        int length = buffer.writableBytes();
        int writer = buffer.writerIndex();
        int result;
        if (buffer.hasMemoryAddress()) {
            result = family.recv(intValue(), buffer.memoryAddress() + writer, length);
        } else {
            ByteBuffer nio = buffer.internalNioBuffer(writer, length);
            result = family.recv(intValue(), Buffer.memoryAddress(nio) + nio.position(), length);
        }
        if (result > 0) {
            buffer.writerIndex(writer + result);
        }
        return result;
    }

    /** Writes the readable bytes of a buffer that is one piece of direct memory. Does not move its reader index. */
    int send(ByteBuf buffer) {
        int length = buffer.readableBytes();
        if (buffer.hasMemoryAddress()) {
            return family.send(intValue(), buffer.memoryAddress() + buffer.readerIndex(), length);
        }
        return send(buffer.internalNioBuffer(buffer.readerIndex(), length));
    }

    int send(ByteBuffer direct) {
        return family.send(intValue(), Buffer.memoryAddress(direct) + direct.position(), direct.remaining());
    }

    /** Returns whether {@link #sendZeroCopy} may do more than {@link #send(ByteBuf)}. */
    boolean mayZeroCopy() {
        // Where somebody else has the socket too, completions would go to whoever asks first.
        return !shared && (zeroCopy == null || zeroCopy.isUsable());
    }

    /**
     * Writes as {@link #send(ByteBuf)}, but lets the kernel send from the buffer where it can, and retains that until
     * the kernel is done.
     */
    int sendZeroCopy(ByteBuf buffer) {
        ZeroCopy sender = zeroCopy;
        if (sender == null) {
            sender = new ZeroCopy(family, intValue());
            zeroCopy = sender;
        }
        int length = Math.min(buffer.readableBytes(), ZeroCopy.MOST_AT_ONCE);
        long address;
        if (buffer.hasMemoryAddress()) {
            address = buffer.memoryAddress() + buffer.readerIndex();
        } else {
            ByteBuffer nio = buffer.internalNioBuffer(buffer.readerIndex(), length);
            address = Buffer.memoryAddress(nio) + nio.position();
        }
        int result = sender.send(buffer, address, length);
        return result == ZeroCopy.COPY ? send(buffer) : result;
    }

    /**
     * Releases the buffers that {@link #sendZeroCopy} retained and the kernel is done with, and drops what tells of the
     * sends of somebody who had the socket before. To be called when epoll reports an error and SO_ERROR has none.
     *
     * @return whether that can have been the reason of the event
     */
    boolean takeCompletions() {
        return zeroCopy != null && zeroCopy.takeCompletions() || ZeroCopy.dropCompletions(family, intValue());
    }

    /** Returns how many bytes of buffers the kernel still reads. */
    long zeroCopyBytes() {
        return zeroCopy == null ? 0 : zeroCopy.bytes();
    }

    long sendv(IovArray iov) {
        return family.sendv(intValue(), iov.memoryAddress(0), iov.count());
    }

    int shutdown(boolean input, boolean output) {
        int how = input ? output ? NativeConstants.SHUT_RDWR : NativeConstants.SHUT_RD : NativeConstants.SHUT_WR;
        int result = family.shutdown(intValue(), how);
        if (result >= 0) {
            inputShutdown |= input;
            outputShutdown |= output;
        }
        return result;
    }

    /** Sends no byte. A negative result tells that the peer takes no more, or that this end was shut down. */
    int sendNothing() {
        return family.send(intValue(), SockOpt.scratchAddress(), 0);
    }

    /** Returns a socket that owns the descriptor from here on; this one counts as closed. */
    NativeSocket handOver() {
        NativeSocket next = new NativeSocket(family, intValue());
        if (!markClosed()) {
            throw new IllegalStateException(this + " is closed");
        }
        next.inputShutdown = inputShutdown;
        next.outputShutdown = outputShutdown;
        next.shared = shared;
        next.zeroCopy = zeroCopy;
        return next;
    }

    /**
     * Returns another descriptor of the same open socket.
     *
     * @throws ChannelException if the kernel refuses, or this is closed
     */
    NativeSocket duplicate() {
        int fd = isOpen() ? Native.duplicate(intValue()) : -NativeConstants.EBADF;
        if (fd >= 0 && !isOpen()) { // another thread has closed it meanwhile, and the number may be another file's
            Native.close(fd);
            fd = -NativeConstants.EBADF;
        }
        if (fd < 0) {
            throw new ChannelException("dup(" + intValue() + "): " + Errno.describe(fd)
                    + FailedCall.andFix(FailedCall.fixOf(fd)));
        }
        return new NativeSocket(family, fd);
    }

    /** Notes that somebody else has the socket too, who goes on with it when this is closed. */
    void share() {
        shared = true;
    }

    /** Takes {@link #share} back. */
    void unshare() {
        shared = false;
    }

    boolean isShared() {
        return shared;
    }

    /**
     * Closes the socket. Where the kernel would not tell the peer at once, it is shut down first, both ways, unless
     * somebody else goes on with it. A socket whose buffers the kernel still sends from is left to
     * {@link UnfinishedSends}.
     */
    @Override
    public void close() throws IOException {
        if (isOpen() && !shared && !family.closeTellsPeer()) {
            family.shutdown(intValue(), NativeConstants.SHUT_RDWR); // it may answer ENOTCONN: there is nobody to tell
        }
        if (zeroCopy != null && isOpen()) {
            zeroCopy.takeCompletions();
            logger.debug("Closing {}: {}", this, zeroCopy);
            if (zeroCopy.isPending()) {
                UnfinishedSends.keep(handOver());
                return;
            }
        }
        super.close();
    }

    /** Notes that the peer sends no more, and that all it sent was read. */
    void inputEnded() {
        inputShutdown = true;
    }

    /** Returns whether nothing more can be read; true of a closed socket too. */
    boolean isInputShutdown() {
        return inputShutdown || !isOpen();
    }

    /** Returns whether nothing more can be written; true of a closed socket too. */
    boolean isOutputShutdown() {
        return outputShutdown || !isOpen();
    }
}
