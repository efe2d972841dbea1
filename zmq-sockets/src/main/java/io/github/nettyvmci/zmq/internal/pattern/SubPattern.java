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
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * SUB and XSUB: subscriptions go to every publisher, and messages are taken from all publishers in turn (RFC 29).
 * Subscriptions are counted: each is sent, but a cancellation is sent only when the topic was cancelled as often as it
 * was subscribed to, unless XSUB_VERBOSE_UNSUBSCRIBE is set. SUB filters what comes in once more, XSUB does not; XSUB
 * takes its subscriptions as messages of 01 or 00 and the topic.
 *
 * <p>A new connection is told every topic once, in the order of the octets, whatever the high-water mark.
 */
final class SubPattern extends Pattern {

    private final Map<byte[], Integer> counts = new TreeMap<>(Arrays::compareUnsigned);
    private final SubscriptionStore<SubPattern> filter = new SubscriptionStore<>();
    private final List<Pipe> connected = new ArrayList<>();
    private boolean matched;
    /** The visitor of a match, which is made once and not for every message. */
    private final Consumer<SubPattern> matcher = self -> matched = true;

    SubPattern(PipeHost host, ZmqSocketType type) {
        super(host, type);
    }

    @Override
    public SendMode sendMode() {
        return SendMode.ALWAYS;
    }

    @Override
    public boolean connected(Pipe pipe) {
        connected.add(pipe);
        for (byte[] topic : counts.keySet()) {
            pipe.sendCommand(ZmtpCommand.subscribe(Unpooled.wrappedBuffer(topic)));
        }
        return true;
    }

    @Override
    public void disconnected(Pipe pipe) {
        connected.remove(pipe);
    }

    @Override
    public void detach(Pipe pipe) {
        connected.remove(pipe);
    }

    @Override
    public boolean accept(Pipe pipe, ZmtpMessage message) {
        if (type == ZmqSocketType.SUB) {
            matched = false;
            filter.match(message.buffer(0), message.offset(0), message.partLength(0), matcher);
            if (matched == option(ZmqOption.INVERT_MATCHING)) {
                message.release();
                return true;
            }
        }
        enqueue(pipe, message);
        return true;
    }

    @Override
    public void optionSet(ZmqOption<?> option, Object value) {
        if (option != ZmqOption.SUBSCRIBE && option != ZmqOption.UNSUBSCRIBE) {
            return;
        }
        if (type != ZmqSocketType.SUB) {
            super.optionSet(option, value);
        }
        if (option == ZmqOption.SUBSCRIBE) {
            subscribe((byte[]) value);
        } else {
            cancel((byte[]) value);
        }
    }

    private void subscribe(byte[] topic) {
        counts.merge(topic, 1, Integer::sum);
        filter.add(topic, this);
        for (int i = 0; i < connected.size(); i++) {
            connected.get(i).sendCommand(ZmtpCommand.subscribe(Unpooled.wrappedBuffer(topic)));
        }
    }

    private void cancel(byte[] topic) {
        Integer count = counts.get(topic);
        boolean last = count != null && count == 1;
        if (last) {
            counts.remove(topic);
            filter.remove(topic, this);
        } else if (count != null) {
            counts.put(topic, count - 1);
        }
        if (last || option(ZmqOption.XSUB_VERBOSE_UNSUBSCRIBE)) {
            for (int i = 0; i < connected.size(); i++) {
                connected.get(i).sendCommand(ZmtpCommand.cancel(Unpooled.wrappedBuffer(topic)));
            }
        }
    }

    @Override
    public int topics() {
        return counts.size();
    }

    /**
     * Sends for XSUB: the parts that are subscriptions or cancellations are carried out, and the other parts go to all
     * publishers as one message. With ONLY_FIRST_SUBSCRIBE the parts after the first belong to that message, whatever
     * they begin with.
     */
    @Override
    public boolean send(ZmtpMessage message) {
        if (type == ZmqSocketType.SUB) {
            return super.send(message);
        }
        int examined = option(ZmqOption.ONLY_FIRST_SUBSCRIBE) ? 1 : message.partCount();
        for (int i = 0; i < examined; i++) {
            int kind = Envelopes.subscriptionKind(message, i);
            if (kind == 1) {
                subscribe(Envelopes.topic(message, i));
            } else if (kind == 0) {
                cancel(Envelopes.topic(message, i));
            }
        }
        ZmtpMessage rest = Envelopes.withoutSubscriptions(message, examined);
        if (rest == null) {
            return true;
        }
        for (int i = 0; i < connected.size(); i++) {
            Pipe pipe = connected.get(i);
            if (pipe.hasRoom()) {
                pipe.send(rest.retain());
            } else {
                host.dropped(pipe);
            }
        }
        rest.release();
        return true;
    }
}
