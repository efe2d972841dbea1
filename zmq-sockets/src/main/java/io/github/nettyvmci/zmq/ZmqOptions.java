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

import java.time.Duration;
import java.util.BitSet;

/** The values of all {@link ZmqOption}s of a socket at some moment. Immutable. */
public final class ZmqOptions {

    private final Object[] values;
    /** Has the index of every option that was set, even if to its default. */
    private final BitSet set;

    private ZmqOptions(Object[] values, BitSet set) {
        this.values = values;
        this.set = set;
    }

    /**
     * Returns the options of a socket for which none was set.
     *
     * @param type the type of the socket
     * @return the defaults; LINGER depends on the type
     */
    public static ZmqOptions defaults(ZmqSocketType type) {
        Object[] values = new Object[ZmqOption.all().size()];
        for (ZmqOption<?> option : ZmqOption.all().values()) {
            values[option.index] = option.defaultValue();
        }
        ZmqOptions options = new ZmqOptions(values, new BitSet());
        // Only subscriptions wait to be sent by these types, and a peer that is gone needs none.
        return type == ZmqSocketType.SUB || type == ZmqSocketType.XSUB || type == ZmqSocketType.DISH
                ? options.with(ZmqOption.LINGER, Duration.ZERO) : options;
    }

    /**
     * Returns the value of an option.
     *
     * @param option the option
     * @param <T>    type of the value
     * @return the value; an array is not copied, and the caller must not change it
     */
    @SuppressWarnings("unchecked")
    public <T> T get(ZmqOption<T> option) {
        return (T) values[option.index];
    }

    /**
     * Tells whether an option was set, even if to its default.
     *
     * @param option the option
     * @return whether it was set
     */
    public boolean isSet(ZmqOption<?> option) {
        return set.get(option.index);
    }

    /**
     * Returns the value of an option that is a time, as libzmq has it.
     *
     * @param option the option
     * @return milliseconds; -1 for {@link ZmqOption#FOREVER} and for a time less than zero
     */
    public int millis(ZmqOption<Duration> option) {
        Duration time = get(option);
        return time.isNegative() || time.equals(ZmqOption.FOREVER) ? -1 : (int) time.toMillis();
    }

    /**
     * Returns a copy of these options with one changed. XPUB_VERBOSE and XPUB_VERBOSER switch each other off.
     *
     * @param option the option to change
     * @param value  the new value; copied
     * @param <T>    type of the value
     * @return the changed copy
     * @throws ZmqException {@link ZmqError#INVALID} if the value is not allowed
     */
    public <T> ZmqOptions with(ZmqOption<T> option, T value) {
        Object[] copy = values.clone();
        copy[option.index] = option.check(value);
        if (option == ZmqOption.XPUB_VERBOSE) {
            copy[ZmqOption.XPUB_VERBOSER.index] = false;
        } else if (option == ZmqOption.XPUB_VERBOSER) {
            copy[ZmqOption.XPUB_VERBOSE.index] = false;
        }
        BitSet more = (BitSet) set.clone();
        more.set(option.index);
        return new ZmqOptions(copy, more);
    }
}
