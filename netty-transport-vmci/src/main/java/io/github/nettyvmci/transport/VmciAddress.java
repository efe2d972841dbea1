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

import static io.netty.util.internal.ObjectUtil.checkNotNull;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The address of a VM socket: a context id (CID) naming a machine and a port on it.
 *
 * <p>CIDs and ports are unsigned 32-bit kernel values; this class hands them out as {@code long}, so that
 * {@link #CID_ANY} reads 4294967295 and never -1. Instances are immutable.
 *
 * <p>Do not confuse {@link #CID_HYPERVISOR} (0, the hypervisor itself) with {@link #CID_HOST} (2, services running on
 * the host); nearly every program that talks to its host wants the latter.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 * @since 0.1.0
 */
public final class VmciAddress extends SocketAddress {

    /** The wild-card CID, {@code VMADDR_CID_ANY} (4294967295): binds to every CID of this machine. */
    public static final long CID_ANY = 0xFFFF_FFFFL;

    /** The hypervisor itself, {@code VMADDR_CID_HYPERVISOR} (0); services of the host are at {@link #CID_HOST}. */
    public static final long CID_HYPERVISOR = 0;

    /** This machine, {@code VMADDR_CID_LOCAL} (1): needs the kernel's loopback transport. */
    public static final long CID_LOCAL = 1;

    /** The host of this virtual machine, {@code VMADDR_CID_HOST} (2). */
    public static final long CID_HOST = 2;

    /**
     * The wild-card port, {@code VMADDR_PORT_ANY} (4294967295): the kernel picks one at bind. Port 0 is no wild card
     * in this address family but an ordinary, privileged port.
     */
    public static final long PORT_ANY = 0xFFFF_FFFFL;

    private static final long serialVersionUID = 1L;

    private static final long MAX_VALUE = 0xFFFF_FFFFL;
    private static final String[] SCHEMES = {"vmci://", "vsock://"};
    /** What {@link #field} returns for {@code @}. It is no unsigned value, and so cannot be mistaken for a CID. */
    private static final long LOCAL = -1;

    // Both are kept as the kernel has them. Every bit pattern is valid, so a deserialised address needs no check.
    /** The unsigned context id. */
    private final int cid;
    /** The unsigned port. */
    private final int port;

    private VmciAddress(long cid, long port) {
        this.cid = (int) cid;
        this.port = (int) port;
    }

    /**
     * Returns an address.
     *
     * @param cid  the context id, 0..4294967295, or {@link #CID_ANY} to bind to all
     * @param port the port, 0..4294967295, or {@link #PORT_ANY} to let the kernel pick one at bind
     * @return the address
     * @throws IllegalArgumentException if either value does not fit in 32 unsigned bits
     */
    public static VmciAddress of(long cid, long port) {
        return new VmciAddress(checkUnsigned(cid, "cid", "CID_ANY"), checkUnsigned(port, "port", "PORT_ANY"));
    }

    /**
     * Parses an endpoint in the form of zmq_vmci(7): {@code vmci://CID:PORT}, or {@code vsock://CID:PORT}, which means
     * the same.
     *
     * <ul>
     * <li>CID: a number, {@code *} for {@link #CID_ANY}, or {@code @} for the CID of this machine, which is asked from
     * the kernel now and stands as a number in the result. (libzmq reads {@code vsock://@} as CID 2; a number says the
     * same to both.)</li>
     * <li>PORT: a number, or {@code *} for {@link #PORT_ANY}.</li>
     * <li>A number: decimal ASCII digits, 0..4294967295, without sign, blank or leading zero (to some readers
     * {@code 010} is 8). 4294967295 is the wild card. libzmq's {@code -1} for {@code *} is refused, and so is what
     * else its parser lets pass: {@code 1x:5y}, {@code +1}, {@code 0x1}.</li>
     * </ul>
     *
     * @param endpoint the text
     * @return the address, with the number of the local CID where {@code @} stood
     * @throws IllegalArgumentException if the text is anything else; the message names the position of the fault,
     *                                  counted in characters from 0. Also if the local CID is asked for and unknown
     */
    public static VmciAddress parse(String endpoint) {
        return parse(endpoint, LocalCid::query);
    }

    /**
     * Parses an endpoint as {@link #parse(String)} does, with a given source of the local CID.
     *
     * @param localCid answers as {@link LocalCid#query()}; it is asked for {@code @} only, after everything else was
     *                 found right
     */
    static VmciAddress parse(String endpoint, LongSupplier localCid) {
        checkNotNull(endpoint, "endpoint");
        int cidStart = schemeLength(endpoint);
        int colon = endpoint.indexOf(':', cidStart);
        long cid = field(endpoint, cidStart, colon < 0 ? endpoint.length() : colon, "CID");
        if (colon < 0) {
            throw fault(endpoint, endpoint.length(), "':' and a port");
        }
        long port = field(endpoint, colon + 1, endpoint.length(), "port");
        return new VmciAddress(cid == LOCAL ? resolveLocalCid(endpoint, cidStart, localCid) : cid, port);
    }

    /** {@return the context id, 0..4294967295; {@link #CID_ANY} is the wild card} */
    public long cid() {
        return Integer.toUnsignedLong(cid);
    }

    /** {@return the port, 0..4294967295; {@link #PORT_ANY} is the wild card} */
    public long port() {
        return Integer.toUnsignedLong(port);
    }

    /**
     * Returns the address of the same port on another machine: what a peer dials after a bind to {@link #CID_ANY}.
     *
     * @param cid the other CID, 0..4294967295
     * @return the address with that CID and this port
     * @throws IllegalArgumentException if the CID is not in 0..4294967295
     */
    public VmciAddress withCid(long cid) {
        return of(cid, port());
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof VmciAddress other && other.cid == cid && other.port == port;
    }

    @Override
    public int hashCode() {
        return 31 * cid + port;
    }

    /** {@return an endpoint that {@link #parse} takes, for example {@code vmci://2:5555} or {@code vmci://*:*}} */
    @Override
    public String toString() {
        return "vmci://" + (cid() == CID_ANY ? "*" : Long.toString(cid()))
                + ':' + (port() == PORT_ANY ? "*" : Long.toString(port()));
    }

    private static long checkUnsigned(long value, String name, String wildcard) {
        if (value < 0 || value > MAX_VALUE) {
            throw new IllegalArgumentException(
                    name + ": " + value + " (expected: 0..4294967295, or VmciAddress." + wildcard + ')');
        }
        return value;
    }

    private static int schemeLength(String endpoint) {
        int matched = 0;
        for (String scheme : SCHEMES) {
            if (endpoint.startsWith(scheme)) {
                return scheme.length();
            }
            int i = 0;
            while (i < endpoint.length() && endpoint.charAt(i) == scheme.charAt(i)) {
                i++;
            }
            matched = Math.max(matched, i);
        }
        throw fault(endpoint, matched, "vmci:// or vsock:// as the scheme, fault");
    }

    /** Returns the value of the CID or port between the two positions, or {@link #LOCAL}. */
    private static long field(String endpoint, int start, int end, String what) {
        boolean isCid = "CID".equals(what);
        char first = start < end ? endpoint.charAt(start) : 0;
        if (first == '*' || isCid && first == '@') {
            if (end != start + 1) {
                throw fault(endpoint, start + 1, isCid ? "':' after the CID" : "nothing after the port");
            }
            return first == '@' ? LOCAL : MAX_VALUE;
        }
        if (!isDigit(first)) {
            throw fault(endpoint, start, isCid ? "digits, * or @ in the CID" : "digits or * in the port");
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            char c = endpoint.charAt(i);
            if (!isDigit(c)) {
                throw fault(endpoint, i, "digits in the " + what);
            }
            // A value past the maximum stays there, however many digits follow.
            value = value > MAX_VALUE ? value : value * 10 + (c - '0');
        }
        if (first == '0' && end > start + 1) {
            throw fault(endpoint, start, "no leading zero in the " + what);
        }
        if (value > MAX_VALUE) {
            throw fault(endpoint, start, "0..4294967295 or * as the " + what);
        }
        return value;
    }

    /** Takes the digits of ASCII only; {@link Character#isDigit} would take those of every script. */
    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static long resolveLocalCid(String endpoint, int position, LongSupplier localCid) {
        String subject = "endpoint: " + endpoint + " (expected: a local CID to stand for the @ at position " + position;
        long cid;
        try {
            cid = localCid.getAsLong();
        } catch (UnsatisfiedLinkError e) {
            throw new IllegalArgumentException(
                    subject + ", but it cannot be asked: " + e.getMessage() + "); write the CID in digits", e);
        }
        if (!LocalCid.isKnown(cid)) {
            throw new IllegalArgumentException(subject + ", but " + LocalCid.reason(cid) + "); "
                    + LocalCid.fix(cid) + ", or write the CID in digits");
        }
        return cid;
    }

    private static IllegalArgumentException fault(String endpoint, int position, String expected) {
        String found = position < endpoint.length() ? visible(endpoint.charAt(position)) : "the end";
        StringBuilder line = new StringBuilder("endpoint: ");
        endpoint.chars().forEach(c -> line.append(Character.isISOControl(c) ? visible((char) c) : (char) c));
        return new IllegalArgumentException(line + " (expected: " + expected + " at position " + position
                + ", found " + found + ')');
    }

    private static String visible(char c) {
        return c > ' ' && c < 0x7F ? "'" + c + '\'' : c == ' ' ? "a blank"
                : String.format(Locale.ROOT, "U+%04X", (int) c);
    }
}
