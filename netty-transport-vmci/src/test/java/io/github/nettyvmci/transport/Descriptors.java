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
package io.github.nettyvmci.transport;

import io.netty.channel.unix.FileDescriptor;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** What the kernel says of this process' descriptors. */
final class Descriptors {

    /** As in /proc/self/fdinfo. */
    static final int O_NONBLOCK = 04000;
    static final int O_CLOEXEC = 02000000;

    private Descriptors() {
    }

    static boolean isOpen(int fd) {
        return Files.exists(Path.of("/proc/self/fd/" + fd), LinkOption.NOFOLLOW_LINKS);
    }

    /** Returns what the number stands for, a socket with its inode; numbers come again, and this does not. */
    static String file(int fd) throws IOException {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(fd))).toString();
        } catch (NoSuchFileException e) {
            return "none";
        }
    }

    static int flags(int fd) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).stream().filter(line -> line.startsWith("flags:"))
                .mapToInt(line -> Integer.parseInt(line.substring(6).trim(), 8)).findFirst().orElseThrow();
    }

    static int count() {
        return new File("/proc/self/fd").list().length;
    }

    /**
     * Returns the open descriptors, each with its number and inode, except those of files, which the JVM opens and
     * closes when it likes. They are a set and not a count, because one that an earlier test left to the garbage
     * collector may go at any time, and must not hide one of ours.
     */
    static Set<String> withoutFiles() throws IOException {
        Set<String> open = new HashSet<>();
        for (String number : new File("/proc/self/fd").list()) {
            String file = file(Integer.parseInt(number));
            if (!file.startsWith("/") && !file.equals("none")) { // closed since, as that of the listing itself
                open.add(number + ' ' + file);
            }
        }
        return open;
    }

    /** Waits until no more are open than before. Other threads open files for a moment, to load classes for example. */
    static void awaitCount(int before) throws Exception {
        try {
            Waits.until(before + " open descriptors", () -> count() <= before);
        } catch (TimeoutException e) {
            throw new TimeoutException(e.getMessage() + "; open are " + list());
        }
    }

    /** Returns what each number stands for. */
    private static List<String> list() throws IOException {
        List<String> all = new ArrayList<>();
        for (String number : new File("/proc/self/fd").list()) {
            try {
                all.add(number + ' ' + Files.readSymbolicLink(Path.of("/proc/self/fd", number)));
            } catch (NoSuchFileException e) {
                continue; // closed since
            }
        }
        return all;
    }

    /** Returns whether what is written to the one can be read from the other. */
    static boolean areJoined(FileDescriptor writeEnd, FileDescriptor readEnd) throws IOException {
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        return writeEnd.write(one, 0, 1) == 1 && readEnd.read(one, 0, 1) == 1;
    }
}
