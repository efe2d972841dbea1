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
import io.github.nettyvmci.zmq.internal.pattern.SubscriptionStore.Change;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpLimitException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * PUB and XPUB: a message goes to every peer with a subscription that its first part begins with (RFC 29). XPUB
 * delivers the subscriptions as messages of 01 or 00 and the topic.
 *
 * <p>What peers may make the socket keep is bounded: the length of a topic by
 * {@link ZmtpLimits#maxSubscriptionLength()}, all topics together by {@link ZmtpLimits#maxSubscriptionBytes()},
 * notifications by the receive high-water mark.
 */
final class PubPattern extends Pattern {

    /** The subscriptions that decide which peers get a message. */
    private final SubscriptionStore<Pipe> subscriptions = new SubscriptionStore<>();
    /** With XPUB_MANUAL, the subscriptions that the peers asked for, whatever the application made of them. */
    private final SubscriptionStore<Pipe> asked = new SubscriptionStore<>();
    private final long maxBytes;
    private final int maxLength;
    private final List<Pipe> connected = new ArrayList<>();
    private final List<Pipe> matched = new ArrayList<>();
    /** The visitor of a match, which is made once and not for every message. */
    private final Consumer<Pipe> matcher = this::match;
    /** The senders of the notifications, in the order in which they came, which is not peer by peer. */
    private final ArrayDeque<Pipe> order = new ArrayDeque<>();
    private long mark;
    /** The sender of what the application received last, to which XPUB_MANUAL applies its SUBSCRIBE and UNSUBSCRIBE. */
    private @Nullable Pipe lastSender;
    /** With XPUB_MANUAL_LAST_VALUE, the peer that alone gets the next message. */
    private @Nullable Pipe lastSubscriber;

    PubPattern(PipeHost host, ZmqSocketType type, ZmtpLimits limits) {
        super(host, type);
        maxBytes = limits.maxSubscriptionBytes();
        maxLength = limits.maxSubscriptionLength();
    }

    private boolean isXpub() {
        return type == ZmqSocketType.XPUB;
    }

    private boolean isManual() {
        return isXpub() && (option(ZmqOption.XPUB_MANUAL) || option(ZmqOption.XPUB_MANUAL_LAST_VALUE));
    }

    @Override
    public SendMode sendMode() {
        return option(ZmqOption.XPUB_NODROP) ? SendMode.ASKED : SendMode.ALWAYS;
    }

    /** Returns {@code false}, because receiving sets {@link #lastSender}, which belongs to the event loop. */
    @Override
    public boolean isTakenFrom() {
        return false;
    }

    @Override
    public boolean connected(Pipe pipe) {
        connected.add(pipe);
        byte[] welcome = option(ZmqOption.XPUB_WELCOME_MSG);
        if (welcome.length > 0) {
            pipe.sendFirst(ZmtpMessage.of(welcome));
        }
        return true;
    }

    @Override
    public void disconnected(Pipe pipe) {
        forget(pipe);
    }

    @Override
    public void detach(Pipe pipe) {
        forget(pipe);
    }

    private void forget(Pipe pipe) {
        connected.remove(pipe);
        if (lastSender == pipe) {
            lastSender = null;
        }
        if (lastSubscriber == pipe) {
            lastSubscriber = null;
        }
        if (isManual()) {
            subscriptions.removeAll(pipe, (topic, last) -> { });
            asked.removeAll(pipe, (topic, last) -> notify(pipe, 0, topic));
            return;
        }
        asked.removeAll(pipe, (topic, last) -> { });
        boolean all = option(ZmqOption.XPUB_VERBOSER);
        subscriptions.removeAll(pipe, (topic, last) -> {
            if (isXpub() && (last || all)) {
                notify(pipe, 0, topic);
            }
        });
    }

    @Override
    public void command(Pipe pipe, ZmtpCommand command) {
        subscription(pipe, command.kind() == ZmtpCommand.Kind.SUBSCRIBE, ByteBufUtil.getBytes(command.content()));
    }

    /**
     * Looks for subscriptions among the parts of a longer message, as libzmq does; the codec has recognized those that
     * are a message of one part or a command. The parts that are left are a message to XPUB's application.
     */
    @Override
    public boolean accept(Pipe pipe, ZmtpMessage message) {
        if (message.partCount() == 1) {
            return keep(pipe, message);
        }
        int examined = option(ZmqOption.ONLY_FIRST_SUBSCRIBE) ? 1 : message.partCount();
        for (int i = 0; i < examined && !pipe.closed; i++) {
            int kind = Envelopes.subscriptionKind(message, i);
            if (kind >= 0) {
                subscription(pipe, kind == 1, Envelopes.topic(message, i));
            }
        }
        ZmtpMessage rest = Envelopes.withoutSubscriptions(message, examined);
        return rest == null || keep(pipe, rest);
    }

    /** Keeps a message of a subscriber for XPUB's application. */
    private boolean keep(Pipe pipe, ZmtpMessage message) {
        if (isXpub() && !pipe.closed) {
            deliver(pipe, message);
        } else {
            message.release();
        }
        return true;
    }

    private void deliver(Pipe pipe, ZmtpMessage message) {
        enqueue(pipe, message);
        order.add(pipe);
    }

    private void subscription(Pipe pipe, boolean subscribe, byte[] topic) {
        SubscriptionStore<Pipe> store = isManual() ? asked : subscriptions;
        if (topic.length > maxLength) {
            host.disconnect(pipe, new ZmtpLimitException("topic octets", topic.length, maxLength,
                    "maxSubscriptionLength"));
            return;
        }
        // XPUB's application is told of a cancellation of what the peer never subscribed to, as in libzmq, though it
        // changes nothing.
        Change change = subscribe ? add(store, topic, pipe) : store.remove(topic, pipe);
        boolean told = isManual() || (subscribe
                ? change == Change.TOPIC || option(ZmqOption.XPUB_VERBOSE) || option(ZmqOption.XPUB_VERBOSER)
                : change != Change.PEER || option(ZmqOption.XPUB_VERBOSER));
        if (isXpub() && told && !pipe.closed) {
            notify(pipe, subscribe ? 1 : 0, topic);
        }
    }

    private Change add(SubscriptionStore<Pipe> store, byte[] topic, Pipe pipe) {
        Change change = store.add(topic, pipe);
        limit(host, store, maxBytes);
        return change;
    }

    /** Closes the connections whose subscriptions take the most memory until the rest is within the limit. */
    static void limit(PipeHost host, SubscriptionStore<Pipe> subscriptions, long maxBytes) {
        while (subscriptions.bytes() > maxBytes) {
            Pipe largest = subscriptions.largest();
            host.disconnect(largest, new ZmtpLimitException("subscriptions of all peers, of which this one has most ("
                    + subscriptions.bytesOf(largest) + "), octets", subscriptions.bytes(), maxBytes,
                    "maxSubscriptionBytes"));
        }
    }

    private void notify(Pipe pipe, int kind, byte[] topic) {
        byte[] octets = new byte[topic.length + 1];
        octets[0] = (byte) kind;
        System.arraycopy(topic, 0, octets, 1, topic.length);
        deliver(pipe, ZmtpMessage.of(octets));
    }

    @Override
    public @Nullable ZmtpMessage receive() {
        Pipe pipe = order.poll();
        ZmtpMessage message = pipe == null ? null : in.take(pipe);
        if (message != null) {
            lastSender = pipe.closed ? null : pipe;
        }
        return message;
    }

    @Override
    public void optionSet(ZmqOption<?> option, Object value) {
        boolean subscribe = option == ZmqOption.SUBSCRIBE;
        if (!subscribe && option != ZmqOption.UNSUBSCRIBE) {
            return;
        }
        if (!isManual()) {
            super.optionSet(option, value);
        }
        if (lastSender == null) {
            return; // the peer left in the meantime, or nothing was received yet
        }
        if (subscribe) {
            Pipe subscriber = lastSender;
            add(subscriptions, (byte[]) value, subscriber);
            lastSubscriber = option(ZmqOption.XPUB_MANUAL_LAST_VALUE) ? lastSender : null;
        } else {
            subscriptions.remove((byte[]) value, lastSender);
        }
    }

    @Override
    public int topics() {
        return subscriptions.topics();
    }

    @Override
    public boolean send(ZmtpMessage message) {
        match(message);
        if (lastSubscriber != null) {
            boolean matches = matched.contains(lastSubscriber);
            matched.clear();
            if (matches) {
                matched.add(lastSubscriber);
            }
        }
        if (option(ZmqOption.XPUB_NODROP)) {
            for (int i = 0; i < matched.size(); i++) {
                if (!matched.get(i).hasRoom()) {
                    matched.clear();
                    return false;
                }
            }
        }
        lastSubscriber = null;
        for (int i = 0; i < matched.size(); i++) {
            Pipe pipe = matched.get(i);
            if (pipe.hasRoom()) {
                pipe.send(message.retain());
            } else {
                host.dropped(pipe);
            }
        }
        matched.clear();
        message.release();
        return true;
    }

    private void match(Pipe pipe) {
        if (pipe.mark != mark) { // else another prefix of the same peer matched before
            pipe.mark = mark;
            matched.add(pipe);
        }
    }

    private void match(ZmtpMessage message) {
        mark++;
        subscriptions.match(message.buffer(0), message.offset(0), message.partLength(0), matcher);
        if (option(ZmqOption.INVERT_MATCHING)) {
            matched.clear();
            for (int i = 0; i < connected.size(); i++) {
                if (connected.get(i).mark != mark) {
                    matched.add(connected.get(i));
                }
            }
        }
    }
}
