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
package io.github.nettyvmci.zmq.internal.transport;

import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;

/**
 * The address in a {@code tcp://} endpoint.
 *
 * <pre>
 *  bind     tcp://INTERFACE:PORT           connect  tcp://[INTERFACE:PORT;]HOST:PORT
 *  INTERFACE  *, an IPv4 address, [an IPv6 address], the name of an interface or of this host
 *  HOST       an IPv4 address, [an IPv6 address] or a name
 *  PORT       1..65535; * or 0 for any where an INTERFACE is before it
 * </pre>
 *
 * Ports are read strictly, whereas libzmq takes 70000 for 4464 and 12ab for 12.
 *
 * @param text   the whole endpoint
 * @param host   the host or interface, without brackets; {@code *} for any interface
 * @param port   the port; 0 for any
 * @param source the address to bind to before connecting, or {@code null}
 */
record TcpAddress(String text, String host, int port, @Nullable TcpAddress source) {

    private static final String SCHEME = "tcp://";

    /**
     * Reads an endpoint.
     *
     * @throws IllegalArgumentException with the position of the fault
     */
    static TcpAddress parse(String endpoint, boolean bind) {
        int start = SCHEME.length();
        int semicolon = endpoint.indexOf(';', start);
        if (semicolon < 0) {
            return parse(endpoint, start, endpoint.length(), bind, null);
        }
        if (bind) {
            throw fault(endpoint, semicolon, "one address to bind to");
        }
        TcpAddress source = parse(endpoint, start, semicolon, true, null);
        return parse(endpoint, semicolon + 1, endpoint.length(), false, source);
    }

    private static TcpAddress parse(String text, int start, int end, boolean local, @Nullable TcpAddress source) {
        int colon = text.lastIndexOf(':', end - 1);
        if (colon < start || text.charAt(start) == '[' && text.indexOf(']', start) > colon) {
            throw fault(text, end, "':' and a port");
        }
        String host = text.substring(start, colon);
        if (host.isEmpty()) {
            throw fault(text, start, local ? "*, an address or an interface" : "a host");
        }
        if (host.startsWith("[")) {
            if (!host.endsWith("]") || !NetUtil.isValidIpV6Address(host.substring(1, host.length() - 1))) {
                throw fault(text, start + 1, "an IPv6 address in brackets");
            }
            host = host.substring(1, host.length() - 1);
        } else if (host.equals("*")) {
            if (!local) {
                throw fault(text, start, "a host to connect to, no wild card");
            }
        } else {
            for (int i = 0; i < host.length(); i++) {
                char c = host.charAt(i);
                if (c <= ' ' || c >= 0x7F || "*[]/\\@#?&;,:\"'<>(){}".indexOf(c) >= 0) {
                    throw fault(text, start + i, c == ':' ? "an IPv6 address in brackets" : "letters, digits, - and .");
                }
            }
        }
        return new TcpAddress(text, host, port(text, colon + 1, end, local), source);
    }

    private static int port(String text, int start, int end, boolean local) {
        String range = local ? "0..65535 or * as the port" : "1..65535 as the port";
        if (start == end) {
            throw fault(text, start, range);
        }
        if (local && end == start + 1 && text.charAt(start) == '*') {
            return 0;
        }
        int value = 0;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw fault(text, i, "digits in the port" + (local ? ", or *" : ""));
            }
            value = Math.min(value * 10 + (c - '0'), 65536);
        }
        if (value > 65535 || value == 0 && !local) {
            throw fault(text, start, range);
        }
        return value;
    }

    private static IllegalArgumentException fault(String text, int position, String expected) {
        String found = position < text.length() ? "'" + text.charAt(position) + '\'' : "the end";
        return new IllegalArgumentException("endpoint: " + text + " (expected: " + expected + " at position "
                + position + ", found " + found + ')');
    }

    /**
     * Finds the address to bind to.
     *
     * @throws IllegalArgumentException if there is no such interface
     */
    InetSocketAddress resolveLocal(boolean ipv6) {
        try {
            if (host.equals("*")) {
                return new InetSocketAddress(InetAddress.getByName(ipv6 ? "::" : "0.0.0.0"), port);
            }
            NetworkInterface nic = NetUtil.isValidIpV4Address(host) || NetUtil.isValidIpV6Address(host) ? null
                    : NetworkInterface.getByName(host);
            List<InetAddress> addresses = nic != null ? Collections.list(nic.getInetAddresses())
                    : List.of(InetAddress.getAllByName(host));
            boolean literal = NetUtil.isValidIpV6Address(host);
            for (InetAddress address : addresses) {
                if (address instanceof Inet4Address || ipv6 || literal) {
                    return new InetSocketAddress(address, port);
                }
            }
            throw new UnknownHostException(host + " has no IPv4 address");
        } catch (UnknownHostException | SocketException e) {
            throw new IllegalArgumentException("endpoint: " + text + " (expected: *, an address or an interface of this"
                    + " machine, found " + e.getMessage() + "); ip address lists them", e);
        }
    }

    /** Returns whether the host is a literal IPv6 address. */
    boolean isIpv6() {
        return NetUtil.isValidIpV6Address(host);
    }

    /** Returns whether the host is a literal IPv4 address. */
    boolean isIpv4() {
        return NetUtil.isValidIpV4Address(host);
    }

    /**
     * Returns the host to connect to. An address that means any interface in a bind stands for the loopback address in
     * a connect.
     */
    String reachableHost() {
        byte[] octets = NetUtil.createByteArrayFromIpAddressString(host);
        if (octets == null) {
            return host;
        }
        for (byte octet : octets) {
            if (octet != 0) {
                return host;
            }
        }
        return octets.length == 4 ? "127.0.0.1" : "::1";
    }

    /**
     * Returns an address in the form of getnameinfo(3), which writes the longest run of zeros as {@code ::}, and a
     * link-local address with its interface.
     *
     * @param mapped whether an IPv4 address came through an IPv6 socket, and is written as {@code ::ffff:127.0.0.1}
     */
    static String numeric(InetAddress address, boolean mapped) {
        String text = NetUtil.toAddressString(address);
        if (address instanceof Inet6Address scoped && scoped.getScopeId() != 0) {
            NetworkInterface nic = scoped.getScopedInterface();
            return text + '%' + (nic != null ? nic.getName() : Integer.toString(scoped.getScopeId()));
        }
        return mapped && address instanceof Inet4Address ? "::ffff:" + text : text;
    }

    /** Returns an address as an endpoint, such as {@code tcp://127.0.0.1:5555} or {@code tcp://[::1]:5555}. */
    static String numeric(InetSocketAddress address) {
        String ip = NetUtil.toAddressString(address.getAddress());
        return SCHEME + (ip.indexOf(':') >= 0 ? '[' + ip + ']' : ip) + ':' + address.getPort();
    }
}
