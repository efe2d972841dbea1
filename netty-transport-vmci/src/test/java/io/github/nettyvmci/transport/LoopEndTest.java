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
package io.github.nettyvmci.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.nettyvmci.testing.TestLoops;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A loop that is shut down in a hurry closes its channels as always, and without a word in the log. */
class LoopEndTest {

    /** The loop's last task shuts it down, without a quiet period, so that nothing runs on the loop from then on. */
    @Test
    void shouldCloseChannelsQuietlyWhenTheLoopEndsAtOnce() throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("io.netty.channel.AbstractChannel");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try (Rig peers = new Rig()) {
            Channel server = peers.listen(Recorder::new);
            Rig rig = new Rig(TestLoops.newGroup(1));
            List<Recorder> saw = new ArrayList<>();
            List<Channel> channels = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                saw.add(new Recorder());
                channels.add(rig.connect(rig.client(saw.get(i)), server));
                peers.accepted(); // else one is still being registered when the peers' loops end, which Netty logs
            }
            Future<?> pending = Rig.on(channels.get(0), () -> {
                Future<?> write = channels.get(0).write(Rig.text("never flushed"));
                rig.group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
                return write;
            });
            Waits.get(rig.group.terminationFuture());
            for (int i = 0; i < channels.size(); i++) {
                Waits.get(channels.get(i).closeFuture());
                assertEquals(List.of("active", "inactive"), saw.get(i).log());
                assertFalse(channels.get(i).isRegistered());
            }
            Waits.failure(pending);
        } finally {
            logger.detachAppender(log);
        }
        assertEquals(List.of(), log.list);
    }

    /** A client that reconnects whenever its channel is closed does so too when its loop ends. */
    @Test
    void shouldLeaveNoChannelOpenThatIsRegisteredWhileTheLoopEnds() throws Exception {
        try (Rig peers = new Rig()) {
            Channel server = peers.listen(Recorder::new);
            Rig rig = new Rig(TestLoops.newGroup(1));
            List<Channel> late = new CopyOnWriteArrayList<>();
            Channel channel = rig.connect(rig.client(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelInactive(ChannelHandlerContext ctx) {
                    late.add(rig.client(new Recorder()).register().channel());
                }
            }), server);
            channel.closeFuture().addListener(closed -> late.add(rig.client(new Recorder()).register().channel()));
            Channel other = rig.connect(rig.client(new Recorder()), server);
            peers.accepted(); // else one is still being registered when the peers' loops end, which Netty logs
            peers.accepted();
            Rig.on(channel, () -> rig.group.shutdownGracefully(0, 0, TimeUnit.SECONDS));
            Waits.get(rig.group.terminationFuture());
            assertFalse(channel.isOpen());
            assertFalse(other.isOpen());
            assertEquals(List.of(false, false), late.stream().map(Channel::isOpen).toList());
        }
    }
}
