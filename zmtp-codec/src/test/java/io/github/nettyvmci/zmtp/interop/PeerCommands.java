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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The commands of a peer, one a line, each answered with one line:
 *
 * <pre>
 *  echo N            sends N messages back: "ok"
 *  flood N SIZE      sends N messages of SIZE octets, the first 8 their number: "ok"; before it "blocked K" if message
 *                    K could not be sent at once
 *  count N           receives N messages numbered like that: "ok", or what is wrong
 *  send PART...      sends one message of text: "ok"
 *  receive           receives one message of text: its parts between bars
 *  subscribe TOPIC   "ok"
 *  cancel TOPIC      "ok"
 *  event             libzmq only: the next handshake event of the monitor
 * </pre>
 *
 * <p>{@code peer.py} does the same. Runs in a class loader of its own, with nothing but the JDK beside it.
 */
abstract class PeerCommands implements AutoCloseable {

    abstract List<byte[]> receive() throws IOException;

    /** Sends, or returns {@code false} if that cannot be done at once. */
    abstract boolean trySend(byte[] message) throws IOException;

    /** Sends what {@link #trySend} could not. */
    void sendBlocked(byte[] message) throws IOException {
        send(List.of(message));
    }

    abstract void send(List<byte[]> message) throws IOException;

    abstract void subscribe(String topic, boolean on) throws IOException;

    @Override
    public abstract void close() throws IOException;

    final void run(BufferedReader in, PrintWriter out) throws IOException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            out.println(command(words, out));
            out.flush();
        }
    }

    private String command(String[] words, PrintWriter out) throws IOException {
        switch (words[0]) {
            case "echo":
                for (int i = Integer.parseInt(words[1]); i > 0; i--) {
                    send(receive());
                }
                return "ok";
            case "flood":
                flood(Integer.parseInt(words[1]), Integer.parseInt(words[2]), out);
                return "ok";
            case "count":
                return count(Integer.parseInt(words[1]));
            case "send":
                send(Arrays.stream(words).skip(1).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList());
                return "ok";
            case "receive":
                return String.join("|", receive().stream().map(part -> new String(part, StandardCharsets.UTF_8))
                        .toList());
            case "subscribe":
            case "cancel":
                subscribe(words[1], words[0].equals("subscribe"));
                return "ok";
            default:
                return "unknown command " + words[0];
        }
    }

    private void flood(int count, int size, PrintWriter out) throws IOException {
        boolean blocked = false;
        for (int i = 0; i < count; i++) {
            byte[] message = ByteBuffer.allocate(size).putLong(0, i).array();
            if (blocked) {
                send(List.of(message));
            } else if (!trySend(message)) {
                blocked = true;
                out.println("blocked " + i);
                out.flush();
                sendBlocked(message);
            }
        }
    }

    private String count(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            long number = ByteBuffer.wrap(receive().get(0)).getLong();
            if (number != i) {
                return "message " + number + " (expected: " + i + ')';
            }
        }
        return "ok";
    }
}
