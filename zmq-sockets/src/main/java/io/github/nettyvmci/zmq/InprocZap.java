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
package io.github.nettyvmci.zmq;

import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.ZapRequest;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpMetadata;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.CharsetUtil;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Asks the authenticator that is bound to {@code inproc://zeromq.zap.01} in the same context, as programs for libzmq
 * have it (RFC 27). That is a REP or ROUTER which answers requests of ZAP 1.0. Each question opens a DEALER of its own,
 * as each session of libzmq does, so replies cannot be mistaken for one another.
 */
final class InprocZap {

    static final String ENDPOINT = "inproc://zeromq.zap.01";
    private static final String VERSION = "1.0";
    private static final String REQUEST_ID = "1";
    /** How long a DEALER waits for an authenticator that does not answer; the handshake has a limit of its own. */
    private static final Duration MOST = Duration.ofSeconds(30);

    private static final String CUT_SHORT = "metadata: cut short (expected: whole properties)";

    private final ZmqContext context;

    InprocZap(ZmqContext context) {
        this.context = context;
    }

    /**
     * Returns an authenticator that asks the socket which is bound at the time a peer comes.
     *
     * @param required whether a peer is refused if no socket is bound; otherwise it is admitted
     */
    ZapHandler orElse(boolean required) {
        return request -> {
            if (context.isBound(ENDPOINT)) {
                return ask(request);
            }
            return required ? CompletableFuture.failedFuture(new ZmtpException(ZmtpError.NO_AUTHENTICATOR,
                    "authenticator: none (expected: one; set zapHandler, or bind a REP to " + ENDPOINT + ')'))
                    : CompletableFuture.completedFuture(ZapReply.ok(""));
        };
    }

    private CompletionStage<ZapReply> ask(ZapRequest request) {
        ZmqSocket dealer = context.builder(ZmqSocketType.DEALER).option(ZmqOption.LINGER, Duration.ZERO).open();
        CompletableFuture<ZapReply> reply = new CompletableFuture<>();
        // This thread may be the event loop of any connection, and two loops could wait for each other for ever.
        dealer.beginConnect(ENDPOINT);
        dealer.sendAsync(encode(request));
        dealer.receiveForLibrary().whenComplete((message, cause) -> {
            if (cause != null) {
                reply.completeExceptionally(cause);
                return;
            }
            try {
                reply.complete(decode(message));
            } catch (RuntimeException e) {
                reply.completeExceptionally(e);
            } finally {
                message.release();
            }
        });
        reply.orTimeout(MOST.toMillis(), TimeUnit.MILLISECONDS).whenComplete((done, cause) -> dealer.close());
        return reply;
    }

    private static ZmtpMessage encode(ZapRequest request) {
        List<ByteBuf> parts = new ArrayList<>();
        parts.add(Unpooled.EMPTY_BUFFER); // a REQ would send this envelope too
        for (String text : new String[] {VERSION, REQUEST_ID, request.domain(), request.address()}) {
            parts.add(Unpooled.copiedBuffer(text, CharsetUtil.UTF_8));
        }
        parts.add(Unpooled.copiedBuffer(request.routingId()));
        parts.add(Unpooled.copiedBuffer(request.mechanism(), CharsetUtil.US_ASCII));
        request.credentials().forEach(credential -> parts.add(Unpooled.copiedBuffer(credential)));
        return ZmtpMessage.of(parts.toArray(new ByteBuf[0]));
    }

    /** Decodes a reply: an empty part, version, request id, status code, status text, user id, metadata. */
    private static ZapReply decode(ZmtpMessage reply) {
        check(reply.partCount() == 7, ZmtpError.ZAP_MALFORMED_REPLY, "parts: " + reply.partCount() + " (expected: 7)");
        check(reply.partLength(0) == 0, ZmtpError.AUTHENTICATOR_FAILED, "first part: " + reply.partLength(0)
                + " octets (expected: none)");
        check(reply.text(1).equals(VERSION), ZmtpError.ZAP_BAD_VERSION, "version: another (expected: 1.0)");
        check(reply.text(2).equals(REQUEST_ID), ZmtpError.ZAP_BAD_REQUEST_ID, "request id: another (expected: "
                + REQUEST_ID + ')');
        check(reply.text(3).matches("[2345]00"), ZmtpError.ZAP_INVALID_STATUS_CODE, "status: "
                + (reply.partLength(3) == 3 ? reply.text(3) : reply.partLength(3) + " octets")
                + " (expected: 200, 300, 400 or 500)");
        return ZapReply.of(Integer.parseInt(reply.text(3)), reply.text(4), reply.text(5), metadata(reply.part(6)));
    }

    private static void check(boolean right, ZmtpError error, String what) {
        if (!right) {
            throw new ZmtpException(error, "reply of " + ENDPOINT + ": " + what);
        }
    }

    /** Decodes properties as READY has them: a length of one octet and the name, one of four octets and the value. */
    private static ZmtpMetadata metadata(ByteBuf in) {
        ZmtpMetadata.Builder builder = ZmtpMetadata.builder();
        ByteBuf left = in.duplicate();
        while (left.isReadable()) {
            int nameLength = left.readUnsignedByte();
            check(nameLength + 4 <= left.readableBytes(), ZmtpError.ZAP_INVALID_METADATA, CUT_SHORT);
            String name = left.readCharSequence(nameLength, CharsetUtil.US_ASCII).toString();
            int length = left.readInt();
            check(length >= 0 && length <= left.readableBytes(), ZmtpError.ZAP_INVALID_METADATA, CUT_SHORT);
            byte[] value = new byte[length];
            left.readBytes(value);
            builder.add(name, value);
        }
        return builder.build();
    }
}
