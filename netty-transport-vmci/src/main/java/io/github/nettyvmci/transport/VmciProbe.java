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

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What works on this machine for this transport, and what would make the rest work: the result of
 * {@link Vmci#probe()}, with one finding for each {@link Subject}, as data and (see {@link #toString()}) as text.
 * Immutable.
 *
 * <p>Whether a peer can be reached is no part of it: that takes a connection, and on a virtual machine a connection
 * speaks to the hypervisor.
 *
 * @since 0.1.0
 */
public final class VmciProbe {

    /** What is looked at. More subjects may be added. */
    public enum Subject {
        /** The native library loads and matches Netty's jars. Everything else but the files needs it. */
        LIBRARY("native library"),
        /** AF_UNIX stream sockets can be created: the transport's domain socket channels work. */
        UNIX("AF_UNIX sockets"),
        /** AF_VSOCK stream sockets can be created: the kernel has the family, and no policy (seccomp) forbids it. */
        VSOCK("AF_VSOCK sockets"),
        /** AF_VSOCK sockets can be bound, to {@code vmci://*:*}. */
        BIND("AF_VSOCK bind"),
        /** AF_VSOCK sockets can be bound to CID 1: programs on this machine can talk to each other by it. */
        LOOPBACK("AF_VSOCK loopback"),
        /** Ports below 1024 may be bound. */
        PRIVILEGED_PORTS("ports below 1024"),
        /** {@code /dev/vsock}, needed for the local CID only, may be opened. */
        DEVICE("/dev/vsock"),
        /** The kernel names a CID for this machine. */
        LOCAL_CID("local CID"),
        /** The release of the running kernel. */
        KERNEL("kernel"),
        /** The kernel's vsock transports that {@code /proc/modules} and {@code /sys/module} show. */
        TRANSPORTS("vsock transports");

        private final String title;

        Subject(String title) {
            this.title = title;
        }
    }

    /** What was found about one subject. Immutable; two findings are equal if they say the same. */
    public static final class Finding {

        private final Subject subject;
        private final boolean ok;
        private final String detail;
        private final @Nullable String fix;

        private Finding(Subject subject, boolean ok, String detail, @Nullable String fix) {
            this.subject = subject;
            this.ok = ok;
            this.detail = detail;
            this.fix = fix;
        }

        static Finding ok(Subject subject, String detail) {
            return new Finding(subject, true, detail, null);
        }

        static Finding missing(Subject subject, String detail, String fix) {
            return new Finding(subject, false, detail, fix);
        }

        /** {@return what was looked at} */
        public Subject subject() {
            return subject;
        }

        /** {@return whether it works} */
        public boolean ok() {
            return ok;
        }

        /** {@return what was found, in one line} */
        public String detail() {
            return detail;
        }

        /** {@return what would make it work, in one line; {@code null} if it does work} */
        public @Nullable String fix() {
            return fix;
        }

        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Finding other && other.subject == subject && other.ok == ok
                    && other.detail.equals(detail) && Objects.equals(other.fix, fix);
        }

        @Override
        public int hashCode() {
            return Objects.hash(subject, ok, detail, fix);
        }

        /** {@return one line: {@code ok} or {@code missing}, the subject, the detail, and {@code fix:} with the fix} */
        @Override
        public String toString() {
            return (ok ? "ok       " : "missing  ") + subject.title + ": " + detail
                    + (fix == null ? "" : "; fix: " + fix);
        }
    }

    private final List<Finding> findings;
    private final long localCid;

    VmciProbe(List<Finding> findings, long localCid) {
        this.findings = List.copyOf(findings);
        this.localCid = localCid;
    }

    /** {@return the findings, one for each subject, in the order of {@link Subject}; immutable} */
    public List<Finding> findings() {
        return findings;
    }

    /** {@return the CID of this machine, 0..4294967294; {@link VmciAddress#CID_ANY} if it is not known} */
    public long localCid() {
        return localCid;
    }

    /**
     * Returns what was found about one subject.
     *
     * @param subject which
     * @return the finding
     */
    public Finding finding(Subject subject) {
        return findings.stream().filter(f -> f.subject() == subject).findFirst().orElseThrow(
                () -> new IllegalArgumentException("subject: " + subject + " (expected: one that was looked at)"));
    }

    /** {@return whether AF_VSOCK stream sockets can be created and bound here} */
    public boolean vsockUsable() {
        return finding(Subject.BIND).ok(); // only a socket that could be created can be bound
    }

    /** {@return whether AF_VSOCK works within this machine, over CID 1} */
    public boolean loopbackUsable() {
        return vsockUsable() && finding(Subject.LOOPBACK).ok();
    }

    /** {@return the findings, one a line, without a line end after the last} */
    @Override
    public String toString() {
        return findings.stream().map(Finding::toString).collect(Collectors.joining("\n"));
    }
}
