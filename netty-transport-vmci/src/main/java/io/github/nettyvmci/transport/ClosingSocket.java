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
import static io.github.nettyvmci.transport.NativeConstants.EPOLLERR;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The socket of a channel that was closed, for as long as its peer may still read what was written. With TCP the kernel
 * does this after close(2). VMware's VMCI throws unread data away, so here the event loop does it: the output is shut
 * down, what still comes is read and dropped, and the socket is closed when the peer has ended too. It is bounded by a
 * time, an amount of dropped bytes, and a number of such sockets per loop. Event loop only.
 */
final class ClosingSocket implements ClosingSockets.Rest {

    /** How much a peer may send after it was told the end: more than can have been on its way. */
    private static final int MOST_DROPPED = 1 << 20;
    private static final int PIECE = 16384;
    private static final int MOST_READS_PER_EVENT = 16;

    private static final VmciIoOps PEER = VmciIoOps.EPOLLIN.with(VmciIoOps.EPOLLRDHUP);

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(ClosingSocket.class);

    private final NativeSocket socket;
    private final boolean inputEnded;
    private @Nullable IoRegistration registration;
    private @Nullable Future<?> timeout;
    private int dropped;

    private ClosingSocket(NativeSocket socket, boolean inputEnded) {
        this.socket = socket;
        this.inputEnded = inputEnded;
    }

    /**
     * Takes over a connected socket.
     *
     * @param socket the channel's, which counts as closed from here on
     * @param millis how long the socket is kept at most
     */
    static void take(NativeSocket socket, IoEventLoop loop, int millis) {
        boolean inputEnded = socket.isInputShutdown();
        if (socket.isOutputShutdown() ? inputEnded : socket.sendNothing() < 0
                || socket.shutdown(false, true) < 0) {
            end(socket); // the peer has ended already, so nobody is there to read the rest
            return;
        }
        ClosingSocket closing = new ClosingSocket(socket.handOver(), inputEnded);
        Future<IoRegistration> registered = EventLoops.register(loop, closing);
        if (!registered.isSuccess()) { // the future is done, since this is the loop
            closing.close();
            return;
        }
        closing.watchedBy(registered.getNow());
        try {
            closing.timeout = loop.schedule(closing::close, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            logger.trace("The loop ends, and with it waiting for {}", socket, e);
        }
    }

    @Override
    public void watchedBy(IoRegistration next) {
        registration = next;
        if (!inputEnded) {
            next.submit(PEER);
        } // else no event tells that the peer closed, and the kernel would report the end of the input without a pause
    }

    @Override
    public boolean hearsOfItsPeer() {
        return !inputEnded;
    }

    @Override
    public void handle(IoRegistration ignored, IoEvent event) {
        if (((VmciIoEvent) event).any(EPOLLERR)
                && (socket.family.soError(socket.intValue()) != 0 || !socket.takeCompletions())) {
            close();
            return;
        }
        ByteBuf piece;
        try {
            piece = ByteBufAllocator.DEFAULT.directBuffer(PIECE);
        } catch (OutOfMemoryError e) {
            logger.debug("No memory to wait for the peer's end of {}", socket, e);
            close();
            return;
        }
        try {
            for (int i = 0; i < MOST_READS_PER_EVENT; i++) {
                int result = socket.recv(piece.clear());
                if (result == -EAGAIN) {
                    return;
                }
                dropped += Math.max(0, result);
                if (result <= 0 || dropped > MOST_DROPPED) {
                    close();
                    return;
                }
            }
        } finally {
            piece.release();
        }
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    /** Closes the socket, whatever the peer has read. */
    @Override
    public void close() {
        if (!socket.isOpen()) {
            return;
        }
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (registration != null) {
            registration.cancel();
        }
        end(socket);
    }

    private static void end(NativeSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            logger.debug("Closing {}", socket, e);
        }
    }
}
