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
package io.github.nettyvmci.zmtp;

import java.util.List;

/**
 * What an authenticator is asked about a peer (RFC 27, section "The Request").
 *
 * <p>{@code toString} leaves the credentials out.
 *
 * @param domain      the server's ZAP domain ({@code ZMQ_ZAP_DOMAIN}), may be empty
 * @param address     where the peer is: its CID on vsock, its IP address on TCP, without port; may be empty
 * @param routingId   the server's own routing id, as libzmq sends it; may be empty
 * @param mechanism   {@code NULL}, {@code PLAIN}, {@code CURVE} or a user's own
 * @param credentials NULL: none. PLAIN: user name, password. CURVE: the client's public key, 32 octets. The arrays are
 *                    valid until the reply is given and are the handler's to read, not to keep
 */
public record ZapRequest(String domain, String address, byte[] routingId, String mechanism, List<byte[]> credentials) {

    /**
     * Makes a request; the list is copied, the arrays in it are not.
     *
     * @param domain      the server's ZAP domain
     * @param address     where the peer is
     * @param routingId   the server's own routing id
     * @param mechanism   the mechanism's name
     * @param credentials what the peer proved or claims
     */
    public ZapRequest {
        credentials = List.copyOf(credentials);
    }

    @Override
    public String toString() {
        return "ZapRequest(domain " + ZmtpMetadata.printable(domain) + ", address " + address + ", " + mechanism + ", "
                + credentials.size() + " credentials)";
    }
}
