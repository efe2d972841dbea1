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
package io.github.nettyvmci.examples.tool;

import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocketBuilder;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.ZapHandlers;
import picocli.CommandLine.Option;

import java.util.Map;

/** The options of PLAIN and CURVE. */
final class Security {

    @Option(names = "--curve-server", description = "be a server of CURVE; needs --curve-secret-key. Every client that "
            + "knows the public key of this server is admitted")
    private boolean curveServer;

    @Option(names = "--curve-server-key", paramLabel = "Z85", converter = Converters.OfKey.class,
            description = "be a client of CURVE, of the server with this public key")
    private Converters.Key curveServerKey;

    @Option(names = "--curve-public-key", paramLabel = "Z85", converter = Converters.OfKey.class,
            description = "own public key; may be left out, for the secret key tells it")
    private Converters.Key curvePublicKey;

    @Option(names = "--curve-secret-key", paramLabel = "Z85", converter = Converters.OfKey.class,
            description = "own secret key; a client without one makes a pair for this run")
    private Converters.Key curveSecretKey;

    @Option(names = "--plain-server", description = "be a server of PLAIN; admits the user of --plain-username and "
            + "--plain-password if they are given, else everybody")
    private boolean plainServer;

    @Option(names = "--plain-username", paramLabel = "U", description = "be a client of PLAIN, with this name")
    private String plainUsername;

    @Option(names = "--plain-password", paramLabel = "P", description = "and this password")
    private String plainPassword;

    /**
     * Sets the options that the user gave on a builder.
     *
     * @throws Failure      if an option is missing or one too many
     * @throws ZmqException if the builder does not allow a value
     */
    void apply(ZmqSocketBuilder builder) {
        curve(builder);
        if (plainPassword != null && plainUsername == null) {
            throw new Failure(Failure.USAGE, "--plain-password without --plain-username (expected: both)");
        }
        String password = plainPassword == null ? "" : plainPassword;
        if (plainServer) {
            builder.option(ZmqOption.PLAIN_SERVER, true).zapHandler(plainUsername == null ? ZapHandlers.allowAll()
                    : ZapHandlers.plain(Map.of(plainUsername, password)));
        } else if (plainUsername != null) {
            if (plainUsername.isEmpty()) {
                throw new Failure(Failure.USAGE, "--plain-username: empty (expected: 1 to 255 octets)");
            }
            builder.plain(plainUsername, password);
        }
    }

    private void curve(ZmqSocketBuilder builder) {
        if (curveServer) {
            if (curveSecretKey == null) {
                throw new Failure(Failure.USAGE, "--curve-server without --curve-secret-key (expected: both);"
                        + " script/zmq keygen makes one");
            }
            builder.option(ZmqOption.CURVE_SERVER, true);
        }
        if (curveServerKey != null) {
            builder.option(ZmqOption.CURVE_SERVERKEY, curveServerKey.octets());
        } else if (!curveServer && (curvePublicKey != null || curveSecretKey != null)) {
            throw new Failure(Failure.USAGE, "own keys without --curve-server or --curve-server-key"
                    + " (expected: one of them, to be a server of CURVE or a client)");
        }
        if (curveSecretKey != null) {
            builder.option(ZmqOption.CURVE_SECRETKEY, curveSecretKey.octets());
            if (curvePublicKey != null) {
                builder.option(ZmqOption.CURVE_PUBLICKEY, curvePublicKey.octets());
            }
        } else if (curvePublicKey != null) {
            throw new Failure(Failure.USAGE, "--curve-public-key without --curve-secret-key (expected: both);"
                    + " script/zmq keygen makes a pair");
        } else if (curveServerKey != null) {
            builder.option(ZmqOption.CURVE_SECRETKEY, CurveKeyPair.generate().secretKey());
        }
    }
}
