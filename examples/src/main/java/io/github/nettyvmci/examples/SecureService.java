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
import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.Z85;
import io.github.nettyvmci.zmtp.security.ZapHandlers;

import java.util.List;

/**
 * An encrypted service that only some virtual machines may use.
 *
 * <p>Shows: CURVE, and an authenticator (ZAP) that checks two things: the CID the kernel reports for the peer, which
 * nobody in a virtual machine can forge, and the client's key. With {@code ipc://} the address is a text that begins
 * with {@code localhost}, with {@code tcp://} it is the IP address.
 *
 * <p>Run: {@code SecureService server CLIENT_PUBLIC_KEY [ENDPOINT [ADDRESS...]]} (default {@code vmci://*:5561 3}: the
 * virtual machine with CID 3) and {@code SecureService client SERVER_PUBLIC_KEY CLIENT_SECRET_KEY [ENDPOINT]} (default
 * {@code vmci://2:5561}). {@code script/zmq keygen} makes the client's keys; the server makes its own.
 *
 * <p>Prints: the server {@code public key KEY}, its endpoint, {@code asked: ...}, and {@code refused: ...} for a peer
 * it does not admit; the client {@code Hello -> World, and nobody else could read it}, or {@code refused: ...}, and
 * then it ends with 1.
 */
public final class SecureService {

    private SecureService() {
    }

    /**
     * Serves until it is killed, or asks once.
     *
     * @param args see the description of the class
     * @throws InterruptedException if the thread of the server is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        String role = Arguments.role(args, "server", "client");
        boolean server = role.equals("server");
        if (args.length < (server ? 2 : 3)) {
            System.err.println(role + ": keys missing (expected: " + (server ? "CLIENT_PUBLIC_KEY)"
                    : "SERVER_PUBLIC_KEY CLIENT_SECRET_KEY)") + "; script/zmq keygen makes a pair");
            System.exit(2);
        }
        if (server) {
            List<String> addresses = args.length > 3 ? List.of(args).subList(3, args.length) : List.of("3");
            serve(args[1], Arguments.get(args, 2, "vmci://*:5561"), addresses);
        } else {
            ask(args[1], args[2], Arguments.get(args, 3, "vmci://2:5561"));
        }
    }

    private static void serve(String clientKey, String endpoint, List<String> addresses) throws InterruptedException {
        CurveKeyPair keys = CurveKeyPair.generate();
        ZapHandler who = ZapHandlers.allOf(ZapHandlers.addresses(addresses), ZapHandlers.curveKeys(List.of(clientKey)));
        try (ZmqContext context = ZmqContext.builder().zapHandler(who).build()) {
            ZmqSocket socket = context.builder(ZmqSocketType.REP).curveServer(keys).open();
            socket.onEvent(event -> {
                if (event.kind() == ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH) {
                    System.out.println("refused: " + Endpoint.of(event.remote()));
                }
            });
            System.out.println("public key " + keys.publicKeyText());
            System.out.println("listening on " + socket.bind(endpoint));
            while (true) {
                ZmtpMessage request = socket.receive();
                System.out.println("asked: " + request.text(0));
                request.release();
                socket.send("World");
            }
        }
    }

    private static void ask(String serverKey, String secretKey, String endpoint) throws InterruptedException {
        Thread asking = Thread.currentThread();
        try (ZmqContext context = ZmqContext.create()) {
            ZmqSocket socket = context.builder(ZmqSocketType.REQ)
                    .curveClient(CurveKeyPair.ofSecret(Z85.decode(secretKey)), Z85.decode(serverKey)).open();
            socket.onEvent(event -> {
                if (event.kind() == ZmqEvent.Kind.GAVE_UP) { // refused for good; else the socket tries again
                    System.out.println("refused: " + event.cause().getMessage());
                    asking.interrupt();
                }
            });
            socket.connect(endpoint);
            socket.send("Hello");
            ZmtpMessage reply = socket.receive();
            System.out.println("Hello -> " + reply.text(0) + ", and nobody else could read it");
            reply.release();
        } catch (InterruptedException e) {
            System.exit(1);
        }
    }
}
