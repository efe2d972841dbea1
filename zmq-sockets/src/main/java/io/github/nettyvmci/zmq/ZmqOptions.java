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

/** A set of values, one for each {@link ZmqOption}: the options of a socket at some moment. Immutable. */
public final class ZmqOptions {

    private final Object[] values;
    /** Which were set, by their index, whatever the value. */
    private final BitSet set;

    private ZmqOptions(Object[] values, BitSet set) {
        this.values = values;
        this.set = set;
    }

    /**
     * Returns what a socket has that was told nothing.
     *
     * @param type its type
     * @return the defaults
     */
    public static ZmqOptions defaults(ZmqSocketType type) {
        Object[] values = new Object[ZmqOption.all().size()];
        for (ZmqOption<?> option : ZmqOption.all().values()) {
            values[option.index] = option.defaultValue();
        }
        ZmqOptions options = new ZmqOptions(values, new BitSet());
        // What waits to go out of these are subscriptions; a peer that is gone needs none.
        return type == ZmqSocketType.SUB || type == ZmqSocketType.XSUB || type == ZmqSocketType.DISH
                ? options.with(ZmqOption.LINGER, Duration.ZERO) : options;
    }

    /**
     * Returns a value.
     *
     * @param option which one
     * @param <T>    its type
     * @return the value; arrays are not copied, and not to be changed
     */
    @SuppressWarnings("unchecked")
    public <T> T get(ZmqOption<T> option) {
        return (T) values[option.index];
    }

    /**
     * Tells whether somebody chose the value, be it the default.
     *
     * @param option which one
     * @return whether it was set
     */
    public boolean isSet(ZmqOption<?> option) {
        return set.get(option.index);
    }

    /**
     * Returns a time as libzmq has it.
     *
     * @param option which one
     * @return milliseconds; -1 for {@link ZmqOption#FOREVER} or less than zero
     */
    public int millis(ZmqOption<Duration> option) {
        Duration time = get(option);
        return time.isNegative() || time.equals(ZmqOption.FOREVER) ? -1 : (int) time.toMillis();
    }

    /**
     * Returns these options with one changed.
     *
     * @param option which one
     * @param value  copied
     * @param <T>    its type
     * @return other options
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
