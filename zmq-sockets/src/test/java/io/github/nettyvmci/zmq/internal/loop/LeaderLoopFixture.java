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
package io.github.nettyvmci.zmq.internal.loop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.VmciIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import java.util.concurrent.TimeUnit;

/** A loop for each test. */
public abstract class LeaderLoopFixture {

    protected static final int SECONDS = 20 * TestFamily.SLOWNESS;

    protected LeaderLoopGroup group;
    protected LeaderLoop loop;

    @BeforeEach
    protected void makeLoop() {
        group = new LeaderLoopGroup(1, new DefaultThreadFactory("own"), VmciIoHandler.newFactory());
        loop = (LeaderLoop) group.next();
    }

    @AfterEach
    protected void endLoop() throws Exception {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        assertTrue(group.awaitTermination(SECONDS, TimeUnit.SECONDS));
    }
}
