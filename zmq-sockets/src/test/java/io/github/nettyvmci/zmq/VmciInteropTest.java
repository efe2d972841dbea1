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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.VmciAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** With libzmq over AF_VSOCK. Debian's has no vmci://, so that socat carries its octets between ipc:// and AF_VSOCK. */
@Tag("vmci")
@EnabledIfEnvironmentVariable(named = "VMCI_TEST_VM", matches = "1", disabledReason = "runs in the test VM")
class VmciInteropTest {

    @Test
    @Timeout(600)
    void shouldTalkToEveryTypeOfLibzmq() throws Exception {
        assumeTrue(PythonSide.Maker.isAvailable(), "needs python3-zmq: apt-get install python3-zmq");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/socat")), "needs socat: apt-get install socat");
        try (Side.Maker ours = new OurSide.Maker(); Side.Maker theirs = new Bridged(new PythonSide.Maker())) {
            List<InteropMatrix.Result> results = InteropMatrix.run(ours, theirs, "vmci");
            assertEquals(42, results.size());
            List<InteropMatrix.Result> failed = results.stream().filter(result -> result.failure() != null).toList();
            assertTrue(failed.isEmpty(), failed.toString());
        }
    }

    /** Makes sockets that know only ipc, each with a bridge of its own to AF_VSOCK. */
    private record Bridged(Side.Maker maker) implements Side.Maker {

        @Override
        public String version() throws Exception {
            return maker.version();
        }

        @Override
        public Side open(ZmqSocketType type) throws Exception {
            return new BridgedSide(maker.open(type));
        }

        @Override
        public void close() throws IOException {
            maker.close();
        }
    }

    private static final class BridgedSide implements Side {

        private final Side side;
        private final List<Process> bridges = new ArrayList<>();

        BridgedSide(Side side) {
            this.side = side;
        }

        private void bridge(String from, String to) throws IOException {
            bridges.add(new ProcessBuilder("/usr/bin/socat", from, to).inheritIO().start());
        }

        @Override
        public void set(String option, Object value) throws Exception {
            side.set(option, value);
        }

        /** Starts a bridge; it need not listen yet, since clients try again until it does. */
        @Override
        public String bind(String endpoint) throws Exception {
            VmciAddress bound;
            try (ZmqContext context = ZmqContext.create()) { // finds a free port
                bound = VmciAddress.parse(context.open(ZmqSocketType.PULL).bind(endpoint));
            }
            String path = TestFamily.newPath();
            side.bind("ipc://" + path);
            bridge("VSOCK-LISTEN:" + bound.port() + ",fork", "UNIX-CONNECT:" + path);
            return "vmci://" + bound.cid() + ':' + bound.port();
        }

        @Override
        public void connect(String endpoint) throws Exception {
            VmciAddress address = VmciAddress.parse(TestFamily.dial(endpoint));
            String path = TestFamily.newPath();
            bridge("UNIX-LISTEN:" + path + ",fork", "VSOCK-CONNECT:" + address.cid() + ':' + address.port());
            side.connect("ipc://" + path);
        }

        @Override
        public void send(String... parts) throws Exception {
            side.send(parts);
        }

        @Override
        public List<String> receive(int millis) throws Exception {
            return side.receive(millis);
        }

        @Override
        public void close() throws IOException {
            side.close();
            for (Process bridge : bridges) {
                bridge.destroy();
                bridge.onExit().completeOnTimeout(null, 20, TimeUnit.SECONDS).join();
            }
        }
    }
}
