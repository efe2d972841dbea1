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
package io.github.nettyvmci.zmq.internal.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.LogRecords;
import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;

/** How often a socket logs the same event, and at which level. */
class EventLogTest {

    private static SocketEvent event(ZmqEvent.Kind kind, String endpoint, Throwable cause) {
        return new SocketEvent(kind, 0, endpoint, null, null, null, cause);
    }

    @Test
    void shouldWarnOfOneCauseOnceInAWhileAndCountTheRest() {
        AtomicLong now = new AtomicLong();
        EventLog log = new EventLog("s", now::get);
        ZmtpException cause = new ZmtpException(ZmtpError.MECHANISM_MISMATCH, "PLAIN (expected: NULL)");
        ZmqEvent.Kind failed = ZmqEvent.Kind.HANDSHAKE_FAILED_PROTOCOL;
        try (LogRecords records = LogRecords.ofSockets(Level.WARNING)) {
            for (int i = 0; i < 3; i++) {
                log.write(event(failed, "tcp://a", cause));
                log.write(event(ZmqEvent.Kind.DISCONNECTED, "tcp://a", cause));
            }
            assertEquals(1, records.lines().size());
            log.write(event(failed, "tcp://b", cause));
            log.write(event(failed, "tcp://a", new ZmtpException(ZmtpError.PROTOCOL, "x (expected: y)")));
            assertEquals(3, records.lines().size());
            now.addAndGet(EventLog.QUIET_NANOS);
            log.write(event(failed, "tcp://a", cause));
            assertEquals(4, records.lines().size());
            assertTrue(records.lines().get(3).endsWith("(and 5 times more since this was last said)"),
                    records.lines().get(3));
        }
    }

    /** A peer that is not there yet is no warning. A lack of this machine is one, since connect itself succeeds. */
    @Test
    void shouldWarnOfAConnectThatCannotWorkHere() {
        EventLog log = new EventLog("s", System::nanoTime);
        try (LogRecords records = LogRecords.ofSockets(Level.WARNING)) {
            log.write(event(ZmqEvent.Kind.CONNECT_RETRIED, "vmci://2:1", new ConnectException("refused")));
            assertEquals(0, records.lines().size());
            for (int i = 0; i < 3; i++) {
                log.write(event(ZmqEvent.Kind.CONNECT_RETRIED, "vmci://2:1", new UnsatisfiedLinkError("no AF_VSOCK")));
            }
            assertEquals(1, records.lines().size());
            assertTrue(records.lines().get(0).contains("no AF_VSOCK"), records.lines().get(0));
        }
    }

    /** The log remembers a bounded number of endpoints and causes, of which peers can make up as many as they like. */
    @Test
    void shouldForgetTheOldestCause() {
        EventLog log = new EventLog("s", () -> 0);
        try (LogRecords records = LogRecords.ofSockets(Level.WARNING)) {
            for (int i = 0; i <= 100; i++) {
                log.write(event(ZmqEvent.Kind.GAVE_UP, "tcp://" + i, new ConnectException("refused")));
            }
            assertEquals(101, records.lines().size());
            log.write(event(ZmqEvent.Kind.GAVE_UP, "tcp://100", new ConnectException("refused")));
            assertEquals(101, records.lines().size());
            log.write(event(ZmqEvent.Kind.GAVE_UP, "tcp://0", new ConnectException("refused")));
            assertEquals(102, records.lines().size());
        }
    }
}
