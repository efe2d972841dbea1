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
 * ZMTP, the protocol ZeroMQ speaks, as one handler for any Netty channel.
 *
 * <pre>{@code
 * bootstrap.childHandler(new ChannelInitializer<Channel>() {
 *     protected void initChannel(Channel ch) {
 *         ch.pipeline().addLast(ZmtpCodec.builder(ZmtpSocketType.PULL).build());
 *         ch.pipeline().addLast(new SimpleChannelInboundHandler<ZmtpMessage>() {
 *             protected void channelRead0(ChannelHandlerContext ctx, ZmtpMessage message) {
 *                 System.out.println(message.text(0));
 *             }
 *         });
 *     }
 * });
 * }</pre>
 *
 * <p>{@link io.github.nettyvmci.zmtp.ZmtpCodec} greets the peer, settles the version and runs the security mechanism.
 * The user event {@link io.github.nettyvmci.zmtp.ZmtpHandshakeCompleted} says who came;
 * {@link io.github.nettyvmci.zmtp.ZmtpHandshakeFailed} says why nobody did. Then
 * {@link io.github.nettyvmci.zmtp.ZmtpMessage}s travel both ways, and on publishers
 * {@link io.github.nettyvmci.zmtp.ZmtpCommand}s come in. The codec moves messages; what a socket type does with them
 * (envelopes, routing, queues) is up to the handlers behind it.
 *
 * <p>Messages are reference counted: whoever receives one releases it or writes it on. Everything happens on the
 * channel's event loop.
 */
package io.github.nettyvmci.zmtp;
