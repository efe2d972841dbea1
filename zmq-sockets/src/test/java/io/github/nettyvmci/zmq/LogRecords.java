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

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Collects what is written to a logger, and keeps it from the console meanwhile. */
@SuppressWarnings("exports")
public final class LogRecords extends Handler implements AutoCloseable {

    private final Logger logger;
    private final Level before;
    private final boolean usedParent;
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    /**
     * Begins to collect.
     *
     * @param name  of the logger; empty: all of them
     * @param level the least severe level to collect
     */
    LogRecords(String name, Level level) {
        logger = Logger.getLogger(name);
        before = logger.getLevel();
        usedParent = logger.getUseParentHandlers();
        logger.setLevel(level);
        logger.setUseParentHandlers(false);
        setLevel(level);
        logger.addHandler(this);
    }

    /** Begins to collect what sockets log. */
    public static LogRecords ofSockets(Level level) {
        return new LogRecords(ZmqSocket.class.getName(), level);
    }

    /** Returns level and text of each record, with the traces of exceptions. */
    public List<String> lines() {
        return records.stream().map(record -> record.getLevel() + " " + new SimpleFormatter().formatMessage(record)
                + (record.getThrown() == null ? "" : " " + record.getThrown())).toList();
    }

    /** Returns the texts of the records of this level. */
    public List<String> lines(Level level) {
        return lines().stream().filter(line -> line.startsWith(level + " ")).toList();
    }

    /** Returns the lines of one socket. Other sockets, those of earlier tests too, write to the same logger. */
    public List<String> linesOf(String socket) {
        return lines().stream().filter(line -> line.contains(" " + socket + ": ")).toList();
    }

    @Override
    public void publish(LogRecord record) {
        if (isLoggable(record)) {
            records.add(record);
        }
    }

    @Override
    public void flush() {
        // the records stay in memory, so there is nothing to flush
    }

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setLevel(before);
        logger.setUseParentHandlers(usedParent);
    }
}
