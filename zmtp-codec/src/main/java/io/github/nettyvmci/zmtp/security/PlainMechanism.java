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
package io.github.nettyvmci.zmtp.security;

import static java.util.Objects.requireNonNull;

import io.github.nettyvmci.zmtp.HandshakeCommands;
import io.github.nettyvmci.zmtp.Mechanism;
import io.github.nettyvmci.zmtp.MechanismContext;
import io.github.nettyvmci.zmtp.MechanismSession;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.CharsetUtil;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * User name and password (RFC 24), in clear: anybody on the way reads both, and every message. The server asks its
 * {@link ZapHandler}, without which no codec can be built.
 *
 * <pre>
 *  client HELLO    = 05 "HELLO" username-length (1) username password-length (1) password
 *  server WELCOME  = 07 "WELCOME"
 *  client INITIATE = 08 "INITIATE" metadata
 *  server READY    = 05 "READY" metadata
 *  server ERROR    = 05 "ERROR" reason-length (1) reason
 * </pre>
 */
public final class PlainMechanism implements Mechanism {

    private enum State { HELLO, AUTHENTICATION, INITIATE, WELCOME, READY, DONE }

    private final boolean server;
    private final byte[] username;
    private final byte[] password;
    private final boolean libzmqError;

    private PlainMechanism(boolean server, byte[] username, byte[] password, boolean libzmqError) {
        this.server = server;
        this.username = username;
        this.password = password;
        this.libzmqError = libzmqError;
    }

    /**
     * Makes the server's side ({@code ZMQ_PLAIN_SERVER}).
     *
     * @return the mechanism
     */
    public static PlainMechanism server() {
        return new PlainMechanism(true, new byte[0], new byte[0], false);
    }

    /**
     * Makes the client's side ({@code ZMQ_PLAIN_USERNAME}, {@code ZMQ_PLAIN_PASSWORD}).
     *
     * @param username up to 255 octets of UTF-8
     * @param password up to 255 octets of UTF-8
     * @return the mechanism
     */
    public static PlainMechanism client(String username, String password) {
        return new PlainMechanism(false, credential("username", username), credential("password", password), false);
    }

    private static byte[] credential(String name, String value) {
        byte[] octets = requireNonNull(value, name).getBytes(CharsetUtil.UTF_8);
        if (octets.length > 255) {
            throw new IllegalArgumentException(name + ": " + octets.length + " octets (expected: at most 255)");
        }
        return octets;
    }

    /**
     * Makes a server that sends ERROR as libzmq's does, its first two octets garbled to {@code 5E}: a libzmq client
     * then reports the refusal as one of authentication, not of protocol. Clients that follow RFC 24 do not understand
     * it.
     *
     * @return a mechanism like this one
     */
    public PlainMechanism withLibzmqError() {
        return new PlainMechanism(server, username, password, true);
    }

    @Override
    public String name() {
        return "PLAIN";
    }

    @Override
    public boolean isServer() {
        return server;
    }

    @Override
    public boolean needsZapHandler() {
        return server;
    }

    @Override
    public MechanismSession newSession(MechanismContext context) {
        return server ? new Server(context) : new Client(context);
    }

    @Override
    public String toString() {
        return server ? "PLAIN server" : "PLAIN client";
    }

    private static void sendMetadata(MechanismContext context, String command) {
        ByteBuf metadata = context.encodeMetadata();
        context.send(HandshakeCommands.begin(command, metadata.readableBytes()).writeBytes(metadata));
        metadata.release();
    }

    private static ByteBuf data(ByteBuf command) {
        return command.skipBytes(1 + command.getByte(command.readerIndex()));
    }

    private final class Client implements MechanismSession {

        private final MechanismContext context;
        private State state = State.WELCOME;

        Client(MechanismContext context) {
            this.context = context;
        }

        @Override
        public void start() {
            context.send(HandshakeCommands.begin("HELLO", 2 + username.length + password.length)
                    .writeByte(username.length).writeBytes(username)
                    .writeByte(password.length).writeBytes(password));
        }

        @Override
        public void receive(ByteBuf command) {
            if (HandshakeCommands.is(command, "ERROR")) {
                throw HandshakeCommands.error(command);
            }
            if (isLibzmqError(command)) {
                throw HandshakeCommands.error(HandshakeCommands.begin("ERROR", command.readableBytes() - 5)
                        .writeBytes(command, command.readerIndex() + 5, command.readableBytes() - 5));
            }
            if (state == State.WELCOME && HandshakeCommands.is(command, "WELCOME")) {
                if (command.readableBytes() != 8) {
                    throw new ZmtpException(ZmtpError.MALFORMED_WELCOME, "PLAIN WELCOME of "
                            + command.readableBytes() + " octets (expected: 8)");
                }
                sendMetadata(context, "INITIATE");
                state = State.READY;
            } else if (state == State.READY && HandshakeCommands.is(command, "READY")) {
                context.complete(data(command), null);
                state = State.DONE;
            } else {
                throw HandshakeCommands.unexpected(command, state + " or ERROR");
            }
        }

        /** Tells an ERROR of libzmq's server: its source writes "\x05ERROR", which C reads as 5E "RROR". */
        private static boolean isLibzmqError(ByteBuf command) {
            return command.readableBytes() >= 5 && command.getByte(command.readerIndex()) == 0x5e
                    && command.toString(command.readerIndex() + 1, 4, CharsetUtil.ISO_8859_1).equals("RROR");
        }

        @Override
        public int maxCommandLength(ZmtpLimits limits) {
            return state == State.READY ? HandshakeCommands.maxLength(limits, "READY") : limits.maxCommandLength();
        }

        @Override
        public boolean expectsCommand() {
            return state != State.DONE;
        }
    }

    private final class Server implements MechanismSession {

        private final MechanismContext context;
        private State state = State.HELLO;

        Server(MechanismContext context) {
            this.context = context;
        }

        @Override
        public void start() {
            // the client speaks first
        }

        @Override
        public int maxCommandLength(ZmtpLimits limits) {
            if (state == State.AUTHENTICATION) {
                throw HandshakeCommands.early("WELCOME");
            }
            return state == State.HELLO ? limits.maxCommandLength()
                    : HandshakeCommands.maxLength(limits, "INITIATE");
        }

        @Override
        public void receive(ByteBuf command) {
            if (state == State.HELLO && HandshakeCommands.is(command, "HELLO")) {
                hello(data(command));
            } else if (state == State.INITIATE && HandshakeCommands.is(command, "INITIATE")) {
                sendMetadata(context, "READY");
                context.complete(data(command), null);
                state = State.DONE;
            } else {
                throw HandshakeCommands.unexpected(command, state.toString());
            }
        }

        private void hello(ByteBuf data) {
            byte[] name = shortString(data);
            byte[] secret = name == null ? null : shortString(data);
            if (secret == null || data.isReadable()) {
                throw new ZmtpException(ZmtpError.MALFORMED_HELLO, "PLAIN HELLO with "
                        + (secret == null ? "a length that overruns it" : data.readableBytes() + " octets too many")
                        + " (expected: user name and password, each behind its length)");
            }
            state = State.AUTHENTICATION;
            context.authenticate(List.of(name, secret), () -> {
                context.send(HandshakeCommands.begin("WELCOME", 0));
                state = State.INITIATE;
            });
        }

        private byte @Nullable [] shortString(ByteBuf data) {
            if (!data.isReadable() || data.getUnsignedByte(data.readerIndex()) > data.readableBytes() - 1) {
                return null;
            }
            byte[] octets = new byte[data.readUnsignedByte()];
            data.readBytes(octets);
            return octets;
        }

        @Override
        public boolean expectsCommand() {
            return state != State.DONE;
        }

        @Override
        public ByteBuf encodeError(int status) {
            ByteBuf error = MechanismSession.super.encodeError(status);
            if (!libzmqError) {
                return error;
            }
            ByteBuf damaged = Unpooled.buffer(9).writeByte(0x5e).writeBytes(error, 2, error.readableBytes() - 2);
            error.release();
            return damaged;
        }
    }
}
