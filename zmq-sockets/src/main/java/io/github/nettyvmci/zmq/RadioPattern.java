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
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** RADIO: to every peer in exactly this group (RFC 48). A message is the group and the body. */
final class RadioPattern extends Pattern {

    static final int MAX_GROUP = 255;

    /** Sorted: peers choose the names, and could choose some that one bucket of a hash table has to hold. */
    private final Map<ByteBuf, Set<Pipe>> groups = new TreeMap<>();
    private final Map<Pipe, Set<ByteBuf>> memberships = new HashMap<>();
    private final int maxGroups;

    RadioPattern(PipeHost host, ZmtpLimits limits) {
        super(host, ZmqSocketType.RADIO);
        maxGroups = limits.maxSubscriptions();
    }

    @Override
    SendMode sendMode() {
        return option(ZmqOption.XPUB_NODROP) ? SendMode.ASKED : SendMode.ALWAYS;
    }

    @Override
    void disconnected(Pipe pipe) {
        detach(pipe);
    }

    @Override
    void detach(Pipe pipe) {
        Set<ByteBuf> own = memberships.remove(pipe);
        if (own != null) {
            own.forEach(group -> leave(pipe, group));
        }
    }

    @Override
    void command(Pipe pipe, ZmtpCommand command) {
        ByteBuf group = Unpooled.wrappedBuffer(Messages.octets(command.content()));
        Set<ByteBuf> own = memberships.computeIfAbsent(pipe, p -> new TreeSet<>());
        if (command.kind() == ZmtpCommand.Kind.LEAVE) {
            if (own.remove(group)) {
                leave(pipe, group);
            }
        } else if (own.size() >= maxGroups) {
            host.disconnect(pipe);
        } else if (own.add(group)) {
            groups.computeIfAbsent(group, g -> new LinkedHashSet<>()).add(pipe);
        }
    }

    private void leave(Pipe pipe, ByteBuf group) {
        Set<Pipe> members = groups.get(group);
        members.remove(pipe);
        if (members.isEmpty()) {
            groups.remove(group);
        }
    }

    @Override
    boolean send(ZmtpMessage message) {
        Set<Pipe> members = groups.getOrDefault(message.part(0), Set.of());
        if (option(ZmqOption.XPUB_NODROP) && !members.stream().allMatch(Pipe::hasRoom)) {
            return false;
        }
        for (Pipe pipe : members) {
            if (pipe.hasRoom()) {
                pipe.send(message.retain());
            } else {
                host.dropped(pipe);
            }
        }
        message.release();
        return true;
    }

    @Override
    void checkSend(ZmtpMessage message) {
        if (message.size() != 2 || message.partLength(0) > MAX_GROUP
                || message.part(0).bytesBefore((byte) 0) >= 0) {
            throw new ZmqException(ZmqError.INVALID, "message of " + message.size() + " parts, the first "
                    + message.partLength(0) + " octets, on a socket of type RADIO (expected: a group of at most "
                    + MAX_GROUP + " octets, none of them 0, and one part)");
        }
    }
}
