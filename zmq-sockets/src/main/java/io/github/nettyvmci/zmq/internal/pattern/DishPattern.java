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
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** DISH: it receives what was sent to the groups it joined (RFC 48). A message is the group and the body. */
final class DishPattern extends Pattern {

    private final Set<ByteKey> groups = new LinkedHashSet<>();
    private final ByteKey lookup = new ByteKey();
    private final List<Pipe> connected = new ArrayList<>();

    DishPattern(PipeHost host) {
        super(host, ZmqSocketType.DISH);
    }

    @Override
    public SendMode sendMode() {
        return SendMode.ASKED;
    }

    @Override
    public boolean connected(Pipe pipe) {
        connected.add(pipe);
        for (ByteKey group : groups) {
            pipe.sendCommand(new ZmtpCommand(ZmtpCommand.Kind.JOIN, Unpooled.wrappedBuffer(group.bytes())));
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
        if (message.partCount() != 2 || message.partLength(0) > RadioPattern.MAX_GROUP) {
            message.release();
            return false;
        }
        if (groups.contains(lookup.of(message, 0))) {
            enqueue(pipe, message);
        } else {
            message.release();
        }
        return true;
    }

    @Override
    public void group(byte[] name, boolean join) {
        ByteKey group = new ByteKey(name.clone());
        if (name.length > RadioPattern.MAX_GROUP || Unpooled.wrappedBuffer(name).bytesBefore((byte) 0) >= 0) {
            throw new ZmqException(ZmqError.INVALID, "group: " + name.length + " octets (expected: at most "
                    + RadioPattern.MAX_GROUP + ", none of them 0)");
        }
        if (join ? !groups.add(group) : !groups.remove(group)) {
            throw new ZmqException(ZmqError.INVALID, "group of " + name.length + " octets: "
                    + (join ? "joined before (expected: each once)" : "not joined (expected: one that was)"));
        }
        ZmtpCommand.Kind kind = join ? ZmtpCommand.Kind.JOIN : ZmtpCommand.Kind.LEAVE;
        for (Pipe pipe : connected) {
            pipe.sendCommand(new ZmtpCommand(kind, Unpooled.wrappedBuffer(name.clone())));
        }
    }
}
