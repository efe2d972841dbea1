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

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

/** Runs the tests of the patterns over vmci, only in the test VM, where a vsock may be connected. */
@Tag("vmci")
@EnabledIfEnvironmentVariable(named = "VMCI_TEST_VM", matches = "1", disabledReason = "runs in the test VM")
class VmciPatternsTest extends PatternsTest {

    @Override
    String endpoint() {
        return endpoint("vmci");
    }
}
