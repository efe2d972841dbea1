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
package io.github.nettyvmci.zmq.internal.endpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;

/** What is told of a failure to accept a connection. */
class AcceptFailuresTest {

    @ParameterizedTest
    @CsvSource({"accept(..) failed with error(-24): Too many open files,24", "Too many open files,24",
        "'accept(ipc:///x) failed: too many (EMFILE, errno 24); close some',24", "something else,0",
        "Too many open files in system,23"})
    void shouldFindTheErrorNumber(String message, int errno) {
        assertEquals(errno, AcceptFailures.errno(new IOException(message)));
    }

    @Test
    void shouldHaveNoNumberWithoutAMessage() {
        assertEquals(0, AcceptFailures.errno(new IOException()));
    }
}
