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

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * What an authenticator is asked about a peer (RFC 27, section "The Request").
 *
 * <p>{@code toString} leaves the credentials out.
 */
public final class ZapRequest {

    private final String domain;
    private final String address;
    private final byte[] routingId;
    private final String mechanism;
    private final List<byte[]> credentials;

    private ZapRequest(String domain, String address, byte[] routingId, String mechanism, List<byte[]> credentials) {
        this.domain = requireNonNull(domain, "domain");
        this.address = requireNonNull(address, "address");
        this.routingId = requireNonNull(routingId, "routingId");
        this.mechanism = requireNonNull(mechanism, "mechanism");
        this.credentials = List.copyOf(credentials);
    }

    /**
     * Makes a request, as the codec does for every peer and the test of a {@link ZapHandler} may.
     *
     * @param domain      see {@link #domain()}
     * @param address     see {@link #address()}
     * @param routingId   see {@link #routingId()}; not copied
     * @param mechanism   see {@link #mechanism()}
     * @param credentials see {@link #credentials()}; the list is copied, the arrays in it are not
     * @return the request
     */
    public static ZapRequest of(String domain, String address, byte[] routingId, String mechanism,
            List<byte[]> credentials) {
        return new ZapRequest(domain, address, routingId, mechanism, credentials);
    }

    /**
     * Returns the server's ZAP domain ({@code ZMQ_ZAP_DOMAIN}).
     *
     * @return the domain, may be empty
     */
    public String domain() {
        return domain;
    }

    /**
     * Returns where the peer is ({@link ZmtpCodecBuilder#peerAddress}).
     *
     * @return its CID on VM sockets, its IP address on TCP, without port; may be empty
     */
    public String address() {
        return address;
    }

    /**
     * Returns the server's own routing id, as libzmq sends it.
     *
     * @return 0 to 255 octets, to be read and not to be changed
     */
    public byte[] routingId() {
        return routingId;
    }

    /**
     * Returns the security mechanism.
     *
     * @return {@code NULL}, {@code PLAIN}, {@code CURVE} or a user's own
     */
    public String mechanism() {
        return mechanism;
    }

    /**
     * Returns what the peer proved or claims.
     *
     * @return NULL: nothing. PLAIN: user name and password. CURVE: the client's public key, 32 octets. The arrays are
     *         valid until the reply is given, when they are wiped: to be read, not to be kept
     */
    public List<byte[]> credentials() {
        return credentials;
    }

    @Override
    public String toString() {
        return "ZapRequest(domain " + ZmtpMetadata.printable(domain) + ", address " + ZmtpMetadata.printable(address)
                + ", " + mechanism + ", " + credentials.size() + " credentials)";
    }
}
