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

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * No security (RFC 37, section "The NULL Security Mechanism"): both peers send their metadata and begin.
 *
 * <pre>
 *  READY = 05 "READY" metadata
 *  ERROR = 05 "ERROR" reason-length (1) reason
 * </pre>
 *
 * <p>An authenticator, if one is set, is asked by whichever side has it; that side holds its READY back meanwhile.
 */
public final class NullMechanism implements Mechanism {

    /** The only instance; it has no state. */
    public static final NullMechanism INSTANCE = new NullMechanism();

    private NullMechanism() {
    }

    @Override
    public String name() {
        return "NULL";
    }

    @Override
    public boolean isServer() {
        return false;
    }

    @Override
    public MechanismSession newSession(MechanismContext context) {
        return new Session(context);
    }

    @Override
    public String toString() {
        return "NULL";
    }

    private static final class Session implements MechanismSession {

        private final MechanismContext context;
        private boolean sent;
        private @Nullable ByteBuf received;

        Session(MechanismContext context) {
            this.context = context;
        }

        @Override
        public void start() {
            context.authenticate(List.of(), this::admitted);
        }

        private void admitted() {
            ByteBuf metadata = context.encodeMetadata();
            context.send(HandshakeCommands.begin("READY", metadata.readableBytes()).writeBytes(metadata));
            metadata.release();
            sent = true;
            completeIfBoth();
        }

        @Override
        public void receive(ByteBuf command) {
            if (HandshakeCommands.is(command, "ERROR")) {
                throw HandshakeCommands.error(command);
            }
            if (!HandshakeCommands.is(command, "READY")) {
                throw HandshakeCommands.unexpected(command, "READY or ERROR");
            }
            // It is kept, because our READY may still wait for the authenticator.
            received = command.skipBytes(6).retain();
            completeIfBoth();
        }

        @Override
        public int maxCommandLength(ZmtpLimits limits) {
            return HandshakeCommands.maxLength(limits, "READY");
        }

        @Override
        public boolean expectsCommand() {
            return received == null;
        }

        @Override
        public void close() {
            if (received != null) {
                received.release();
                received = null;
            }
        }

        private void completeIfBoth() {
            if (sent && received != null) {
                context.complete(received, null);
            }
        }
    }
}
