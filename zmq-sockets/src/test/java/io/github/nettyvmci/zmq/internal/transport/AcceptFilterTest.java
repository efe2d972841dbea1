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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.ZmqSocketType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;
import java.util.List;

/** Which peers the filters of a bind accept. */
class AcceptFilterTest {

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.1, true", "127.0.0.1, 127.0.0.2, false", "127.0.0.2/31, 127.0.0.3, true",
        "127.0.0.2/31, 127.0.0.4, false", "0.0.0.0/0, 8.8.8.8, true", "0.0.0.0/0, ::1, false", "::1, ::1, true",
        "fe80::/10, febf::1, true", "fe80::/10, fec0::1, false", "10.0.0.0/9, 10.128.0.0, false"})
    void shouldCompareNetworksBitByBit(String network, String peer, boolean admitted) throws Exception {
        ZmqOptions options = ZmqOptions.defaults(ZmqSocketType.PULL).with(ZmqOption.TCP_ACCEPT_FILTER,
                List.of("192.0.2.0/24", network));
        assertEquals(admitted, AcceptFilter.admits(options, InetAddress.getByName(peer)));
        assertTrue(AcceptFilter.admits(options, InetAddress.getByName("192.0.2.255")));
        assertTrue(AcceptFilter.admits(options.with(ZmqOption.TCP_ACCEPT_FILTER, List.of()),
                InetAddress.getByName(peer)));
    }
}
