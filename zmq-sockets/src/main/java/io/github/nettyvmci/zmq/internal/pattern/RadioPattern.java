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

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBufUtil;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * RADIO: a message goes to every peer that joined exactly its group (RFC 48). A message is the group and the body. The
 * groups of all peers are bounded like the subscriptions of {@link PubPattern}.
 */
final class RadioPattern extends Pattern {

    static final int MAX_GROUP = 255;

    private final SubscriptionStore<Pipe> groups = new SubscriptionStore<>();
    /** The peers that get the message that is being sent. */
    private final List<Pipe> members = new ArrayList<>();
    private final Consumer<Pipe> member = members::add;
    private final long maxBytes;

    RadioPattern(PipeHost host, ZmtpLimits limits) {
        super(host, ZmqSocketType.RADIO);
        maxBytes = limits.maxSubscriptionBytes();
    }

    @Override
    public SendMode sendMode() {
        return option(ZmqOption.XPUB_NODROP) ? SendMode.ASKED : SendMode.ALWAYS;
    }

    @Override
    public void disconnected(Pipe pipe) {
        detach(pipe);
    }

    @Override
    public void detach(Pipe pipe) {
        groups.removeAll(pipe, (group, last) -> { });
    }

    @Override
    public void command(Pipe pipe, ZmtpCommand command) {
        byte[] group = ByteBufUtil.getBytes(command.content());
        if (command.kind() == ZmtpCommand.Kind.LEAVE) {
            groups.remove(group, pipe);
        } else {
            groups.add(group, pipe);
            PubPattern.limit(host, groups, maxBytes);
        }
    }

    @Override
    public boolean send(ZmtpMessage message) {
        groups.exactly(message.buffer(0), message.offset(0), message.partLength(0), member);
        if (option(ZmqOption.XPUB_NODROP)) {
            for (int i = 0; i < members.size(); i++) {
                if (!members.get(i).hasRoom()) {
                    members.clear();
                    return false;
                }
            }
        }
        for (int i = 0; i < members.size(); i++) {
            Pipe pipe = members.get(i);
            if (pipe.hasRoom()) {
                pipe.send(message.retain());
            } else {
                host.dropped(pipe);
            }
        }
        members.clear();
        message.release();
        return true;
    }

    @Override
    public void checkSend(ZmtpMessage message) {
        if (message.partCount() != 2 || message.partLength(0) > MAX_GROUP
                || hasZero(message)) {
            throw new ZmqException(ZmqError.INVALID, "message of " + message.partCount() + " parts, the first "
                    + message.partLength(0) + " octets, on a socket of type RADIO (expected: a group of at most "
                    + MAX_GROUP + " octets, none of them 0, and one part)");
        }
    }

    private static boolean hasZero(ZmtpMessage message) {
        int begin = message.offset(0);
        return message.buffer(0).indexOf(begin, begin + message.partLength(0), (byte) 0) >= 0;
    }
}
