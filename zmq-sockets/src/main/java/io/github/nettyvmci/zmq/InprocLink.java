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
import io.netty.util.ReferenceCountUtil;

import java.util.ArrayDeque;

/**
 * One end of a connection within the process. A message passes as it is; the other socket's high-water mark counts as
 * if it were added to ours.
 */
final class InprocLink implements Link {

    /** The other end is closed, {@code why} if that was not its own wish. */
    private record Down(Throwable why) {
    }

    private final SocketCore core;
    private final LinkOwner owner;
    private Lane out;
    private String peerName = "";
    private Lane in;
    private Pipe pipe;
    private boolean over;
    /** Messages that count in the lane and are in the pipe. */
    private int owed;
    /** What arrived before the two ends knew each other. */
    private ArrayDeque<Object> early = new ArrayDeque<>();

    InprocLink(SocketCore core, LinkOwner owner) {
        this.core = core;
        this.owner = owner;
    }

    /** Before anything else, on any thread. */
    void join(InprocLink peer) {
        ZmqOptions theirs = peer.owner.options();
        peerName = peer.core.name;
        boolean conflates = peer.core.mayConflate() && theirs.get(ZmqOption.CONFLATE);
        int limit = conflates ? 0 : theirs.get(ZmqOption.RCVHWM);
        out = new Lane(core.home(), peer.core.home(), limit, peer::arrived, peer.core::burstEnd, this::writable);
        peer.in = out;
    }

    void up(PeerInfo peer) {
        if (over) {
            return;
        }
        pipe = owner.up(this, peer);
        if (pipe == null) {
            close();
            return;
        }
        core.linkUp(pipe);
        ArrayDeque<Object> held = early;
        early = null;
        held.forEach(this::arrived);
    }

    private void arrived(Object event) {
        if (over) {
            ReferenceCountUtil.release(event);
        } else if (early != null) {
            early.add(event);
        } else if (event instanceof Down down) {
            down(down.why());
        } else if (event instanceof ZmtpCommand command) {
            core.command(pipe, command);
            command.release();
        } else {
            owed++;
            core.message(pipe, (ZmtpMessage) event);
            repay();
        }
    }

    /** Gives the room of messages that are in the pipe no longer back to the sender. */
    private void repay() {
        while (owed > pipe.inputSize()) {
            owed--;
            in.consumed();
        }
    }

    private void writable() {
        if (pipe != null && !over) {
            core.writable(pipe);
        }
    }

    private void down(Throwable why) {
        if (!over) {
            over = true;
            if (early != null) {
                early.forEach(ReferenceCountUtil::release);
                early.clear(); // up() may be under way
            }
            owner.down(this, pipe, why);
            core.settle();
        }
    }

    @Override
    public String address() {
        return peerName;
    }

    @Override
    public boolean isWritable() {
        return out.hasRoom();
    }

    @Override
    public void write(Object message) {
        if (!(message instanceof ZmtpMessage)) {
            out.offer(message);
        } else {
            out.offerMessage(own((ZmtpMessage) message));
        }
    }

    /** A message that others have too is given views of its own, whose indices nobody else moves. */
    private static ZmtpMessage own(ZmtpMessage message) {
        if (message.refCnt() == 1) {
            return message;
        }
        ByteBuf[] parts = new ByteBuf[message.size()];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = message.part(i).retainedDuplicate();
        }
        message.release();
        return ZmtpMessage.of(parts);
    }

    @Override
    public void flush() {
        // Every message is on its way at once.
    }

    @Override
    public void queued(Pipe to) {
        // See repay().
    }

    @Override
    public void consumed(Pipe from) {
        if (pipe != null) {
            repay();
        }
    }

    @Override
    public void close() {
        close(null);
    }

    @Override
    public void close(Throwable why) {
        if (!over) {
            out.offer(new Down(why));
            down(why);
        }
    }

    @Override
    public void finish(Runnable done) {
        close();
        done.run();
    }
}
