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

import io.github.nettyvmci.transport.Vmci;
import io.github.nettyvmci.transport.VmciProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** {@code script/zmq probe}: prints what works on this machine, and fails if VM sockets do not. */
@Command(usageHelpWidth = 120)
final class ProbeCommand implements Subcommand {

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "print this")
    private boolean help;

    @Override
    public boolean verbose() {
        return false;
    }

    @Override
    public void run(Streams streams) {
        VmciProbe probe = Vmci.probe();
        try {
            streams.out().write((probe.toString().stripTrailing() + '\n').getBytes(StandardCharsets.UTF_8));
            streams.out().flush();
        } catch (IOException e) {
            throw new Failure(Failure.RUN, "standard output: " + e.getMessage(), e);
        }
        if (!probe.vsockUsable()) {
            throw new Failure(Failure.RUN, "probe: AF_VSOCK stream sockets cannot be created and bound here"
                    + " (expected: they can); what would fix it stands in the lines on standard output");
        }
    }
}
