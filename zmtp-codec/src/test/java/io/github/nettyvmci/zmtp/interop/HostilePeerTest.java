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
package io.github.nettyvmci.zmtp.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.ZapRequest;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpHandshakeFailed;
import io.github.nettyvmci.zmtp.ZmtpLimitException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpMetadata;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.CurveMechanism;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.internal.PlatformDependent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Peers that mean harm, over real sockets. Whatever they do, their connection is closed once and for a typed reason,
 * and the server serves the next peer.
 */
@Timeout(180) // longer than any of the waits within, which say more
class HostilePeerTest {

    private static final int MANY = 1000;
    private static final int MEMORY_LIMIT = 16 << 10;

    /** Of peers that may not be given up, however slow the machine is. */
    private static final ZmtpLimits PATIENT = ZmtpLimits.builder().greetingTimeout(Duration.ofMinutes(10))
            .handshakeTimeout(Duration.ofMinutes(10)).build();

    private static final CurveKeyPair KEYS = CurveKeyPair.generate();
    private static final byte[] GREETING = greeting("NULL");
    private static final byte[] READY = command("READY", property("Socket-Type", "DEALER".getBytes(
            StandardCharsets.US_ASCII)));

    /** The requests that wait for an answer, which a real authenticator would hold on to. */
    private static final Queue<CompletableFuture<ZapReply>> QUESTIONS = new ConcurrentLinkedQueue<>();

    private static final ResourceLeakDetector.Level LEVEL = ResourceLeakDetector.getLevel();

    private final List<SocketChannel> attackers = new CopyOnWriteArrayList<>();
    private Endpoint server;
    private String endpoint;

    private void serve(ZmtpCodecBuilder builder) throws InterruptedException {
        server = new Endpoint(true, builder, false);
        endpoint = server.bind();
    }

    private static ZmtpCodecBuilder dealer(ZmtpLimits limits) {
        return ZmtpCodec.builder(ZmtpSocketType.DEALER).limits(limits);
    }

    /** Closes everything, also after a test that did not end in time. */
    @AfterEach
    void close() throws IOException {
        ResourceLeakDetector.setLevel(LEVEL);
        QUESTIONS.clear();
        for (SocketChannel attacker : attackers) {
            attacker.close();
        }
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private SocketChannel attack(byte[]... octets) throws IOException {
        SocketChannel attacker = SocketChannel.open(UnixDomainSocketAddress.of(URI.create(endpoint).getPath()));
        attackers.add(attacker);
        for (byte[] piece : octets) {
            write(attacker, piece);
        }
        return attacker;
    }

    private static void write(SocketChannel attacker, byte[] octets) throws IOException {
        for (ByteBuffer left = ByteBuffer.wrap(octets); left.hasRemaining();) {
            attacker.write(left);
        }
    }

    /** Writes as long as the victim lets us. */
    private static void writeUntilClosed(SocketChannel attacker, byte[] octets) {
        try {
            write(attacker, octets);
        } catch (IOException e) {
            assertTrue(attacker.isOpen(), "closed by ourselves");
        }
    }

    private static byte[] greeting(String mechanism) {
        return ByteBuffer.allocate(64).put((byte) 0xff).putLong(1).put((byte) 0x7f).put((byte) 3).put((byte) 1)
                .put(mechanism.getBytes(StandardCharsets.US_ASCII)).array();
    }

    private static byte[] property(String name, byte[] value) {
        return ByteBuffer.allocate(5 + name.length() + value.length).put((byte) name.length())
                .put(name.getBytes(StandardCharsets.US_ASCII)).putInt(value.length).put(value).array();
    }

    private static byte[] command(String name, byte[] data) {
        int length = 1 + name.length() + data.length;
        ByteBuffer command = ByteBuffer.allocate(9 + length);
        if (length > 255) {
            command.put((byte) 6).putLong(length);
        } else {
            command.put((byte) 4).put((byte) length);
        }
        command.put((byte) name.length()).put(name.getBytes(StandardCharsets.US_ASCII)).put(data);
        return Arrays.copyOf(command.array(), command.position());
    }

    private static byte[] repeat(byte[] octets, int times) {
        ByteBuffer all = ByteBuffer.allocate(octets.length * times);
        for (int i = 0; i < times; i++) {
            all.put(octets);
        }
        return all.array();
    }

    /** An honest peer comes and is heard. Connections that are still in its way are passed over. */
    private void assertServes(ZmtpCodecBuilder honest) throws Exception {
        try (Endpoint client = new Endpoint(true, honest, false)) {
            client.connect(endpoint);
            Connection ours = client.connection();
            ours.completed();
            ours.channel().writeAndFlush(ZmtpMessage.ofText("hello")).sync();
            Connection theirs = server.connection();
            while (!theirs.settles()) {
                theirs = server.connection();
            }
            ZmtpMessage message = theirs.receive();
            assertEquals("hello", message.text(0));
            message.release();
        }
    }

    private void assertServes() throws Exception {
        assertServes(dealer(PATIENT));
    }

    private static void assertLimit(String option, ZmtpException e) {
        assertEquals(ZmtpError.LIMIT_EXCEEDED, e.error());
        assertInstanceOf(ZmtpLimitException.class, e);
        assertTrue(e.getMessage().contains(option), e.getMessage());
    }

    @Test
    void shouldCloseAThousandConnectionsThatNeverFinishTheGreeting() throws Exception {
        serve(dealer(ZmtpLimits.builder().handshakeTimeout(Duration.ofSeconds(2)).build()));
        for (int i = 0; i < MANY; i++) {
            attack(Arrays.copyOf(GREETING, i % GREETING.length));
        }
        List<Connection> victims = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            victims.add(server.connection());
        }
        server.use(dealer(PATIENT)); // an honest peer may be slow
        assertServes(); // while they are there
        for (Connection victim : victims) {
            assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, victim.failure().error());
        }
        assertServes();
    }

    @Test
    void shouldNotBeKeptByAPeerThatIsSlowButNeverSilent() throws Exception {
        serve(dealer(ZmtpLimits.builder().handshakeTimeout(Duration.ofSeconds(1)).build()));
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            SocketChannel attacker = attack();
            int[] sent = {0};
            timer.scheduleAtFixedRate(() -> writeUntilClosed(attacker, new byte[] {GREETING[sent[0]++]}), 0, 20,
                    TimeUnit.MILLISECONDS);
            assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, server.connection().failure().error());
        } finally {
            timer.shutdownNow();
        }
        server.use(dealer(PATIENT));
        assertServes();
    }

    @ParameterizedTest
    @CsvSource({"1, 5", "7, 5", "12, 5", "13, 30"})
    void shouldGiveFiveSecondsForTheGreetingAndThirtyInAll(int octetsPerSecond, int expected) {
        EmbeddedChannel channel = new EmbeddedChannel();
        List<ZmtpException> failures = new ArrayList<>();
        channel.freezeTime();
        ChannelInboundHandlerAdapter receiver = new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                failures.add(((ZmtpHandshakeFailed) event).cause());
            }
        };
        channel.pipeline().addLast(ZmtpCodec.builder(ZmtpSocketType.DEALER).build(), receiver);
        byte[] octets = ByteBuffer.allocate(GREETING.length + 400).put(GREETING).put((byte) 6).putLong(8000).array();
        int seconds = 0;
        for (int at = 0; channel.isOpen(); at += octetsPerSecond, seconds++) {
            channel.writeInbound(Unpooled.copiedBuffer(octets, at, octetsPerSecond));
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runPendingTasks();
        }
        assertEquals(expected, seconds);
        assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, failures.get(0).error());
        assertEquals(1, failures.size());
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 63, -1, Long.MAX_VALUE, 1L << 40, (64L << 20) + 1})
    void shouldCloseAPeerThatAnnouncesAnEnormousFrame(long length) throws Exception {
        serve(ZmtpCodec.builder(ZmtpSocketType.DEALER));
        attack(GREETING, READY, ByteBuffer.allocate(9).put((byte) 2).putLong(length).array());
        assertLimit("maxFrameLength", server.connection().failure());
        assertServes();
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 63, -1, 1L << 40, 8193})
    void shouldCloseAPeerThatAnnouncesAnEnormousCommandInTheHandshake(long length) throws Exception {
        serve(ZmtpCodec.builder(ZmtpSocketType.DEALER));
        attack(GREETING, ByteBuffer.allocate(9).put((byte) 6).putLong(length).array());
        assertLimit("maxCommandLength", server.connection().failure());
        assertServes();
    }

    @Test
    void shouldNotAllocateWhatIsOnlyAnnounced() throws Exception {
        serve(ZmtpCodec.builder(ZmtpSocketType.DEALER));
        int count = 100;
        long before = PlatformDependent.usedDirectMemory();
        for (int i = 0; i < count; i++) {
            SocketChannel attacker = attack(GREETING, READY,
                    ByteBuffer.allocate(19).put((byte) 2).putLong(64 << 20).array());
            attacker.shutdownOutput();
        }
        long held = 0;
        for (int i = 0; i < count; i++) {
            Connection victim = server.connection();
            victim.completed();
            held = Math.max(held, PlatformDependent.usedDirectMemory() - before);
            victim.awaitClosed();
            assertEquals(0, victim.waiting());
        }
        assertTrue(held < 64 << 20, held + " octets for " + count + " announcements of 64 MiB");
        assertServes();
    }

    @Test
    void shouldCloseAPeerThatNeverEndsItsMessage() throws Exception {
        serve(ZmtpCodec.builder(ZmtpSocketType.DEALER)
                .limits(ZmtpLimits.builder().maxMessageLength(4 << 20).build()));
        SocketChannel attacker = attack(GREETING, READY);
        writeUntilClosed(attacker, repeat(new byte[] {1, 1, 'a'}, 100_000));
        Connection victim = server.connection();
        assertLimit("maxMessageLength", victim.failure());
        assertEquals(0, victim.waiting());
        assertServes();
    }

    @Test
    void shouldTakeAHundredThousandTinyMessages() throws Exception {
        serve(ZmtpCodec.builder(ZmtpSocketType.DEALER));
        SocketChannel attacker = attack(GREETING, READY);
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> writeUntilClosed(attacker,
                repeat(new byte[] {0, 0}, 100_000)));
        Connection victim = server.connection();
        for (int i = 0; i < 100_000; i++) {
            ZmtpMessage message = victim.receive();
            assertEquals(0, message.length());
            message.release();
        }
        sent.get(60, TimeUnit.SECONDS);
        assertFalse(victim.hasFailed());
        assertServes();
    }

    @Test
    void shouldCloseAPeerThatFloodsWithPings() throws Exception {
        serve(ZmtpCodec.builder(ZmtpSocketType.DEALER));
        SocketChannel attacker = attack(GREETING, READY);
        writeUntilClosed(attacker, repeat(command("PING", new byte[2]), 100_000));
        assertLimit("maxPingsPerSecond", server.connection().failure());
        assertServes();
    }

    @Test
    void shouldNotQueuePongsForAPeerThatReadsNone() throws Exception {
        serve(dealer(ZmtpLimits.builder().maxPingsPerSecond(Integer.MAX_VALUE).build()));
        SocketChannel attacker = attack(GREETING, READY);
        write(attacker, repeat(command("PING", new byte[18]), 50_000)); // with a context of 16: 1 MB to answer
        write(attacker, new byte[] {0, 3, 'e', 'n', 'd'});
        Connection victim = server.connection();
        ZmtpMessage end = victim.receive();
        assertEquals("end", end.text(0));
        end.release();
        long waiting = victim.channel().eventLoop().submit(
                () -> victim.channel().unsafe().outboundBuffer().totalPendingWriteBytes()).get(60, TimeUnit.SECONDS);
        assertTrue(waiting <= 128 << 10, waiting + " octets of PONGs wait");
        assertFalse(victim.hasFailed());
        assertServes();
    }

    private static CompletableFuture<ZapReply> neverAnswer(ZapRequest request) {
        CompletableFuture<ZapReply> question = new CompletableFuture<>();
        QUESTIONS.add(question);
        return question;
    }

    /** How far a peer goes without authenticating. */
    enum Stage {
        /** Says nothing. */
        SILENT(ZmtpCodec.builder(ZmtpSocketType.DEALER)),
        /** All of the greeting but one octet. */
        GREETING_BUT_ONE(ZmtpCodec.builder(ZmtpSocketType.DEALER), Arrays.copyOf(GREETING, 63)),
        /** All but one octet of the longest identity of ZMTP 1.0. */
        OLD_IDENTITY(ZmtpCodec.builder(ZmtpSocketType.DEALER), new byte[] {(byte) 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 0},
                new byte[254]),
        /** All of the longest READY but one octet. */
        READY_BUT_ONE(ZmtpCodec.builder(ZmtpSocketType.DEALER), GREETING,
                ByteBuffer.allocate(9 + 8191).put((byte) 6).putLong(8192).array()),
        /** As many octets as are held while an authenticator that never answers is asked. */
        ASKED(ZmtpCodec.builder(ZmtpSocketType.DEALER).zapHandler(HostilePeerTest::neverAnswer), GREETING,
                READY, ByteBuffer.allocate(ZmtpLimits.defaults().maxUnauthenticatedBytes() - (READY.length - 2))
                        .put((byte) 2).putLong(1 << 20).array()),
        /** The longest READY, kept while an authenticator that never answers is asked. */
        READY_ASKED(ZmtpCodec.builder(ZmtpSocketType.DEALER).zapHandler(HostilePeerTest::neverAnswer), GREETING,
                ByteBuffer.allocate(9 + 8192).put((byte) 6).putLong(8192).put(command("READY", new byte[0]), 2, 6)
                        .array()),
        /** CURVE, all of the longest INITIATE but one octet. */
        INITIATE_BUT_ONE(ZmtpCodec.builder(ZmtpSocketType.DEALER).mechanism(CurveMechanism.server(KEYS)),
                greeting("CURVE"), curveHello(), ByteBuffer.allocate(9 + 8448).put((byte) 6).putLong(8449).array()) {
            @Override
            void await(SocketChannel attacker, int piece) throws IOException {
                if (piece == 2) { // an INITIATE that does not wait for WELCOME is refused
                    ByteBuffer answer = ByteBuffer.allocate(64 + 2 + 168);
                    while (answer.hasRemaining()) {
                        assertTrue(attacker.read(answer) > 0, "closed by the server");
                    }
                }
            }
        },
        /** CURVE, the longest INITIATE, while an authenticator that never answers is asked; then half a header. */
        INITIATE_ASKED(ZmtpCodec.builder(ZmtpSocketType.DEALER).mechanism(CurveMechanism.server(KEYS))
                .zapHandler(HostilePeerTest::neverAnswer)) {
            @Override
            int talk(SocketChannel attacker) throws IOException {
                int sent = initiate(attacker);
                write(attacker, new byte[] {6, 0, 0, 0, 0, 0, 0, 0x21});
                return sent + 8;
            }
        };

        private final ZmtpCodecBuilder builder;
        private final byte[][] octets;

        Stage(ZmtpCodecBuilder builder, byte[]... octets) {
            this.builder = builder;
            this.octets = octets;
        }

        /** Waits for what the victim says before such a piece. */
        void await(SocketChannel attacker, int piece) throws IOException {
        }

        /** Says everything, and returns how many octets that were. */
        int talk(SocketChannel attacker) throws IOException {
            for (int i = 0; i < octets.length; i++) {
                await(attacker, i);
                write(attacker, octets[i]);
            }
            return Arrays.stream(octets).mapToInt(piece -> piece.length).sum();
        }
    }

    /** Does the whole of an honest client's part in the handshake, with as much metadata as is allowed. */
    private static int initiate(SocketChannel attacker) throws IOException {
        int others = property("Socket-Type", new byte[6]).length + property("Identity", new byte[0]).length;
        byte[] value = new byte[8192 - others - property("X-long", new byte[0]).length];
        EmbeddedChannel client = new EmbeddedChannel(ZmtpCodec.builder(ZmtpSocketType.DEALER)
                .mechanism(CurveMechanism.client(CurveKeyPair.generate(), KEYS.publicKey()))
                .properties(ZmtpMetadata.builder().add("X-long", value).build()).build());
        ByteBuffer in = ByteBuffer.allocate(512);
        int sent = 0;
        while (sent < 8192) {
            for (ByteBuf out = client.readOutbound(); out != null; out = client.readOutbound()) {
                byte[] octets = new byte[out.readableBytes()];
                out.readBytes(octets).release();
                write(attacker, octets);
                sent += octets.length;
            }
            if (sent < 8192) {
                assertTrue(attacker.read(in.clear()) > 0, "closed by the server");
                client.writeInbound(Unpooled.copiedBuffer(in.flip()));
            }
        }
        client.finishAndReleaseAll();
        assertEquals(64 + 202 + 9 + 8449, sent);
        return sent;
    }

    /** Returns what an honest client sends after its greeting. */
    private static byte[] curveHello() {
        EmbeddedChannel client = new EmbeddedChannel(ZmtpCodec.builder(ZmtpSocketType.DEALER)
                .mechanism(CurveMechanism.client(KEYS, KEYS.publicKey())).build());
        client.writeInbound(Unpooled.wrappedBuffer(greeting("CURVE")));
        ByteBuf sent = Unpooled.buffer();
        for (ByteBuf out = client.readOutbound(); out != null; out = client.readOutbound()) {
            sent.writeBytes(out);
            out.release();
        }
        byte[] hello = new byte[sent.skipBytes(GREETING.length).readableBytes()];
        sent.readBytes(hello).release();
        client.finishAndReleaseAll();
        return hello;
    }

    @ParameterizedTest
    @EnumSource
    void shouldHoldLittleForAPeerThatDoesNotAuthenticate(Stage stage) throws Exception {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED); // its records would be counted
        serve(stage.builder.limits(PATIENT)); // none may be given up before all are there
        stage.talk(attack());
        server.connection(); // classes are loaded and pools are set up
        long heap = heapInUse();
        long direct = PlatformDependent.usedDirectMemory();
        List<Connection> victims = new ArrayList<>();
        int expected = 0;
        for (int i = 0; i < MANY; i++) {
            expected = stage.talk(attack());
            victims.add(server.connection());
        }
        for (Connection victim : victims) {
            victim.awaitOctets(expected);
        }
        long heapEach = (heapInUse() - heap) / MANY;
        long directEach = (PlatformDependent.usedDirectMemory() - direct) / MANY;
        System.out.printf("%s: %d octets sent, %d of heap and %d of direct memory held%n", stage, expected,
                heapEach, directEach);
        assertTrue(heapEach <= MEMORY_LIMIT, heapEach + " octets of heap a connection");
        assertTrue(directEach <= MEMORY_LIMIT, directEach + " octets of direct memory a connection");
        for (Connection victim : victims) {
            assertFalse(victim.hasFailed());
        }
    }

    /** Returns the heap in use, after as many garbage collections as still change it. */
    private static long heapInUse() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            System.gc();
            long now = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            if (now > used - 100_000) {
                return Math.min(now, used);
            }
            used = now;
        }
        return used;
    }
}
