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

import java.util.concurrent.CountDownLatch;

/** Closes as AF_VSOCK does, which another thread does where the channel lingers, and takes its time. */
final class SlowlyClosing extends UnixFamily {

    final CountDownLatch closing = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);

    @Override
    boolean closeTellsPeer() {
        return false;
    }

    @Override
    int shutdown(int fd, int how) {
        closing.countDown();
        try {
            Waits.latch(goOn);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return super.shutdown(fd, how);
    }
}
