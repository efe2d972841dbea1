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

import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** {@code script/zmq keygen}: prints a pair of keys for CURVE. */
@Command(usageHelpWidth = 120, separator = " ")
final class KeygenCommand implements Subcommand {

    @Option(names = "--secret-key", paramLabel = "Z85", converter = Converters.OfKey.class,
            description = "do not make a secret key: tell the public key of this one")
    private Converters.Key secretKey;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "print this")
    private boolean help;

    @Override
    public boolean verbose() {
        return false;
    }

    @Override
    public void run(Streams streams) {
        CurveKeyPair keys = secretKey == null ? CurveKeyPair.generate() : CurveKeyPair.ofSecret(secretKey.octets());
        try {
            streams.out().write(("public " + keys.publicKeyText() + "\nsecret " + keys.secretKeyText() + '\n')
                    .getBytes(StandardCharsets.US_ASCII));
            streams.out().flush();
        } catch (IOException e) {
            throw new Failure(Failure.RUN, "standard output: " + e.getMessage(), e);
        }
    }
}
