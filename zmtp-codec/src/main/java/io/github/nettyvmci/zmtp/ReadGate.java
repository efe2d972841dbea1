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
package io.github.nettyvmci.zmtp;

import io.netty.channel.ChannelConfig;

/**
 * Decides whether messages go on to the handlers behind the codec: always while autoRead is on, one for each
 * {@code read()} while it is off, and all that are left once the connection has ended.
 */
final class ReadGate {

    private enum Demand {
        /** Nobody called {@code read()}, or whoever did has got a message for it. */
        NONE,
        /** Somebody called {@code read()} while autoRead was off and has not got a message yet. */
        ONE,
        /** The connection has ended: what is left is delivered whether it was asked for or not. */
        ALL
    }

    private final ChannelConfig config;
    private Demand demand = Demand.NONE;
    /** Set while kept messages are delivered: a {@code read()} from within is seen by whoever delivers. */
    private boolean delivering;
    /** Set from channelReadComplete to the {@code read()} with which the transport follows it while autoRead is on. */
    private boolean readFollows;

    ReadGate(ChannelConfig config) {
        this.config = config;
    }

    /** Tells whether a message may go on now. */
    boolean isOpen() {
        return demand != Demand.NONE || config.isAutoRead();
    }

    /** Tells whether any number of messages may go on now. */
    boolean isOpenForMany() {
        return demand == Demand.ALL || config.isAutoRead();
    }

    /** Tells whether somebody called {@code read()} while autoRead was off and got no message for it. */
    boolean isDemanded() {
        return demand == Demand.ONE;
    }

    /** Notes that a message is wanted though autoRead is off. */
    void demand() {
        if (demand == Demand.NONE) {
            demand = Demand.ONE;
        }
    }

    /**
     * Notes that a message goes on. To be called before the handlers get it, which may ask for the next.
     *
     * @return whether it was demanded by a {@code read()}
     */
    boolean pass() {
        if (demand != Demand.ONE) {
            return false;
        }
        demand = Demand.NONE;
        return true;
    }

    /** Opens for all that is left. */
    void drain() {
        demand = Demand.ALL;
    }

    /**
     * Notes a {@code read()}.
     *
     * @return whether reading was at a stop before; the {@code read()} with which the transport follows each
     *         channelReadComplete while autoRead is on does not end a stop
     */
    boolean read() {
        boolean autoRead = config.isAutoRead();
        boolean resumed = !readFollows && (autoRead || !isDemanded());
        readFollows = false;
        if (!autoRead) {
            demand();
        }
        return resumed;
    }

    /** Notes that the handlers have heard of a channelReadComplete. */
    void readCompleted() {
        readFollows = config.isAutoRead();
    }

    /** Begins to deliver what was kept, or an event before which nothing may be delivered. */
    void beginDelivery() {
        delivering = true;
    }

    void endDelivery() {
        delivering = false;
    }

    boolean isDelivering() {
        return delivering;
    }
}
