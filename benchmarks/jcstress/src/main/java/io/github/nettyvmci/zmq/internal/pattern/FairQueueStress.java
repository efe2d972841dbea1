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

import io.github.nettyvmci.zmq.ZmqOption;
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
import org.openjdk.jcstress.infra.results.II_Result;

/** {@link FairQueue}: the loop puts messages into pipes, any thread takes them. */
public class FairQueueStress {

    private static final ZmqOptions OPTIONS = ZmqOptions.defaults(ZmqSocketType.PULL);

    /** A host that is told when the peer of a full pipe may go on. */
    static final class Host implements PipeHost {

        volatile int resumed;

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
            resumed = 1;
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

    /** A loop that found a pipe full says that it waits; a thread that takes looks whether the loop does. */
    @JCStressTest
    @Description("Either the loop sees the room, or it is told of it.")
    @Outcome(id = {"1, 0", "0, 1", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one sees the other")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "the peer is never read again")
    @State
    public static class FullPipe {

        final FairQueue queue = new FairQueue();
        final Host host = new Host();
        final Pipe pipe = new Pipe(host, (dropped, cause) -> { }, "", false, OPTIONS.with(ZmqOption.RCVHWM, 2));

        FullPipe() {
            queue.put(pipe, MESSAGES[1]);
            queue.publish();
        }

        @Actor
        void loop(II_Result r) {
            pipe.await();
            r.r1 = pipe.inputSize() == 0 ? 1 : 0;
        }

        @Actor
        void taker() {
            queue.take();
        }

        @Arbiter
        void end(II_Result r) {
            r.r2 = host.resumed;
        }
    }
}
