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

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which threads run the event loop while they wait. */
class TurnsTest {

    private final LeaderLoop loop = mock(LeaderLoop.class);
    private final SocketHost host = mock(SocketHost.class);
    private final Turns turns = new Turns(host);

    TurnsTest() {
        when(host.leaderLoop()).thenReturn(loop);
        when(loop.tryLead()).thenReturn(true);
    }

    @ParameterizedTest
    @EnumSource(value = ZmqSocketType.class, names = {"PULL", "SUB", "GATHER", "DISH"})
    void shouldLeadWhereNothingIsSent(ZmqSocketType type) {
        when(host.type()).thenReturn(type);
        assertSame(loop, turns.lead());
        turns.received();
        assertSame(loop, turns.lead());
        when(loop.tryLead()).thenReturn(false); // somebody else has the loop
        assertNull(turns.lead());
    }

    @Test
    void shouldLeadAfterASendOfTheSameThreadOnly() throws InterruptedException {
        when(host.type()).thenReturn(ZmqSocketType.PAIR);
        assertNull(turns.lead());
        turns.send("work");
        assertSame(loop, turns.lead());
        assertNull(turns.lead());
        Thread other = new Thread(() -> turns.send("work"));
        other.start();
        other.join();
        assertNull(turns.lead());
        verify(loop, never()).leave();
    }

    @Test
    void shouldWriteTheAnswerOfTheThreadThatReceived() {
        when(host.type()).thenReturn(ZmqSocketType.REP);
        turns.send("no answer");
        verify(loop, never()).leave();
        turns.received();
        turns.send("answer");
        verify(loop).leave();
        verify(host).submit("answer");
        turns.send("the next of a stream");
        verify(loop).leave();
    }
}
