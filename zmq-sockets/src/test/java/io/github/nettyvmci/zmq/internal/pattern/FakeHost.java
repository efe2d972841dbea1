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

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpMessage;

import java.util.ArrayList;
import java.util.List;

/** Stands for a socket, so that patterns can be tested without event loops and connections. */
public final class FakeHost implements PipeHost {

    ZmqOptions options = ZmqOptions.defaults(ZmqSocketType.PAIR);
    Pattern pattern;
    int dropped;
    final List<Pipe> disconnected = new ArrayList<>();
    final List<Throwable> causes = new ArrayList<>();

    <T> FakeHost with(ZmqOption<T> option, T value) {
        options = options.with(option, value);
        return this;
    }

    @Override
    public boolean mayConflate() {
        return true;
    }

    /** A connection that writes down what it is given. */
    static final class FakeConnection implements Connection {

        final List<String> written = new ArrayList<>();
        boolean writable = true;
        boolean paused;
        int batchRoom = Integer.MAX_VALUE;

        @Override
        public boolean isWritable() {
            return writable;
        }

        @Override
        public int batchRoom() {
            return batchRoom;
        }

        @Override
        public void write(Object object) {
            if (object instanceof ZmtpBatch batch) {
                written.add(text(batch));
            } else if (object instanceof ZmtpMessage message) {
                written.add(text(message));
            } else {
                ZmtpCommand command = (ZmtpCommand) object;
                written.add(command.kind() + " " + command.content().toString(java.nio.charset.StandardCharsets.UTF_8));
                command.release();
            }
        }

        @Override
        public void flush() {
            // write() has kept nothing back
        }

        @Override
        public void inputFull() {
            paused = true;
        }

        @Override
        public void inputLow() {
            paused = false;
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void finish(Runnable done) {
            throw new UnsupportedOperationException();
        }
    }

    /** Returns the parts of a message with a bar between them, and releases it; {@code null} stays {@code null}. */
    static String text(ZmtpMessage message) {
        if (message == null) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < message.partCount(); i++) {
            text.append(i > 0 ? "|" : "").append(message.text(i));
        }
        message.release();
        return text.toString();
    }

    /** Returns the messages of a batch in braces, and releases it. */
    static String text(ZmtpBatch batch) {
        StringBuilder text = new StringBuilder("{");
        for (ZmtpMessage message = batch.next(); message != null; message = batch.next()) {
            text.append(text.length() > 1 ? " " : "").append(text(message));
        }
        batch.release();
        return text.append('}').toString();
    }

    Pipe peer(String id) {
        Pipe pipe = new Pipe(this, null, "test://" + id, false, options);
        pipe.routingId = id.getBytes();
        pattern.attach(pipe);
        pipe.updateRoom();
        pipe.connection(new FakeConnection());
        if (!pattern.connected(pipe)) {
            return null;
        }
        return pipe;
    }

    static FakeConnection connection(Pipe pipe) {
        return (FakeConnection) pipe.connection();
    }

    void gone(Pipe pipe) {
        pipe.connection(null);
        pattern.detach(pipe);
        pipe.close();
    }

    @Override
    public ZmqOptions options() {
        return options;
    }

    @Override
    public void roomChanged(Pipe pipe, int delta) {
        if (pattern != null) {
            pattern.roomChanged(pipe);
        }
    }

    @Override
    public void resume(Pipe pipe) {
        if (pipe.connection() != null) {
            pipe.connection().inputLow();
        }
    }

    @Override
    public void written(Pipe pipe) {
        // a FakeConnection needs no flush
    }

    @Override
    public void dropped(Pipe pipe) {
        dropped++;
    }

    @Override
    public void receivable() {
        // the test asks the pattern itself
    }

    @Override
    public void disconnect(Pipe pipe, Throwable cause) {
        disconnected.add(pipe);
        causes.add(cause);
        gone(pipe);
    }
}
