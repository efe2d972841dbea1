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

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one peer, or the sums of all peers that left. The socket's event loop writes them, and any thread
 * reads them, each as a {@link Counter}; they share one object because there may be many peers.
 */
public final class PeerCounters {

    private static final VarHandle MESSAGES_IN = handle("messagesIn");
    private static final VarHandle BYTES_IN = handle("bytesIn");
    private static final VarHandle MESSAGES_OUT = handle("messagesOut");
    private static final VarHandle BYTES_OUT = handle("bytesOut");
    private static final VarHandle DROPPED = handle("dropped");
    private static final VarHandle QUEUED = handle("queued");

    private long messagesIn;
    private long bytesIn;
    private long messagesOut;
    private long bytesOut;
    private long dropped;
    private long queued;

    private static VarHandle handle(String field) {
        try {
            return MethodHandles.lookup().findVarHandle(PeerCounters.class, field, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Counts messages that came, and their bytes. On the socket's loop, as the next four. */
    public void came(long messages, long bytes) {
        MESSAGES_IN.setOpaque(this, messagesIn + messages);
        BYTES_IN.setOpaque(this, bytesIn + bytes);
    }

    /** Counts messages that were written to the connection, and their bytes. */
    void went(long messages, long bytes) {
        MESSAGES_OUT.setOpaque(this, messagesOut + messages);
        BYTES_OUT.setOpaque(this, bytesOut + bytes);
    }

    /** Counts messages that were dropped. */
    public void drop(long messages) {
        DROPPED.setOpaque(this, dropped + messages);
    }

    /** Sets how many messages wait to go out. */
    void queue(long messages) {
        QUEUED.setOpaque(this, messages);
    }

    /** Adds the sums of another. {@link #queued} is left out, because what waited for a peer that left was dropped. */
    public void add(PeerCounters gone) {
        came(gone.messagesIn(), gone.bytesIn());
        went(gone.messagesOut(), gone.bytesOut());
        drop(gone.dropped());
    }

    /** Returns how many messages came. Any thread, as the next five. */
    public long messagesIn() {
        return (long) MESSAGES_IN.getOpaque(this);
    }

    /** Returns how many bytes these had. */
    public long bytesIn() {
        return (long) BYTES_IN.getOpaque(this);
    }

    /** Returns how many messages were written to the connection. */
    public long messagesOut() {
        return (long) MESSAGES_OUT.getOpaque(this);
    }

    /** Returns how many bytes these had. */
    public long bytesOut() {
        return (long) BYTES_OUT.getOpaque(this);
    }

    /** Returns how many messages were dropped. */
    public long dropped() {
        return (long) DROPPED.getOpaque(this);
    }

    /** Returns how many messages wait to go out. */
    public long queued() {
        return (long) QUEUED.getOpaque(this);
    }
}
