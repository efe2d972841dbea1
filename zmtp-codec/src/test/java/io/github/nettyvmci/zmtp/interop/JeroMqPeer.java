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

import org.zeromq.ZMQ;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A JeroMQ socket under {@link PeerCommands}. Compiled once, it runs with JeroMQ 0.6.0 and with 0.3.4, whose setters
 * have other types: those are called by name.
 */
public final class JeroMqPeer extends PeerCommands {

    private static final Map<String, Integer> TYPES = Map.of("SUB", 2, "DEALER", 5, "XPUB", 9);
    private static final int REP = 4;
    private static final int TIMEOUT_MILLIS = 60_000;

    private final ZMQ.Context context = ZMQ.context(1);
    private final ZMQ.Socket socket;
    private final String endpoint;

    private JeroMqPeer(Map<String, String> options) {
        boolean server = options.containsKey("server");
        if (server && !options.get("mechanism").equals("NULL")) {
            authenticate(options);
        }
        socket = newSocket(TYPES.get(options.get("type")));
        set("setLinger", 0);
        set("setReceiveTimeOut", TIMEOUT_MILLIS);
        set("setSendTimeOut", TIMEOUT_MILLIS);
        if (options.containsKey("hwm")) {
            set("setHWM", Integer.parseInt(options.get("hwm")));
        }
        if (options.containsKey("heartbeat")) {
            set("setHeartbeatIvl", Integer.parseInt(options.get("heartbeat")));
            set("setHeartbeatTimeout", TIMEOUT_MILLIS);
            set("setHeartbeatTtl", TIMEOUT_MILLIS);
        }
        secure(options, server);
        if (options.containsKey("handshake")) {
            set("setHandshakeIvl", Integer.parseInt(options.get("handshake")));
            set("setReconnectIVL", 600_000); // not within a test
        }
        if (options.containsKey("bind")) {
            endpoint = "tcp://127.0.0.1:" + socket.bindToRandomPort("tcp://127.0.0.1");
        } else {
            call(socket, "connect", options.get("connect"));
            endpoint = "connecting";
        }
    }

    @SuppressWarnings("deprecation") // the other method is not in 0.3.4
    private ZMQ.Socket newSocket(int type) {
        return context.socket(type);
    }

    private void secure(Map<String, String> options, boolean server) {
        switch (options.get("mechanism")) {
            case "PLAIN":
                if (server) {
                    set("setPlainServer", true);
                } else {
                    set("setPlainUsername", options.get("user"));
                    set("setPlainPassword", options.get("password"));
                }
                break;
            case "CURVE":
                set("setCurvePublicKey", key(options.get("public")));
                set("setCurveSecretKey", key(options.get("secret")));
                if (server) {
                    set("setCurveServer", true);
                } else {
                    set("setCurveServerKey", key(options.get("serverkey")));
                }
                break;
            default:
        }
    }

    private static byte[] key(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Called by the tests, across class loaders. */
    public static void run(Map<String, String> options, BufferedReader in, PrintWriter out) throws IOException {
        try (JeroMqPeer peer = new JeroMqPeer(options)) {
            out.println(peer.endpoint);
            out.flush();
            peer.run(in, out);
        }
    }

    /** ZAP: admits the one user, or the one key, of the options. */
    private void authenticate(Map<String, String> options) {
        ZMQ.Socket handler = newSocket(REP);
        handler.bind("inproc://zeromq.zap.01");
        Thread thread = new Thread(() -> {
            try {
                for (;;) {
                    List<byte[]> request = receive(handler);
                    List<byte[]> credentials = request.subList(6, request.size());
                    List<byte[]> admitted = options.get("mechanism").equals("PLAIN")
                            ? List.of(text(options.get("user")), text(options.get("password")))
                            : List.of(ZMQ.Curve.z85Decode(options.get("allowed")));
                    boolean ok = Arrays.deepEquals(credentials.toArray(), admitted.toArray());
                    send(handler, List.of(text("1.0"), request.get(1), text(ok ? "200" : "400"), text(""),
                            text(ok ? "peer" : ""), new byte[0]));
                }
            } catch (RuntimeException | IOException e) {
                handler.close(); // the context was terminated
            }
        }, "zap");
        thread.setDaemon(true);
        thread.start();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void set(String setter, Object value) {
        call(socket, setter, value);
    }

    private static void call(Object target, String name, Object argument) {
        for (Method method : target.getClass().getMethods()) {
            Class<?>[] types = method.getParameterTypes();
            if (method.getName().equals(name) && types.length == 1) {
                try {
                    if (argument instanceof Integer number && types[0] == long.class) {
                        method.invoke(target, number.longValue());
                        return;
                    }
                    if (types[0].isInstance(argument) || argument instanceof Integer && types[0] == int.class
                            || argument instanceof Boolean && types[0] == boolean.class) {
                        method.invoke(target, argument);
                        return;
                    }
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(name + '(' + argument + ')', e);
                }
            }
        }
        throw new IllegalStateException(name + '(' + argument + "): this JeroMQ has no such method");
    }

    private static List<byte[]> receive(ZMQ.Socket socket) throws IOException {
        List<byte[]> parts = new ArrayList<>();
        do {
            byte[] part = socket.recv(0);
            if (part == null) {
                throw new IOException("nothing received");
            }
            parts.add(part);
        } while (socket.hasReceiveMore());
        return parts;
    }

    private static void send(ZMQ.Socket socket, List<byte[]> message) throws IOException {
        for (int i = 0; i < message.size(); i++) {
            if (!socket.send(message.get(i), i < message.size() - 1 ? ZMQ.SNDMORE : 0)) {
                throw new IOException("not sent");
            }
        }
    }

    @Override
    List<byte[]> receive() throws IOException {
        return receive(socket);
    }

    @Override
    boolean trySend(byte[] message) {
        return socket.send(message, ZMQ.DONTWAIT);
    }

    @Override
    void send(List<byte[]> message) throws IOException {
        send(socket, message);
    }

    @Override
    void subscribe(String topic, boolean on) {
        call(socket, on ? "subscribe" : "unsubscribe", text(topic));
    }

    @Override
    public void close() {
        socket.close();
        context.term();
    }
}
