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
package io.github.nettyvmci.examples;

import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;

/**
 * Hello World with REQ and REP sockets and blocking calls; {@link HelloServer} is the same as a Netty pipeline.
 *
 * <p>Shows: a context, a socket, bind, connect, and that the receiver of a message releases it.
 *
 * <p>Run: {@code HelloSockets server [ENDPOINT]} (default {@code vmci://*:5555}) and
 * {@code HelloSockets client [ENDPOINT]} (default {@code vmci://2:5555}, the host).
 *
 * <p>Prints: the server its endpoint and every request; the client {@code Hello 1 -> World} three times.
 */
public final class HelloSockets {

    private static final int QUESTIONS = 3;

    private HelloSockets() {
    }

    /**
     * Serves until it is killed, or asks three times.
     *
     * @param args {@code server} or {@code client}, and the endpoint
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        boolean server = Arguments.role(args, "server", "client").equals("server");
        try (ZmqContext context = ZmqContext.create()) {
            if (server) {
                serve(context, Arguments.get(args, 1, "vmci://*:5555"));
            } else {
                ask(context, Arguments.get(args, 1, "vmci://2:5555"));
            }
        }
    }

    private static void serve(ZmqContext context, String endpoint) throws InterruptedException {
        ZmqSocket socket = context.open(ZmqSocketType.REP);
        System.out.println("listening on " + socket.bind(endpoint));
        while (true) {
            ZmtpMessage request = socket.receive();
            System.out.println("asked: " + request.text(0));
            request.release();
            socket.send("World");
        }
    }

    private static void ask(ZmqContext context, String endpoint) throws InterruptedException {
        ZmqSocket socket = context.open(ZmqSocketType.REQ);
        socket.connect(endpoint);
        for (int i = 1; i <= QUESTIONS; i++) {
            socket.send("Hello " + i);
            ZmtpMessage reply = socket.receive();
            System.out.println("Hello " + i + " -> " + reply.text(0));
            reply.release();
        }
    }
}
