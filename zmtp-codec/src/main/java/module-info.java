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
/** The ZeroMQ message transport protocol (ZMTP 3.1, 3.0, 2.0, 1.0) as Netty handlers. */
module io.github.nettyvmci.zmtp {
    requires transitive io.netty.buffer;
    requires transitive io.netty.codec;
    requires transitive io.netty.common;
    requires transitive io.netty.transport;
    requires static org.bouncycastle.provider; // for CURVE only
    requires static transitive org.jspecify; // annotations, which stand in the signatures

    exports io.github.nettyvmci.zmtp;
    exports io.github.nettyvmci.zmtp.security;
}
