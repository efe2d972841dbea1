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

import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A socket of JeroMQ. */
final class JeroSide implements Side {

    private final ZMQ.Socket socket;

    private JeroSide(ZMQ.Socket socket) {
        this.socket = socket;
    }

    static final class Maker implements Side.Maker {

        private final ZContext context = new ZContext();

        @Override
        public String version() {
            return "JeroMQ " + ZMQ.getVersionString();
        }

        @Override
        public Side open(ZmqSocketType type) {
            ZMQ.Socket socket = context.createSocket(SocketType.valueOf(type.name()));
            socket.setSendTimeOut(10_000);
            socket.setLinger(0);
            // A connect of JeroMQ 0.6.0 sometimes sends no octet at all (zeromq/jeromq pull request 1022: its poller
            // takes over a cancelled key). Its handshake timer, 30 seconds by default, ends that and connects again.
            socket.setHandshakeIvl(1000);
            return new JeroSide(socket);
        }

        @Override
        public void close() {
            context.close();
        }
    }

    @Override
    public void set(String option, Object value) {
        byte[] octets = value.toString().getBytes(StandardCharsets.ISO_8859_1);
        switch (option) {
            case "SUBSCRIBE":
                socket.subscribe(octets);
                break;
            case "ROUTING_ID":
                socket.setIdentity(octets);
                break;
            default:
                throw new IllegalArgumentException(option);
        }
    }

    @Override
    public String bind(String endpoint) {
        if (!socket.bind(endpoint)) {
            throw new IllegalStateException(endpoint);
        }
        return socket.getLastEndpoint();
    }

    @Override
    public void connect(String endpoint) {
        socket.connect(endpoint);
    }

    @Override
    public void send(String... parts) {
        for (int i = 0; i < parts.length; i++) {
            byte[] octets = parts[i].getBytes(StandardCharsets.ISO_8859_1);
            if (!socket.send(octets, i < parts.length - 1 ? ZMQ.SNDMORE : 0)) {
                throw new IllegalStateException("errno " + socket.errno());
            }
        }
    }

    @Override
    public List<String> receive(int millis) {
        socket.setReceiveTimeOut(millis);
        byte[] part = socket.recv();
        if (part == null) {
            return null;
        }
        List<String> parts = new ArrayList<>();
        parts.add(new String(part, StandardCharsets.ISO_8859_1));
        while (socket.hasReceiveMore()) {
            parts.add(new String(socket.recv(), StandardCharsets.ISO_8859_1));
        }
        return parts;
    }

    @Override
    public void close() {
        socket.close();
    }
}
