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

import io.github.nettyvmci.zmtp.ZmtpMetadata;
import io.netty.util.NetUtil;

import java.util.regex.Pattern;

/** Checks the values of those options whose text has a grammar of its own. */
final class OptionSyntax {

    private static final long UINT32 = 0xFFFF_FFFFL;
    private static final int MOST_PORT = 65535;
    private static final Pattern HOST = Pattern.compile("[\\w.%-]+");

    private OptionSyntax() {
    }

    /** Returns whether a text is {@code ADDRESS} or {@code ADDRESS/BITS}, with a numeric address. */
    static boolean isNetwork(String text) {
        int slash = text.indexOf('/');
        byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (address == null || slash < 0) {
            return address != null;
        }
        String bits = text.substring(slash + 1);
        return bits.matches("[0-9]{1,3}") && Integer.parseInt(bits) <= address.length * 8;
    }

    /** Returns whether a text is the number of a process, user or group. */
    static boolean isNumber(String text) {
        return text.matches("[0-9]{1,10}") && Long.parseLong(text) <= UINT32;
    }

    /** Returns whether a text is {@code X-key:value} with a key that RFC 37 allows; libzmq does not check the key. */
    static boolean isProperty(String line) {
        int colon = line.indexOf(':');
        if (colon <= 0 || colon > 254 || colon == line.length() - 1 || !line.startsWith("X-")) {
            return false;
        }
        try {
            ZmtpMetadata.builder().add(line.substring(0, colon), line.substring(colon + 1));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Returns whether a text is {@code HOST:PORT}, where an IPv6 address stands in brackets. */
    static boolean isHostAndPort(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        if (colon <= 0 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) < 1
                || Integer.parseInt(port) > MOST_PORT) {
            return false;
        }
        String host = text.substring(0, colon);
        return host.startsWith("[") ? host.endsWith("]") && NetUtil.isValidIpV6Address(host.substring(1, colon - 1))
                : HOST.matcher(host).matches();
    }
}
