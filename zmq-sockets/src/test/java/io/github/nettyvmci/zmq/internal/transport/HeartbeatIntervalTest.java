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
package io.github.nettyvmci.zmq.internal.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.ZmqSocketType;
import org.junit.jupiter.api.Test;

import java.time.Duration;

/** Which transports have heartbeats on by default, that is without HEARTBEAT_IVL. */
class HeartbeatIntervalTest {

    @Test
    void shouldBeAskedForWhereNoKernelTellsOfTheEnd() {
        ZmqOptions options = ZmqOptions.defaults(ZmqSocketType.PUSH);
        Duration often = Duration.ofSeconds(10);
        for (String endpoint : new String[] {"vmci://2:5", "vsock://2:5"}) {
            assertEquals(often, new VmciTransport().parseBind(endpoint, options).heartbeatInterval());
            assertEquals(often, new VmciTransport().parseConnect(endpoint, options).heartbeatInterval());
        }
        assertEquals(often, new HybridTransport().parseBind("vsock+unix:///x:5", options).heartbeatInterval());
        assertEquals(often, new HybridTransport().parseConnect("vsock+unix:///x:5", options).heartbeatInterval());
        assertEquals(Duration.ZERO, new TcpTransport().parseConnect("tcp://1.2.3.4:5", options).heartbeatInterval());
        assertEquals(Duration.ZERO, new IpcTransport().parseConnect("ipc:///x", options).heartbeatInterval());
    }
}
