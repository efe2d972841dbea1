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

import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.nettyvmci.zmq.internal.transport.TestTransports;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/** What happens when a channel refuses a buffer that it is given to write. */
class RefusedBufferTest extends SocketTest {

    /** A lack of memory for a message is not the peer's fault and may pass, so the socket connects again. */
    @Test
    void shouldConnectAgainWhenAMessageCannotBeWritten() throws Exception {
        AtomicBoolean full = new AtomicBoolean(true);
        try (ZmqContext own = ZmqContext.builder().transport(refusingTheHeaderOfALongFrame(full)).build()) {
            ZmqSocket pull = own.open(PULL);
            ZmqSocket push = own.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(20)).open();
            ZmqMonitor monitor = push.monitor(100);
            connect(push, pull.bind("ipc://*"));
            push.sendAsync(ZmtpMessage.of(Unpooled.wrappedBuffer(new byte[3000])));
            assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
            assertFalse(full.get());
            send(push, "later");
            expect(pull, "later");
        }
    }

    private static ZmqTransport refusingTheHeaderOfALongFrame(AtomicBoolean full) {
        ChannelOutboundHandlerAdapter refusing = new ChannelOutboundHandlerAdapter() {
            @Override
            public boolean isSharable() {
                return true;
            }

            @Override
            public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                if (((ByteBuf) msg).readableBytes() == 9 && full.compareAndSet(true, false)) {
                    ReferenceCountUtil.release(msg);
                    promise.setFailure(new OutOfMemoryError("no direct memory"));
                } else {
                    ctx.write(msg, promise);
                }
            }
        };
        return new ForwardingTransport(TestTransports.ipc()) {
            @Override
            public ConnectTarget parseConnect(String endpoint, ZmqOptions now) {
                return new Connect(super.parseConnect(endpoint, now)) {
                    @Override
                    public ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options) {
                        return super.connect(loop, new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline().addLast(refusing, handler);
                            }
                        }, options);
                    }
                };
            }
        };
    }
}
