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
/**
 * The event loops of sockets: {@link io.github.nettyvmci.zmq.internal.loop.LeaderLoop}s, which a thread that waits for
 * a reply or for room may run itself.
 *
 * <p>Nobody outside of this library may use this package.
 */
@NullMarked
package io.github.nettyvmci.zmq.internal.loop;

import org.jspecify.annotations.NullMarked;
