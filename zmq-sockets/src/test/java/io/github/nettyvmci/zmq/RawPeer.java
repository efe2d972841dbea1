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

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The bare socket of a peer of ZMTP 3.1, on which a test sends octets of its own. */
final class RawPeer {

    private RawPeer() {
    }

    /** Connects, and sends the greeting and the handshake of a socket type. */
    static Socket connect(String endpoint, String type) throws IOException {
        URI uri = URI.create(endpoint);
        Socket socket = new Socket(uri.getHost(), uri.getPort());
        byte[] ready = ("\5READY\13Socket-Type\0\0\0" + (char) type.length() + type)
                .getBytes(StandardCharsets.US_ASCII);
        socket.getOutputStream().write(ByteBuffer.allocate(66 + ready.length).put((byte) 0xff).putLong(1)
                .put((byte) 0x7f).put((byte) 3).put((byte) 1).put("NULL".getBytes(StandardCharsets.US_ASCII))
                .position(64).put((byte) 4).put((byte) ready.length).put(ready).array());
        return socket;
    }

    /** Sends messages of one short part each, all by one write. */
    static void send(Socket socket, String... messages) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String message : messages) {
            byte[] octets = message.getBytes(StandardCharsets.US_ASCII);
            out.write(0);
            out.write(octets.length);
            out.write(octets);
        }
        out.writeTo(socket.getOutputStream());
    }
}
