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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannelOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Descriptors that go over a Unix socket (SCM_RIGHTS). */
class DescriptorsTest {

    private static final String PYTHON = "/usr/bin/python3";

    private Rig rig;
    private Channel server;
    private final Received received = new Received();

    /** A receiver's handler. */
    private static final class Received extends ChannelInboundHandlerAdapter {

        final BlockingQueue<Object> messages = new LinkedBlockingQueue<>();
        final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
        volatile Consumer<Channel> then = channel -> { };

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Object what = message;
            if (message instanceof ByteBuf buffer) {
                what = buffer.toString(StandardCharsets.UTF_8);
                buffer.release();
            }
            then.accept(ctx.channel()); // is done when the test sees the message
            messages.add(what);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failures.add(cause);
        }

        FileDescriptor descriptor() throws Exception {
            return assertInstanceOf(FileDescriptor.class, messages.poll(Waits.SECONDS, TimeUnit.SECONDS));
        }

        String failure() throws Exception {
            return failures.poll(Waits.SECONDS, TimeUnit.SECONDS).getMessage();
        }
    }

    @BeforeEach
    void start() {
        rig = new Rig();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private ServerBootstrap receiver(DomainSocketReadMode mode) {
        return rig.server(() -> received, TestFamily.UNIX)
                .childOption(UnixChannelOption.DOMAIN_SOCKET_READ_MODE, mode);
    }

    private void listen(ServerBootstrap bootstrap) throws Exception {
        var bound = bootstrap.bind(TestFamily.UNIX.newAddress());
        Waits.get(bound);
        server = bound.channel();
    }

    private Channel connect() throws Exception {
        return connect(TestFamily.UNIX.client().group(rig.group).handler(new Recorder()));
    }

    private Channel connect(Bootstrap client) throws Exception {
        var connected = client.connect(server.localAddress());
        Waits.get(connected);
        return connected.channel();
    }

    private static void close(FileDescriptor... all) throws Exception {
        for (FileDescriptor one : all) {
            one.close();
        }
    }

    @Test
    void shouldReceiveWhatWasSent() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS));
        Channel sender = connect();
        for (int i = 0; i < 20; i++) {
            FileDescriptor[] pipe = FileDescriptor.pipe();
            Waits.get(sender.writeAndFlush(pipe[0]));
            close(pipe[0]); // stays the sender's, as with Netty's own transport
            FileDescriptor copy = received.descriptor();
            assertEquals(Descriptors.O_CLOEXEC, Descriptors.flags(copy.intValue()) & Descriptors.O_CLOEXEC);
            assertTrue(Descriptors.areJoined(pipe[1], copy));
            close(pipe[1], copy);
        }
    }

    /** A byte goes with each descriptor, and may not be taken for data when the mode changes. */
    @Test
    void shouldKeepTheOrderOfBytesAndDescriptors() throws Exception {
        listen(receiver(DomainSocketReadMode.BYTES));
        AtomicInteger count = new AtomicInteger();
        received.then = channel -> channel.config().setOption(UnixChannelOption.DOMAIN_SOCKET_READ_MODE,
                count.incrementAndGet() == 1 ? DomainSocketReadMode.FILE_DESCRIPTORS : DomainSocketReadMode.BYTES);
        Channel sender = connect();
        FileDescriptor[] pipe = FileDescriptor.pipe();
        Waits.get(sender.writeAndFlush(Rig.text("before")));
        Waits.until("the first message", () -> received.messages.size() == 1);
        sender.write(pipe[0]);
        Waits.get(sender.writeAndFlush(Rig.text("after")));
        assertEquals("before", received.messages.poll(Waits.SECONDS, TimeUnit.SECONDS));
        FileDescriptor copy = received.descriptor();
        assertTrue(Descriptors.areJoined(pipe[1], copy));
        assertEquals("after", received.messages.poll(Waits.SECONDS, TimeUnit.SECONDS));
        close(pipe[0], pipe[1], copy);
    }

    @Test
    void shouldUnderstandNettysOwnTransport() throws Exception {
        EventLoopGroup epoll = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS));
            Received theirs = new Received();
            Channel client = connect(new Bootstrap().group(epoll).channel(EpollDomainSocketChannel.class)
                    .option(UnixChannelOption.DOMAIN_SOCKET_READ_MODE, DomainSocketReadMode.FILE_DESCRIPTORS)
                    .handler(theirs));
            FileDescriptor[] pipe = FileDescriptor.pipe();
            Waits.get(client.writeAndFlush(pipe[0]));
            FileDescriptor copy = received.descriptor();
            Waits.get(rig.accepted().writeAndFlush(copy));
            FileDescriptor back = theirs.descriptor();
            assertTrue(Descriptors.areJoined(pipe[1], back));
            close(pipe[0], pipe[1], copy, back);
            Waits.get(client.close());
        } finally {
            Waits.get(epoll.shutdownGracefully(0, Waits.SECONDS, TimeUnit.SECONDS));
        }
    }

    /** Runs a sender in Python, whose connection is the socket s. */
    private void python(String code) throws Exception {
        assumeTrue(Files.isExecutable(Path.of(PYTHON)), "needs python3");
        Process sender = new ProcessBuilder(PYTHON, "-c", "import array, os, socket, sys\n"
                + "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
                + "def send(data, fds):\n"
                + "    s.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))])\n"
                + code, server.localAddress().toString()).inheritIO().start();
        try {
            assertTrue(sender.waitFor(Waits.SECONDS, TimeUnit.SECONDS), "the sender did not end");
            assertEquals(0, sender.exitValue());
        } finally {
            sender.destroyForcibly();
        }
    }

    @Test
    void shouldReceiveAsManyAsAMessageCanCarry() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS));
        int before = Descriptors.count();
        python("send(b'x', [0] * 253); send(b'y', [1])");
        for (int i = 0; i < 254; i++) {
            close(received.descriptor());
        }
        Descriptors.awaitCount(before);
        assertEquals(List.of(), List.copyOf(received.failures));
    }

    @Test
    void shouldCloseTheRestWhenTheChannelClosesAmongThem() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS));
        received.then = Channel::close;
        int before = Descriptors.count();
        python("try:\n    send(b'x', [0] * 100); send(b'y', [0] * 100); s.recv(1)\n"
                + "except OSError: pass # the other end closes");
        close(received.descriptor());
        Waits.get(rig.accepted().closeFuture());
        Descriptors.awaitCount(before);
        assertEquals(0, received.messages.size());
    }

    /** Such a pipeline is a fault, but a peer must not be able to use up the process' descriptors by it. */
    @Test
    void shouldCloseWhatReachesTheEndOfThePipeline() throws Exception {
        AtomicInteger passed = new AtomicInteger();
        listen(rig.server(() -> new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.fireChannelRead(message);
                passed.incrementAndGet();
            }
        }, TestFamily.UNIX).childOption(UnixChannelOption.DOMAIN_SOCKET_READ_MODE,
                DomainSocketReadMode.FILE_DESCRIPTORS));
        int before = Descriptors.count();
        python("send(b'x', [0] * 100); send(b'y', [0] * 100)");
        Waits.get(rig.accepted().closeFuture());
        assertEquals(200, passed.get());
        Descriptors.awaitCount(before);
    }

    /** Else a peer could make the process open, at once, all that the kernel has room for between them. */
    @Test
    void shouldReadOneMessageAtATimeToTheEndWhereTheHandlerAsksForEach() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS).childOption(ChannelOption.AUTO_READ, false));
        int before = Descriptors.count();
        python("for i in range(20): send(b'x', [0, 1])");
        Channel channel = rig.accepted();
        Rig.event(channel, NativeConstants.EPOLLIN | NativeConstants.EPOLLRDHUP | NativeConstants.EPOLLHUP);
        assertEquals(0, received.messages.size());
        for (int i = 0; i < 20; i++) {
            channel.read();
            close(received.descriptor(), received.descriptor());
            Rig.on(channel, () -> null);
            assertEquals(0, received.messages.size());
            assertTrue(channel.isOpen());
        }
        channel.read();
        Waits.get(channel.closeFuture());
        Descriptors.awaitCount(before);
        assertEquals(List.of(), List.copyOf(received.failures));
    }

    /** Connects a channel that reads nothing, so that closing it after it was sent something is a reset. */
    private Channel connectAndSend(int count, FileDescriptor what, Rig senders) throws Exception {
        Channel sender = connect(TestFamily.UNIX.client().group(senders.group).handler(new Recorder())
                .option(ChannelOption.AUTO_READ, false));
        for (int i = 0; i < count; i++) {
            Waits.get(sender.writeAndFlush(what));
        }
        return sender;
    }

    /** There are more than one event brings. */
    @Test
    void shouldReceiveEverythingBeforeTheResetOfAPeerThatReadNothing() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS).childOption(ChannelOption.AUTO_READ, false));
        FileDescriptor[] pipe = FileDescriptor.pipe();
        try (Rig senders = new Rig()) {
            Channel sender = connectAndSend(40, pipe[0], senders);
            Channel channel = rig.accepted();
            Waits.get(channel.writeAndFlush(Rig.text("never read")));
            Rig.on(channel, () -> {
                channel.config().setAutoRead(true);
                return Waits.get(sender.close()); // before anything is read
            });
            for (int i = 0; i < 40; i++) {
                close(received.descriptor());
            }
            Waits.get(channel.closeFuture());
        }
        String failure = received.failure();
        assertTrue(failure.contains("ECONNRESET"), failure);
        close(pipe);
    }

    /** A reset is reported where an orderly end is, and until then the channel waits without an event. */
    @Test
    void shouldReadOneMessageAtATimeUpToAReset() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS).childOption(ChannelOption.AUTO_READ, false));
        FileDescriptor[] pipe = FileDescriptor.pipe();
        try (Rig senders = new Rig()) {
            Channel sender = connectAndSend(20, pipe[0], senders);
            AbstractVmciChannel channel = (AbstractVmciChannel) rig.accepted();
            Waits.get(channel.writeAndFlush(Rig.text("never read")));
            Waits.get(sender.close());
            // Without any interest the kernel's event, which stays, is not reported.
            Waits.until("the reset is known", () -> !channel.isOpen() || !channel.interestedIn(VmciIoOps.EPOLLERR));
            assertEquals(0, received.messages.size());
            for (int i = 0; i < 20; i++) {
                channel.read();
                close(received.descriptor());
                assertFalse(Rig.on(channel, () -> channel.interestedIn(VmciIoOps.EPOLLIN)));
                assertEquals(0, received.messages.size());
                assertTrue(channel.isOpen());
            }
            assertEquals(List.of(), List.copyOf(received.failures));
            channel.read();
            Waits.get(channel.closeFuture());
        }
        String failure = received.failure();
        assertTrue(failure.contains("ECONNRESET"), failure);
        close(pipe);
    }

    @Test
    void shouldLeaveNothingOpenOfWhatNobodyRead() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS).childOption(ChannelOption.AUTO_READ, false));
        int before = Descriptors.count();
        Channel sender = connect();
        FileDescriptor[] pipe = FileDescriptor.pipe();
        for (int i = 0; i < 50; i++) {
            Waits.get(sender.writeAndFlush(pipe[1]));
        }
        close(pipe[1]);
        Waits.get(rig.accepted().close());
        // All copies of the write end are gone: the read end has come to its end.
        assertEquals(-1, pipe[0].read(ByteBuffer.allocateDirect(1), 0, 1));
        close(pipe[0]);
        Waits.get(sender.closeFuture());
        Descriptors.awaitCount(before);
    }

    @Test
    void shouldLeaveWhatItCouldNotWriteToItsOwner() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS).childOption(ChannelOption.AUTO_READ, false));
        Channel sender = connect();
        FileDescriptor[] pipe = FileDescriptor.pipe();
        List<ChannelFuture> writes = new ArrayList<>();
        Rig.on(sender, () -> {
            for (int i = 0; i < 2000; i++) { // the kernel has no room for so many
                writes.add(sender.writeAndFlush(pipe[0]));
            }
            return null;
        });
        assertFalse(writes.get(1999).isDone());
        Waits.get(sender.close());
        assertTrue(Waits.failure(writes.get(1999)) != null);
        assertTrue(Descriptors.isOpen(pipe[0].intValue()));
        close(pipe[0], pipe[1]);
    }

    @Test
    void shouldReadOnlyBytesUnlessToldOtherwise() throws Exception {
        listen(receiver(DomainSocketReadMode.BYTES));
        int before = Descriptors.count();
        python("send(b'hello', [0, 1, 2])");
        assertEquals("hello", received.messages.poll(Waits.SECONDS, TimeUnit.SECONDS));
        Waits.get(rig.accepted().closeFuture());
        Descriptors.awaitCount(before);
    }

    @Test
    void shouldEndAConnectionThatSendsSomethingElse() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS));
        Channel sender = connect();
        sender.writeAndFlush(Rig.text("hello"));
        assertEquals("received: a byte without a descriptor (expected: descriptors alone, since"
                + " DOMAIN_SOCKET_READ_MODE is FILE_DESCRIPTORS)", received.failure());
        Waits.get(rig.accepted().closeFuture());
        Waits.get(sender.closeFuture());
    }

    @Test
    void shouldFailOnlyTheWriteOfADescriptorThatIsClosed() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS));
        Channel sender = connect();
        FileDescriptor[] pipe = FileDescriptor.pipe();
        close(pipe[1]);
        assertEquals("descriptor: " + pipe[1].intValue() + " is closed (expected: one that stays open until it is"
                + " written) (EBADF, errno 9)", Waits.failure(sender.writeAndFlush(pipe[1])).getMessage());
        Waits.get(sender.writeAndFlush(pipe[0]));
        close(pipe[0], received.descriptor());
    }

    @Test
    void shouldFailOnlyTheWriteWhenTooManyAreOnTheirWay() throws Exception {
        Rig.Pair pair = rig.pairWith(new UnixFamily() {
            @Override
            int sendDescriptor(int fd, int passed) {
                return -NativeConstants.ETOOMANYREFS;
            }
        });
        FileDescriptor[] pipe = FileDescriptor.pipe();
        assertEquals("descriptor: " + pipe[0].intValue() + " was not sent: too many descriptors are on their way"
                + " (ETOOMANYREFS, errno 109); wait until the peer has received some, or raise the limit (ulimit -n)",
                Waits.failure(pair.client().writeAndFlush(pipe[0])).getMessage());
        Waits.get(pair.client().writeAndFlush(Rig.text("hello")));
        pair.serverSaw().awaitBytes(5);
        close(pipe);
    }

    @Test
    void shouldRefuseADescriptorWhereTheFamilyPassesNone() throws Exception {
        Rig.Pair pair = rig.pairWith(new UnixFamily() {
            @Override
            boolean passesDescriptors() {
                return false;
            }
        });
        assertEquals("message: io.netty.channel.unix.FileDescriptor (expected: ByteBuf or FileRegion; an encoder in the"
                + " pipeline has to make one of it)",
                Waits.failure(pair.client().writeAndFlush(new FileDescriptor(0))).getMessage());
        assertFalse(VsockFamily.INSTANCE.passesDescriptors());
    }

    /** Closing a connection that was handed on must not end it, though otherwise AF_VSOCK is shut down at a close. */
    @Test
    void shouldLeaveAConnectionToWhomItWasSent() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS));
        Channel sender = connect();
        rig.accepted(); // the other end of that
        Rig.Pair pair = rig.pairWith(new UnixFamily() {
            @Override
            boolean closeTellsPeer() {
                return false;
            }
        });
        Waits.get(pair.client().writeAndFlush(Rig.text("one "))); // after which a close waits for the peer
        Waits.get(sender.writeAndFlush(((AbstractVmciChannel) pair.client()).fd()));
        Waits.get(pair.client().close());
        int fd = received.descriptor().intValue();
        Recorder saw = new Recorder();
        var taken = new Bootstrap().group(rig.group).channelFactory(() -> new VmciDomainSocketChannel(fd)).handler(saw)
                .register();
        Waits.get(taken);
        Waits.get(taken.channel().writeAndFlush(Rig.text("two")));
        pair.serverSaw().awaitBytes(7);
        assertEquals("one two", pair.serverSaw().text());
        pair.server().writeAndFlush(Rig.text("three"));
        saw.awaitBytes(5);
        Waits.get(taken.channel().close());
        Waits.get(pair.serverSaw().inactive);
    }

    /** The channel may have another event loop than the one that sends, and close there at any time. */
    @Test
    void shouldLeaveAConnectionToWhomItWasSentIfItClosesWhileItIsSent() throws Exception {
        listen(receiver(DomainSocketReadMode.FILE_DESCRIPTORS));
        Rig.Pair pair = rig.pairWith(new UnixFamily() {
            @Override
            boolean closeTellsPeer() {
                return false;
            }
        });
        FileDescriptor given = ((AbstractVmciChannel) pair.client()).fd();
        Channel sender = connect(rig.client(new Recorder(), new UnixFamily() {
            @Override
            int sendDescriptor(int fd, int passed) {
                int result = super.sendDescriptor(fd, passed);
                try {
                    given.close();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
                return result;
            }
        }));
        Waits.get(sender.writeAndFlush(given));
        FileDescriptor copy = received.descriptor();
        ByteBuffer hello = ByteBuffer.allocateDirect(5).put("hello".getBytes(StandardCharsets.UTF_8)).flip();
        assertEquals(5, copy.write(hello, 0, 5));
        pair.serverSaw().awaitBytes(5);
        close(copy);
    }

    /** What was not sent is closed as ever, with a word to its peer. */
    @Test
    void shouldNotTakeAConnectionForSentThatWasNot() throws Exception {
        Rig.Pair given = rig.pair();
        Rig.Pair pair = rig.pairWith(new UnixFamily() {
            @Override
            int sendDescriptor(int fd, int passed) {
                return -NativeConstants.ETOOMANYREFS;
            }
        });
        NativeSocket socket = ((AbstractVmciChannel) given.client()).socket;
        Waits.failure(pair.client().writeAndFlush(socket));
        assertFalse(socket.isShared());
    }

    /** A broker accepts, and a worker serves: AF_VSOCK connections in the test VM. */
    @Test
    void shouldLetAWorkerServeWhatABrokerAccepts() throws Exception {
        try (Rig worker = new Rig()) {
            var bound = worker.server(() -> new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    int fd = ((FileDescriptor) message).intValue();
                    new Bootstrap().group(ctx.channel().eventLoop()).handler(Rig.echo())
                            .channelFactory(() -> TestFamily.CURRENT == TestFamily.VSOCK ? new VmciChannel(fd)
                                    : new VmciDomainSocketChannel(fd)).register();
                }
            }, TestFamily.UNIX).childOption(UnixChannelOption.DOMAIN_SOCKET_READ_MODE,
                    DomainSocketReadMode.FILE_DESCRIPTORS).bind(TestFamily.UNIX.newAddress());
            Waits.get(bound);
            server = bound.channel();
            Channel toWorker = connect();
            worker.accepted(); // else its descriptor comes after the others were counted
            Channel broker = rig.listen(rig.server(Rig::echo).handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    FileDescriptor accepted = ((AbstractVmciChannel) message).fd();
                    toWorker.writeAndFlush(accepted).addListener(sent -> accepted.close());
                }
            }));
            int before = Descriptors.count();
            List<Channel> clients = new ArrayList<>();
            List<Recorder> saw = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                saw.add(new Recorder());
                clients.add(rig.connect(rig.client(saw.get(i)), broker));
                ChannelFuture written = clients.get(i).writeAndFlush(Rig.text("hello " + i));
                if (i % 2 == 0) { // such a client may have ended before the worker sees it
                    Waits.get(written);
                    Waits.get(((AbstractVmciStreamChannel) clients.get(i)).shutdownOutput());
                }
            }
            for (int i = 0; i < 10; i++) {
                saw.get(i).awaitBytes(7);
                assertEquals("hello " + i, saw.get(i).text());
                Waits.get(clients.get(i).close());
            }
            Descriptors.awaitCount(before);
        }
    }

    @Test
    void shouldSayWhatItHadNoRoomFor() throws Exception {
        assertEquals("descriptors: 0 received, and others lost (expected: room for all); close some, or raise the limit"
                + " (ulimit -n)\nreceived the next one", ChildJvm.run(Crowded.class, 400).strip());
    }

    /** Uses up its descriptors before it receives one. */
    static final class Crowded {

        public static void main(String[] args) throws Exception {
            DescriptorsTest test = new DescriptorsTest();
            test.start();
            test.listen(test.receiver(DomainSocketReadMode.FILE_DESCRIPTORS)
                    .childOption(ChannelOption.AUTO_READ, false));
            Channel sender = test.connect();
            Channel receiver = test.rig.accepted();
            FileDescriptor[] pipe = FileDescriptor.pipe();
            List<FileDescriptor> all = new ArrayList<>();
            // The JVM opens files for a moment, and the number of one is free again when all the others are used up.
            while (test.received.failures.isEmpty()) {
                Waits.get(sender.writeAndFlush(pipe[0]));
                all.addAll(useUp());
                receiver.read();
                Waits.until("received or not",
                        () -> !test.received.messages.isEmpty() || !test.received.failures.isEmpty());
                if (!test.received.messages.isEmpty()) {
                    all.add(test.received.descriptor());
                }
            }
            String failure = test.received.failure();
            close(all.toArray(FileDescriptor[]::new));
            System.out.println(failure);
            Waits.get(sender.writeAndFlush(pipe[0]));
            receiver.read();
            close(test.received.descriptor());
            System.out.println("received the next one");
            test.stop();
        }

        private static List<FileDescriptor> useUp() {
            List<FileDescriptor> all = new ArrayList<>();
            try {
                for (;;) {
                    all.add(new FileDescriptor(NativeSocket.create(UnixFamily.INSTANCE).intValue()));
                }
            } catch (ChannelException limit) {
                return all;
            }
        }
    }
}
