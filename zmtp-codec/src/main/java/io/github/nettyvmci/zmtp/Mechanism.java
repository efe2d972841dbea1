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
package io.github.nettyvmci.zmtp;

/**
 * A security mechanism of ZMTP 3, with this side's role in it and its keys. {@link NullMechanism} is the default, PLAIN
 * and CURVE are in {@link io.github.nettyvmci.zmtp.security}, and others can be written: {@link HandshakeCommands} has
 * what they need. An instance serves any number of connections, so it is immutable; what belongs to one connection is
 * in its {@link MechanismSession}.
 */
public interface Mechanism {

    /**
     * Returns the name both peers must announce in their greeting.
     *
     * @return 1 to 20 upper-case ASCII characters
     */
    String name();

    /**
     * Tells whether this side is the server of the mechanism, which is independent of who connects to whom. Announced
     * in the greeting; NULL has no roles and says {@code false}.
     *
     * @return {@code true} for the server
     */
    boolean isServer();

    /**
     * Tells whether this side cannot do without a {@link ZapHandler} ({@link ZmtpCodecBuilder#zapHandler}).
     *
     * @return {@code false} unless overridden
     */
    default boolean needsZapHandler() {
        return false;
    }

    /**
     * Starts the mechanism for one connection, whose greetings have been exchanged.
     *
     * @param context what the session may use and whom it reports to
     * @return the state of the connection
     */
    MechanismSession newSession(MechanismContext context);
}
