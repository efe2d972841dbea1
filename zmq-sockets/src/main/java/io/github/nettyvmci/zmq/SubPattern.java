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

import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * SUB and XSUB: subscriptions out to every publisher, messages in from all in turn (RFC 29). Subscriptions are counted:
 * each is sent, but the topic is cancelled only when it was taken back as often. SUB filters what comes in once more,
 * XSUB does not; XSUB takes its subscriptions as messages of 01 or 00 and the topic.
 *
 * <p>A new connection is told every topic once, in the order of the octets, whatever the high-water mark.
 */
final class SubPattern extends Pattern {

    private final Map<byte[], Integer> counts = new TreeMap<>(Arrays::compareUnsigned);
    private final SubscriptionStore<SubPattern> filter = new SubscriptionStore<>();
    private final List<Pipe> connected = new ArrayList<>();
    private boolean matched;

    SubPattern(PipeHost host, ZmqSocketType type) {
        super(host, type);
    }

    @Override
    SendMode sendMode() {
        return SendMode.ALWAYS;
    }

    @Override
    boolean connected(Pipe pipe) {
        connected.add(pipe);
        for (byte[] topic : counts.keySet()) {
            pipe.sendCommand(ZmtpCommand.subscribe(Unpooled.wrappedBuffer(topic)));
        }
        return true;
    }

    @Override
    void disconnected(Pipe pipe) {
        connected.remove(pipe);
    }

    @Override
    void detach(Pipe pipe) {
        connected.remove(pipe);
    }

    @Override
    boolean accept(Pipe pipe, ZmtpMessage message) {
        if (type == ZmqSocketType.SUB) {
            ByteBuf first = message.part(0);
            matched = false;
            filter.match(first, first.readerIndex(), first.readableBytes(), self -> matched = true);
            if (matched == option(ZmqOption.INVERT_MATCHING)) {
                message.release();
                return true;
            }
        }
        enqueue(pipe, message);
        return true;
    }

    @Override
    void optionSet(ZmqOption<?> option, Object value) {
        if (option != ZmqOption.SUBSCRIBE && option != ZmqOption.UNSUBSCRIBE) {
            return;
        }
        if (type != ZmqSocketType.SUB) {
            super.optionSet(option, value);
        }
        if (option == ZmqOption.SUBSCRIBE) {
            subscribe((byte[]) value);
        } else if (!cancel((byte[]) value)) {
            throw new ZmqException(ZmqError.INVALID, "UNSUBSCRIBE: a topic of " + ((byte[]) value).length
                    + " octets (expected: one that was subscribed)");
        }
    }

    private void subscribe(byte[] topic) {
        counts.merge(topic, 1, Integer::sum);
        filter.add(topic, this);
        for (int i = 0; i < connected.size(); i++) {
            connected.get(i).sendCommand(ZmtpCommand.subscribe(Unpooled.wrappedBuffer(topic)));
        }
    }

    private boolean cancel(byte[] topic) {
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
        return count != null;
    }

    @Override
    int topics() {
        return counts.size();
    }

    /** XSUB: a subscription, or a message to all publishers. */
    @Override
    boolean send(ZmtpMessage message) {
        if (type == ZmqSocketType.SUB) {
            return super.send(message);
        }
        int examined = option(ZmqOption.ONLY_FIRST_SUBSCRIBE) ? 1 : message.size();
        boolean subscriptions = true;
        for (int i = 0; i < examined; i++) {
            subscriptions &= kind(message.part(i)) >= 0;
        }
        if (!subscriptions) {
            for (int i = 0; i < connected.size(); i++) {
                Pipe pipe = connected.get(i);
                if (pipe.hasRoom()) {
                    pipe.send(message.retain());
                } else {
                    host.dropped(pipe);
                }
            }
        }
        for (int i = 0; subscriptions && i < examined; i++) {
            ByteBuf part = message.part(i);
            byte[] topic = Messages.octets(part.slice(part.readerIndex() + 1, part.readableBytes() - 1));
            if (kind(part) == 1) {
                subscribe(topic);
            } else {
                cancel(topic);
            }
        }
        message.release();
        return true;
    }

    /** Returns 1 for a subscription, 0 for a cancellation, -1 for anything else. */
    private static int kind(ByteBuf part) {
        int first = part.isReadable() ? part.getByte(part.readerIndex()) : -1;
        return first == 0 || first == 1 ? first : -1;
    }
}
