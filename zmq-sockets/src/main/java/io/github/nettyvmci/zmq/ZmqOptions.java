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
     * Returns the options a socket has before any is set.
     *
     * @param type the type of the socket
     * @return a set with the default of every option
     */
    public static ZmqOptions defaults(ZmqSocketType type) {
        Object[] values = new Object[ZmqOption.all().size()];
        for (ZmqOption<?> option : ZmqOption.all().values()) {
            values[option.index] = option.defaultValue();
        }
        ZmqOptions options = new ZmqOptions(values, new BitSet());
        // What waits to go out of these are subscriptions; a peer that is gone needs none.
        return type == ZmqSocketType.SUB || type == ZmqSocketType.XSUB || type == ZmqSocketType.DISH
                ? options.with(ZmqOption.LINGER, 0) : options;
    }

    /**
     * Returns a value.
     *
     * @param option which one
     * @param <T>    its type
     * @return the value; arrays are not copied and not to be changed
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
     * Returns these options but for one.
     *
     * @param option which one
     * @param value  what it is set to; the options that are lists get it beside what they have
     * @param <T>    its type
     * @return a new set
     * @throws ZmqException {@link ZmqError#INVALID} if the value is not allowed
     */
    public <T> ZmqOptions with(ZmqOption<T> option, T value) {
        Object[] copy = values.clone();
        copy[option.index] = option.check(value);
        if (option == ZmqOption.XPUB_VERBOSE) {
            copy[ZmqOption.XPUB_VERBOSER.index] = false;
        } else if (option == ZmqOption.XPUB_VERBOSER) {
            copy[ZmqOption.XPUB_VERBOSE.index] = false;
        } else if (option.isList() && !((String) value).isEmpty()) {
            String before = (String) values[option.index];
            copy[option.index] = before.isEmpty() ? value : before + '\n' + value;
        }
        BitSet more = (BitSet) set.clone();
        more.set(option.index);
        return new ZmqOptions(copy, more);
    }
}
