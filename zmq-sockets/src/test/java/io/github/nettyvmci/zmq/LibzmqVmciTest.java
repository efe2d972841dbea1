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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

/** With a libzmq that speaks {@code vmci://} (zmq_vmci(7)) or {@code vsock://} itself, without a bridge between. */
@EnabledIfEnvironmentVariable(named = "ZMQ_VMCI_LIBRARY", matches = ".+",
        disabledReason = "needs a libzmq with vmci:// or vsock://: script/tests/libzmq-vmci")
class LibzmqVmciTest {

    @ParameterizedTest
    @ValueSource(strings = {"vmci", "vsock"})
    @Timeout(600)
    void shouldTalkToEveryType(String scheme) throws Exception {
        try (Side.Maker ours = new OurSide.Maker(); PythonSide.Maker python = new PythonSide.Maker()) {
            assertTrue(python.has("vmci") || python.has("vsock"), python.version()
                    + " has neither vmci nor vsock (expected: ZMQ_VMCI_LIBRARY names one that has, see CONTRIBUTING)");
            assumeTrue(python.has(scheme), python.version() + " has no " + scheme + "://");
            List<InteropMatrix.Result> results = InteropMatrix.run(ours, new Dialling(python, scheme), "vmci");
            List<InteropMatrix.Result> failed = results.stream().filter(result -> result.failure() != null).toList();
            System.out.println(python.version() + ' ' + scheme + "://, " + (results.size() - failed.size()) + " of "
                    + results.size() + " pairs of socket types");
            assertEquals(42, results.size());
            assertTrue(failed.isEmpty(), failed.toString());
        }
    }

    /** Makes sockets that use their own scheme, and reach this machine through the CID of the fixture. */
    private record Dialling(Side.Maker maker, String scheme) implements Side.Maker {

        private String own(String endpoint) {
            return scheme + endpoint.substring("vmci".length());
        }

        @Override
        public String version() throws Exception {
            return maker.version();
        }

        @Override
        public Side open(ZmqSocketType type) throws Exception {
            Side side = maker.open(type);
            return new Side() {
                @Override
                public void set(String option, Object value) throws Exception {
                    side.set(option, value);
                }

                @Override
                public String bind(String endpoint) throws Exception {
                    String bound = side.bind(own(endpoint));
                    return "vmci" + bound.substring(scheme.length());
                }

                @Override
                public void connect(String endpoint) throws Exception {
                    side.connect(own(TestFamily.dial(endpoint)));
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
                }
            };
        }

        @Override
        public void close() throws IOException {
            maker.close();
        }
    }
}
