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

import static io.github.nettyvmci.transport.NativeConstants.EBUSY;
import static io.github.nettyvmci.transport.NativeConstants.ENOBUFS;
import static io.github.nettyvmci.transport.NativeConstants.ENOMEM;
import static io.github.nettyvmci.transport.NativeConstants.EOPNOTSUPP;

import io.netty.buffer.ByteBuf;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.nio.ByteBuffer;

/**
 * What one connected socket sends with MSG_ZEROCOPY. A send takes the pages of a buffer instead of a copy, and its
 * completion, an entry of the error queue, tells that nobody reads them any more. Over loopback that is when the peer
 * has read them. Event loop only, and after the channel's end the thread of {@link UnfinishedSends}.
 *
 * @see <a href="https://www.kernel.org/doc/html/v6.7/networking/msg_zerocopy.html">MSG_ZEROCOPY, Linux 6.7</a>
 */
final class ZeroCopy {

    /**
     * How many bytes go in one send: what fits a packet of the kernel's. Of several packets it would give a completion
     * to the last alone, and to none should memory run out on the way. In addition it copies a send that does not fit
     * the peer's window as a whole, of which small ones waste less.
     */
    static final int MOST_AT_ONCE = 65536;
    /** How many bytes of one connection the kernel may have at a time. Above this they are copied. */
    static final long MOST_HELD = 8L << 20;
    /** Answer of {@link #send}: nothing was sent, and the caller shall have it copied. No errno is as large. */
    static final int COPY = Integer.MIN_VALUE;

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(ZeroCopy.class);

    private final AddressFamily family;
    private final int fd;
    private final HeldBuffers held = new HeldBuffers();
    /** Whether the error queue may be read, which tells nothing but completions of ours. */
    private final boolean enabled;
    private boolean usable;
    /** The kernel had no memory for one more completion. It has some again when one has come. */
    private boolean waiting;
    private long sends;
    private long copies;

    /** Turns it on for a connected socket, if the kernel and the socket's transport have it. */
    ZeroCopy(AddressFamily family, int fd) {
        this.family = family;
        this.fd = fd;
        int result = family.enableZeroCopy(fd);
        enabled = result >= 0;
        usable = enabled;
        if (result == -EBUSY) {
            logger.debug("Descriptor {} was sent from with MSG_ZEROCOPY by somebody else: writes are copied", fd);
        } else if (!usable) {
            logger.debug("Descriptor {} has no MSG_ZEROCOPY (kernel 6.7 and later; virtio, vhost and loopback): writes"
                    + " are copied: {}", fd, Errno.describe(result));
        }
    }

    /** Returns whether sends are worth a try. */
    boolean isUsable() {
        return usable;
    }

    /**
     * Sends, and retains the buffer until the kernel is done with it.
     *
     * @param address where the bytes are, which are the buffer's
     * @param length  {@link #MOST_AT_ONCE} at most
     * @return how many bytes were sent, the negative errno, or {@link #COPY}
     */
    int send(ByteBuf buffer, long address, int length) {
        if (!hasRoom(length)) {
            return COPY;
        }
        held.reserve();
        int result = family.sendZeroCopy(fd, address, length);
        if (result > 0) {
            held.add(buffer, result);
            sends++;
            return result;
        }
        if (result == -ENOMEM || result == -ENOBUFS) {
            waiting = true;
            if (held.isEmpty()) {
                usable = false;
                logger.debug("Descriptor {}: no memory for even one completion of MSG_ZEROCOPY (net.core.optmem_max,"
                        + " RLIMIT_MEMLOCK): writes are copied: {}", fd, Errno.describe(result));
            }
            return COPY;
        }
        if (result == -EOPNOTSUPP) {
            usable = false;
            return COPY;
        }
        return result;
    }

    private boolean hasRoom(int length) {
        if (!usable || !UnfinishedSends.hasRoom()) {
            return false;
        }
        if (waiting || held.bytes() + length > MOST_HELD) {
            takeCompletions();
        }
        return usable && !waiting && held.bytes() + length <= MOST_HELD;
    }

    /**
     * Releases the buffers that the kernel is done with. Completions are reported as EPOLLERR, which stays until all
     * were taken.
     *
     * @return whether this socket can have completions
     */
    boolean takeCompletions() {
        if (!enabled) {
            return false;
        }
        ByteBuffer out = SockOpt.scratch();
        int result;
        while ((result = family.zeroCopyCompletion(fd, SockOpt.scratchAddress())) >= 0) {
            if (result == 0) {
                continue; // an entry of another kind
            }
            waiting = false;
            int low = out.getInt(0);
            int high = out.getInt(4);
            if (out.getInt(8) != 0) {
                copies += 1 + Integer.toUnsignedLong(high - low);
            }
            if (!held.done(low, high)) {
                // Somebody else sends with the same socket. What is held stays so: better that than to be overwritten.
                usable = false;
                logger.warn("Descriptor {}: a completion of MSG_ZEROCOPY for sends {} to {} (expected: within {});"
                        + " writes are copied from here on", fd, Integer.toUnsignedString(low),
                        Integer.toUnsignedString(high), held);
            }
        }
        return true;
    }

    /**
     * Drops the completions of a socket that this process does not send from with MSG_ZEROCOPY. They are of somebody
     * who had it before, and epoll would report them without end.
     *
     * @return whether there were any
     */
    static boolean dropCompletions(AddressFamily family, int fd) {
        boolean any = false;
        if (family.hasZeroCopy(fd)) {
            while (family.zeroCopyCompletion(fd, SockOpt.scratchAddress()) >= 0) {
                any = true;
            }
        }
        return any;
    }

    /** Returns whether the kernel still reads some of the buffers. */
    boolean isPending() {
        return !held.isEmpty();
    }

    long bytes() {
        return held.bytes();
    }

    @Override
    public String toString() {
        return "MSG_ZEROCOPY (" + sends + " sends, " + copies + " of them copied by the kernel after all; held: "
                + held.bytes() + " bytes)";
    }
}
