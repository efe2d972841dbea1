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
 * ZMTP, the protocol ZeroMQ speaks (versions 3.1, 3.0, 2.0 and 1.0), as one handler for any Netty channel.
 *
 * <h2>A server</h2>
 *
 * <p>One codec per channel, and behind it a handler that takes {@link io.github.nettyvmci.zmtp.ZmtpMessage}s. This one
 * answers every request; a {@code zmq_connect} of type REQ to port 5555 talks to it.
 *
 * <pre>{@code
 * EventLoopGroup group = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
 * new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
 *         .childHandler(new ChannelInitializer<Channel>() {
 *             protected void initChannel(Channel ch) {
 *                 ch.pipeline().addLast(ZmtpCodec.builder(ZmtpSocketType.REP).build(), new Answer());
 *             }
 *         })
 *         .bind(5555).sync();
 *
 * class Answer extends SimpleChannelInboundHandler<ZmtpMessage> { // releases each request after channelRead0
 *     protected void channelRead0(ChannelHandlerContext ctx, ZmtpMessage request) {
 *         // A REQ puts an empty part in front of what it asks, and wants it back in front of the answer.
 *         String text = request.text(request.partCount() - 1);
 *         ctx.write(ZmtpMessage.ofText("", "Hello " + text), ctx.voidPromise());
 *     }
 *
 *     public void channelReadComplete(ChannelHandlerContext ctx) {
 *         ctx.flush(); // once per burst: small messages travel together
 *     }
 *
 *     public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
 *         if (event instanceof ZmtpHandshakeCompleted done) {
 *             // done.peer().version(), .socketType(), .userId() ...: messages come after this
 *         } else if (event instanceof ZmtpHandshakeFailed failed) {
 *             // failed.cause() says why; the channel is being closed
 *         }
 *         ctx.fireUserEventTriggered(event);
 *     }
 *
 *     public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
 *         ctx.close(); // after a ZmtpException the codec closes by itself
 *     }
 * }
 * }</pre>
 *
 * <p>A client is the same with a {@code Bootstrap}. It may write at once: what is written before the handshake is
 * complete waits for it.
 *
 * <p>The codec moves messages between two peers. What a socket type does with them (envelopes, routing, queues,
 * subscriptions, reconnecting) is up to the handlers behind it.
 *
 * <h2>Who may connect</h2>
 *
 * <p>A mechanism protects the connection, an authenticator says who gets in:
 *
 * <pre>{@code
 * CurveKeyPair keys = CurveKeyPair.generate();      // publicKeyText() is what clients must know
 * ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.REP)
 *         .mechanism(CurveMechanism.server(keys))   // the client: CurveMechanism.client(itsKeys, serverKey)
 *         .zapHandler(ZapHandlers.curveFolder(Path.of("clients")))
 *         .handshakeLimiter(new ZmtpHandshakeLimiter(1000));
 * // then builder.build() for every channel
 * }</pre>
 *
 * <table>
 * <caption>Mechanisms</caption>
 * <tr><th>{@link io.github.nettyvmci.zmtp.NullMechanism}</th><td>the default: no security</td></tr>
 * <tr><th>{@link io.github.nettyvmci.zmtp.security.PlainMechanism}</th><td>user name and password in clear</td></tr>
 * <tr><th>{@link io.github.nettyvmci.zmtp.security.CurveMechanism}</th><td>keys on both sides, everything encrypted;
 * needs {@code org.bouncycastle:bcprov-jdk18on}</td></tr>
 * <tr><th>{@link io.github.nettyvmci.zmtp.Mechanism}</th><td>one of your own</td></tr>
 * </table>
 *
 * <p>{@link io.github.nettyvmci.zmtp.ZapHandler} is asked with every mechanism, asynchronously if it likes;
 * {@link io.github.nettyvmci.zmtp.security.ZapHandlers} has ready-made ones. Set security or an authenticator, and
 * peers of ZMTP 2.0 and 1.0, which know neither, are refused.
 *
 * <p>What a CURVE server computes for a stranger is bounded by the second
 * ({@link io.github.nettyvmci.zmtp.ZmtpCodecBuilder#maxComputationsPerSecond}), and done off the event loop while more
 * than one handshake is under way, or many were just before
 * ({@link io.github.nettyvmci.zmtp.ZmtpCodecBuilder#handshakeExecutor}).
 *
 * <h2>What peers cannot do</h2>
 *
 * <p>{@link io.github.nettyvmci.zmtp.ZmtpLimits} bounds everything that a peer can make this side hold, do or wait for;
 * the defaults are meant for strangers. What all peers together can do is bounded by a
 * {@link io.github.nettyvmci.zmtp.ZmtpHandshakeLimiter} and a {@link io.github.nettyvmci.zmtp.ZmtpReceiveBudget}.
 * Whatever a peer does wrong ends in one {@link io.github.nettyvmci.zmtp.ZmtpException} with a {@link
 * io.github.nettyvmci.zmtp.ZmtpError}, and the channel closed once.
 *
 * <h2>Buffers, threads, speed</h2>
 *
 * <p>Everything happens on the channel's event loop. Messages are reference counted: whoever receives one releases it
 * or writes it on; writing passes the reference on, whatever becomes of the write. A received message is a view of the
 * read it came in: copy what is to be kept for long.
 *
 * <p>With autoRead off one {@code read()} delivers one message, so a handler that falls behind turns it off, and the
 * peer feels it. For each message one object is made, and no buffer until {@code part()} asks for one; a
 * {@link io.github.nettyvmci.zmtp.ZmtpFrameSink} gets the frames with no object at all. Void promises and one flush per
 * burst make sending cheap.
 *
 * <p>The octets on the wire: {@link io.github.nettyvmci.zmtp.ZmtpCodec} (greeting and frames), the mechanisms (their
 * commands), {@link io.github.nettyvmci.zmtp.ZmtpMetadata} and {@link io.github.nettyvmci.zmtp.ZmtpCommand}.
 */
@NullMarked
package io.github.nettyvmci.zmtp;

import org.jspecify.annotations.NullMarked;
