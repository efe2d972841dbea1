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
package io.github.nettyvmci.zmq.internal.pattern;

import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** {@link FairQueue}: the loop puts messages into pipes, any thread takes them. */
public class FairQueueStress {

    private static final ZmqOptions OPTIONS = ZmqOptions.defaults(ZmqSocketType.PULL);

    /** A host that nothing is asked of. */
    static final class Host implements PipeHost {

        @Override
        public ZmqOptions options() {
            return OPTIONS;
        }

        @Override
        public boolean mayConflate() {
            return false;
        }

        @Override
        public void roomChanged(Pipe pipe, int delta) {
        }

        @Override
        public void resume(Pipe pipe) {
        }

        @Override
        public void written(Pipe pipe) {
        }

        @Override
        public void dropped(Pipe pipe) {
        }

        @Override
        public void receivable() {
        }

        @Override
        public void disconnect(Pipe pipe, Throwable cause) {
        }
    }

    /** Messages of as many bytes as their number. */
    private static final ZmtpMessage[] MESSAGES = {null, message(1), message(2)};

    private static ZmtpMessage message(int length) {
        return ZmtpMessage.of(Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[length])));
    }

    private static int length(ZmtpMessage message) {
        return message == null ? 0 : (int) message.length();
    }

    /** One pipe, which leaves the line while a message comes. */
    @JCStressTest
    @Description("A pipe that is found empty and a message that comes to it: the message is found in the end.")
    @Outcome(id = {"0, 0, 12", "0, 1, 2", "1, 0, 2", "1, 2, 0"}, expect = Expect.ACCEPTABLE, desc = "in order")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lost, or out of order")
    @State
    public static class OnePipe {

        final FairQueue queue = new FairQueue();
        final Pipe pipe = new Pipe(new Host(), (dropped, cause) -> { }, "", false, OPTIONS);

        @Actor
        void loop() {
            queue.put(pipe, MESSAGES[1]);
            queue.put(pipe, MESSAGES[2]);
            queue.publish();
        }

        @Actor
        void taker(III_Result r) {
            r.r1 = length(queue.take());
            r.r2 = length(queue.take());
        }

        @Arbiter
        void rest(III_Result r) {
            for (ZmtpMessage next = queue.take(); next != null; next = queue.take()) {
                r.r3 = r.r3 * 10 + length(next);
            }
        }
    }

    /** Two threads that take. */
    @JCStressTest
    @Description("Two threads take two messages: each is taken once.")
    @Outcome(id = {"1, 2, 0", "2, 1, 0"}, expect = Expect.ACCEPTABLE, desc = "one each")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lost, or taken twice")
    @State
    public static class TwoTakers {

        final FairQueue queue = new FairQueue();

        TwoTakers() {
            Pipe pipe = new Pipe(new Host(), (dropped, cause) -> { }, "", false, OPTIONS);
            queue.put(pipe, MESSAGES[1]);
            queue.put(pipe, MESSAGES[2]);
            queue.publish();
        }

        @Actor
        void one(III_Result r) {
            r.r1 = length(queue.take());
        }

        @Actor
        void other(III_Result r) {
            r.r2 = length(queue.take());
        }

        @Arbiter
        void rest(III_Result r) {
            r.r3 = length(queue.take());
        }
    }
}
