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

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.DefaultByteBufHolder;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber tells its publisher: SUBSCRIBE and CANCEL a topic (RFC 37, "Commands"), JOIN and LEAVE a group
 * (RFC 48). The content is the topic or the group. All other commands are the codec's own business.
 *
 * <pre>
 *  SUBSCRIBE = 09 "SUBSCRIBE" topic      ZMTP 3.0 and older: a message of 01 topic
 *  CANCEL    = 06 "CANCEL" topic         ZMTP 3.0 and older: a message of 00 topic
 *  JOIN      = 04 "JOIN" group
 *  LEAVE     = 05 "LEAVE" group
 * </pre>
 *
 * <p>The codec sends the form that the peer's version understands and accepts both from any. Publishers receive
 * SUBSCRIBE and CANCEL, RADIO receives JOIN and LEAVE; sent to any other socket type they are dropped. Reference
 * counted through its content.
 */
public final class ZmtpCommand extends DefaultByteBufHolder {

    /** The commands of this class. */
    public enum Kind {
        /** Send me what begins with the topic. */
        SUBSCRIBE,
        /** Take one subscription back. */
        CANCEL,
        /** Send me what goes to the group. */
        JOIN,
        /** Leave the group. */
        LEAVE
    }

    private final Kind kind;

    /**
     * Makes a command.
     *
     * @param kind    what is asked for
     * @param content the topic or group; the command takes over the caller's reference
     */
    public ZmtpCommand(Kind kind, ByteBuf content) {
        super(content);
        this.kind = requireNonNull(kind, "kind");
    }

    /**
     * Makes a SUBSCRIBE.
     *
     * @param topic the prefix of wanted messages; empty for all. The command takes over the caller's reference
     * @return the command
     */
    public static ZmtpCommand subscribe(ByteBuf topic) {
        return new ZmtpCommand(Kind.SUBSCRIBE, topic);
    }

    /**
     * Makes a CANCEL.
     *
     * @param topic a prefix that was subscribed; the command takes over the caller's reference
     * @return the command
     */
    public static ZmtpCommand cancel(ByteBuf topic) {
        return new ZmtpCommand(Kind.CANCEL, topic);
    }

    /**
     * Makes a JOIN.
     *
     * @param group up to 255 octets, none of them 0; the command takes over the caller's reference
     * @return the command
     */
    public static ZmtpCommand join(ByteBuf group) {
        return new ZmtpCommand(Kind.JOIN, group);
    }

    /**
     * Makes a LEAVE.
     *
     * @param group a group that was joined; the command takes over the caller's reference
     * @return the command
     */
    public static ZmtpCommand leave(ByteBuf group) {
        return new ZmtpCommand(Kind.LEAVE, group);
    }

    /**
     * Returns what is asked for.
     *
     * @return the kind, never {@code null}
     */
    public Kind kind() {
        return kind;
    }

    @Override
    public ZmtpCommand copy() {
        return replace(content().copy());
    }

    @Override
    public ZmtpCommand duplicate() {
        return replace(content().duplicate());
    }

    @Override
    public ZmtpCommand retainedDuplicate() {
        return replace(content().retainedDuplicate());
    }

    @Override
    public ZmtpCommand replace(ByteBuf content) {
        return new ZmtpCommand(kind, content);
    }

    @Override
    public ZmtpCommand retain() {
        super.retain();
        return this;
    }

    @Override
    public ZmtpCommand retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public ZmtpCommand touch() {
        super.touch();
        return this;
    }

    @Override
    public ZmtpCommand touch(@Nullable Object hint) {
        super.touch(hint);
        return this;
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof ZmtpCommand other && kind == other.kind && super.equals(o);
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + kind.hashCode();
    }

    @Override
    public String toString() {
        return kind + "(" + (refCnt() == 0 ? "released" : ByteBufUtil.hexDump(content())) + ')';
    }
}
