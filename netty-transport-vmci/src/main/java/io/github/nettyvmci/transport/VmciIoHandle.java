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

import io.netty.channel.IoHandle;
import io.netty.channel.unix.FileDescriptor;

import java.io.IOException;

/**
 * A file descriptor that {@link VmciIoHandler} can watch. All methods are called on the event loop.
 */
public interface VmciIoHandle extends IoHandle {

    /** Closes the handle; never blocks. */
    @Override
    void close() throws IOException;

    /**
     * Returns the file descriptor. The number must stay the same while the handle is registered.
     */
    FileDescriptor fd();

    /**
     * Called when the kernel refuses to watch the file descriptor (for example ENOSPC: the user's limit of epoll
     * watches). Interest is written late, just before the loop waits, so {@code submit} cannot report the refusal. The
     * registration is cancelled afterwards, unless closing did that. The default implementation closes the handle.
     *
     * @param cause what the kernel said
     * @throws Exception if closing fails; logged by the caller
     */
    default void interestFailed(IOException cause) throws Exception {
        close();
    }
}
