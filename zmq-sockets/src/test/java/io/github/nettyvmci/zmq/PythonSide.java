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

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A socket of libzmq, in a process of its own that runs peer.py. */
final class PythonSide implements Side {

    private static int sockets;

    private final Maker maker;
    private final String name = "s" + sockets++;

    private PythonSide(Maker maker) {
        this.maker = maker;
    }

    /** A Python process that runs peer.py. */
    static final class Maker implements Side.Maker {

        private final Process process;
        private final BufferedReader answers;
        private final OutputStream commands;

        Maker() throws IOException {
            String script; // on the command line: a file would stay when this process is killed
            try (InputStream in = PythonSide.class.getResourceAsStream("peer.py")) {
                script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            process = new ProcessBuilder("/usr/bin/python3", "-c", script)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            commands = process.getOutputStream();
        }

        /** Returns whether this machine has Python with pyzmq. */
        static boolean isAvailable() throws Exception {
            if (!new File("/usr/bin/python3").canExecute()) {
                return false;
            }
            Process probe = new ProcessBuilder("/usr/bin/python3", "-c", "import zmq").redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return probe.waitFor(20, TimeUnit.SECONDS) && probe.exitValue() == 0;
        }

        @Override
        public String version() throws IOException {
            return text(call("version", ""));
        }

        /** Returns whether libzmq was built with a transport or mechanism. */
        boolean has(String capability) throws IOException {
            return text(call("has", "", capability)).equals("True");
        }

        @Override
        public PythonSide open(ZmqSocketType type) throws IOException {
            PythonSide side = new PythonSide(this);
            call("open", side.name, type.name());
            return side;
        }

        void passwords(String user, String password) throws IOException {
            call("passwords", "", new Raw("{" + quote(user) + ":" + quote(password) + "}"));
        }

        boolean isAlive() {
            return process.isAlive();
        }

        /** Kills the process with SIGKILL. */
        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        /** Returns what follows {@code "answer":}. */
        synchronized String call(Object... parts) throws IOException {
            StringBuilder line = new StringBuilder("[");
            for (Object part : parts) {
                line.append(line.length() > 1 ? "," : "")
                        .append(part instanceof String ? quote((String) part) : part);
            }
            commands.write(line.append("]\n").toString().getBytes(StandardCharsets.UTF_8));
            commands.flush();
            String answer = answers.readLine();
            if (answer == null || !answer.startsWith("{\"answer\": ")) {
                throw new IOException("peer.py: " + answer + " (expected: an answer to " + line.toString().trim()
                        + ')');
            }
            return answer.substring("{\"answer\": ".length(), answer.length() - 1);
        }

        @Override
        public void close() throws IOException {
            try {
                commands.close();
            } catch (IOException e) {
                // killed
            }
            process.onExit().completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
            process.destroyForcibly();
        }
    }

    /** JSON as it is. */
    private record Raw(String json) {
        @Override
        public String toString() {
            return json;
        }
    }

    private static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            out.append(c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : c);
        }
        return out.append('"').toString();
    }

    private static String text(String json) {
        return parse(json).get(0);
    }

    /** Reads a string or a list of strings. */
    private static List<String> parse(String json) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = null;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            if (part == null) {
                part = c == '"' ? new StringBuilder() : null;
            } else if (c == '"') {
                parts.add(part.toString());
                part = null;
            } else if (c != '\\') {
                part.append(c);
            } else if (json.charAt(++i) == 'u') {
                part.append((char) Integer.parseInt(json.substring(i + 1, i + 5), 16));
                i += 4;
            } else {
                int at = "nrtbf".indexOf(json.charAt(i));
                part.append(at < 0 ? json.charAt(i) : "\n\r\t\b\f".charAt(at));
            }
        }
        return parts;
    }

    @Override
    public void set(String option, Object value) throws IOException {
        maker.call("set", name, option, value);
    }

    @Override
    public String bind(String endpoint) throws IOException {
        return text(maker.call("bind", name, endpoint));
    }

    @Override
    public void monitor() throws IOException {
        maker.call("monitor", name);
    }

    @Override
    public List<String> event(int millis) throws IOException {
        String answer = maker.call("event", name, millis);
        return answer.equals("null") ? null : parse(answer);
    }

    @Override
    public void unbind(String endpoint) throws IOException {
        maker.call("unbind", name, endpoint);
    }

    @Override
    public void disconnect(String endpoint) throws IOException {
        maker.call("disconnect", name, endpoint);
    }

    @Override
    public void connect(String endpoint) throws IOException {
        maker.call("connect", name, endpoint);
    }

    @Override
    public void send(String... parts) throws IOException {
        maker.call("send", name, list(parts));
    }

    @Override
    public void offer(String... parts) throws IOException {
        maker.call("offer", name, list(parts));
    }

    @Override
    public List<String> take() throws IOException {
        return parse(maker.call("take", name));
    }

    private static Raw list(String... parts) {
        StringBuilder list = new StringBuilder("[");
        for (String part : parts) {
            list.append(list.length() > 1 ? "," : "").append(quote(part));
        }
        return new Raw(list.append(']').toString());
    }

    void flood(int messages) throws IOException {
        maker.call("flood", name, messages);
    }

    int count(int messages, int from) throws IOException {
        return Integer.parseInt(maker.call("count", name, messages, from));
    }

    @Override
    public List<String> receive(int millis) throws IOException {
        String answer = maker.call("receive", name, millis);
        return answer.equals("null") ? null : parse(answer);
    }

    @Override
    public void close() throws IOException {
        maker.call("close", name);
    }
}
