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

import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Asks the authenticator about one peer, and acts on the answer as RFC 27 wants. */
final class ZapExchange implements MechanismPhase.Authenticator {

    private final ChannelHandlerContext ctx;
    private final CodecConfig config;
    private final @Nullable ZapHandler handler;
    private final String domain;
    /** Where the peer is, as the authenticator is told. */
    private final String address;
    /** Runs the step that follows an answer which came later than at once, on the event loop. */
    private final Consumer<Runnable> later;

    ZapExchange(ChannelHandlerContext ctx, CodecConfig config, String address, Consumer<Runnable> later) {
        this.ctx = ctx;
        this.config = config;
        this.address = address;
        handler = config.authentication().handler();
        domain = config.authentication().domain();
        this.later = later;
    }

    @Override
    public void authenticate(MechanismPhase phase, List<byte[]> credentials, Runnable admitted) {
        if (handler == null) {
            admitted.run();
            return;
        }
        Answer answer;
        try {
            ZapRequest request = ZapRequest.of(domain, address,
                    config.routingId().clone(), config.mechanism().name(), credentials);
            answer = new Answer(phase, request, admitted);
            ask(request).whenComplete(answer::arrived);
        } catch (Throwable e) {
            wipe(credentials); // for no answer will come
            throw e;
        }
        answer.callReturned();
    }

    @Override
    public void checkAddress(MechanismPhase phase) {
        if (handler == null) {
            return;
        }
        boolean refused;
        try {
            refused = handler.refusesAddress(domain, address);
        } catch (Exception e) {
            throw failed(e);
        }
        if (refused) {
            phase.sendError(400);
            throw new ZmtpAuthenticationException(400, "authentication: refused by address alone, address "
                    + ZmtpMetadata.printable(address) + " (expected: one that is admitted)");
        }
    }

    private CompletionStage<ZapReply> ask(ZapRequest request) {
        CompletionStage<ZapReply> stage;
        try {
            stage = handler.authenticate(request);
        } catch (Exception e) {
            throw failed(e);
        }
        if (stage == null) {
            throw new ZmtpException(ZmtpError.AUTHENTICATOR_FAILED, "authenticator returned: null (expected: a stage)");
        }
        return stage;
    }

    /**
     * Returns what to throw for a failure: the {@code ZAP_...} error that the authenticator chose, or the general one.
     */
    private static ZmtpException failed(@Nullable Throwable cause) {
        Throwable root = cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
        if (root instanceof ZmtpException known && known.error().isOfAuthenticator()) {
            return known;
        }
        return new ZmtpException(ZmtpError.AUTHENTICATOR_FAILED, "authenticator failed: "
                + (cause == null ? "null (expected: a reply)" : cause), cause);
    }

    private static void wipe(List<byte[]> credentials) {
        for (byte[] credential : credentials) {
            Arrays.fill(credential, (byte) 0);
        }
    }

    /** An answer, which may be there before the call returns, or come later on any thread. */
    private final class Answer {

        private final MechanismPhase phase;
        private final ZapRequest request;
        private final Runnable admitted;
        // These two are touched by the event loop alone.
        private boolean calling = true;
        private @Nullable Runnable atOnce;

        Answer(MechanismPhase phase, ZapRequest request, Runnable admitted) {
            this.phase = phase;
            this.request = request;
            this.admitted = admitted;
        }

        void arrived(@Nullable ZapReply reply, @Nullable Throwable cause) {
            wipe(request.credentials()); // here already, for an answer that comes too late goes no further
            Runnable act = () -> act(reply, cause);
            if (!ctx.executor().inEventLoop()) {
                ctx.executor().execute(() -> later.accept(act));
            } else if (calling) {
                atOnce = act; // not run here: the stage would swallow what it throws, which the caller must get
            } else {
                later.accept(act);
            }
        }

        void callReturned() {
            calling = false;
            if (atOnce != null) {
                atOnce.run();
            }
        }

        private void act(@Nullable ZapReply reply, @Nullable Throwable cause) {
            if (reply == null) {
                throw failed(cause);
            }
            switch (reply.status()) {
                case 200:
                    phase.admitted(reply);
                    admitted.run();
                    return;
                case 400:
                case 500:
                    phase.sendError(reply.status());
                    throw refused(reply);
                case 300: // RFC 27: the peer is told nothing
                    throw refused(reply);
                default:
                    throw new ZmtpException(ZmtpError.ZAP_INVALID_STATUS_CODE, "status of the authenticator's reply: "
                            + reply.status() + " (expected: 200, 300, 400 or 500)");
            }
        }

        private ZmtpAuthenticationException refused(ZapReply reply) {
            return new ZmtpAuthenticationException(reply.status(), "authentication: refused with status "
                    + reply.status() + ", " + ZmtpMetadata.printable(reply.text()) + ", address "
                    + ZmtpMetadata.printable(request.address()) + " (expected: 200)");
        }
    }
}
