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
package io.github.nettyvmci.zmq;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** A socket of this project. */
final class OurSide implements Side {

    final ZmqSocket socket;
    private ZmqMonitor monitor;

    OurSide(ZmqSocket socket) {
        this.socket = socket;
    }

    static final class Maker implements Side.Maker {

        private final ZmqContext context = ZmqContext.create();

        @Override
        public String version() {
            return "ours";
        }

        @Override
        public Side open(ZmqSocketType type) {
            return new OurSide(context.open(type));
        }

        @Override
        public void close() {
            context.close(Duration.ofSeconds(2));
        }
    }

    @Override
    public void set(String option, Object value) {
        socket.setOption(option, value.toString());
    }

    @Override
    public String bind(String endpoint) {
        return socket.bind(endpoint);
    }

    @Override
    public void connect(String endpoint) {
        socket.connect(TestFamily.dial(endpoint));
    }

    @Override
    public void monitor() {
        monitor = socket.monitor(1000);
    }

    @Override
    public List<String> event(int millis) throws InterruptedException {
        ZmqEvent event = monitor.poll(Duration.ofMillis(millis));
        return event == null ? null : List.of(event.kind().name(), "" + event.value());
    }

    @Override
    public void unbind(String endpoint) {
        socket.unbind(endpoint);
    }

    @Override
    public void disconnect(String endpoint) {
        socket.disconnect(endpoint);
    }

    @Override
    public void send(String... parts) throws InterruptedException {
        offer(SocketTest.SOON, parts);
    }

    @Override
    public void offer(String... parts) throws InterruptedException {
        offer(Duration.ZERO, parts);
    }

    private void offer(Duration timeout, String... parts) throws InterruptedException {
        ZmtpMessage message = message(parts);
        if (!socket.offer(message, timeout)) {
            message.release();
            throw new ZmqException(ZmqError.AGAIN, "full");
        }
    }

    @Override
    public List<String> take() throws InterruptedException {
        List<String> parts = receive(0);
        if (parts == null) {
            throw new ZmqException(ZmqError.AGAIN, "nothing");
        }
        return parts;
    }

    private static ZmtpMessage message(String... parts) {
        ByteBuf[] buffers = new ByteBuf[parts.length];
        for (int i = 0; i < parts.length; i++) {
            buffers[i] = Unpooled.wrappedBuffer(parts[i].getBytes(StandardCharsets.ISO_8859_1));
        }
        return ZmtpMessage.of(buffers);
    }

    @Override
    public List<String> receive(int millis) throws InterruptedException {
        ZmtpMessage message = socket.receive(Duration.ofMillis(millis));
        if (message == null) {
            return null;
        }
        try {
            return IntStream.range(0, message.partCount())
                    .mapToObj(i -> new String(message.bytes(i), StandardCharsets.ISO_8859_1)).toList();
        } finally {
            message.release();
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
