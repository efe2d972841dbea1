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
package io.github.nettyvmci.transport;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VsockBuffersTest {

    @ParameterizedTest
    @ValueSource(strings = {"6.12.92", "6.12.100", "6.12.100+deb12-cloud-amd64", "6.12.95-1-default"})
    void shouldKnowTheKernelsThatCountPackets(String release) {
        assertTrue(VsockBuffers.countsPackets(release));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "6.12", "6.12.0-55-generic", "6.12.91", "6.12.101", "6.12.117+deb12-amd64", "6.1.95",
        "6.1.0-53-amd64", "16.12.95", "6.12.99999999999"})
    void shouldLeaveTheOthersAlone(String release) {
        assertFalse(VsockBuffers.countsPackets(release));
    }
}
