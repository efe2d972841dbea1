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
package io.github.nettyvmci.examples;

import io.github.nettyvmci.transport.Vmci;
import io.github.nettyvmci.transport.VmciProbe;

/**
 * Prints what part of VM sockets works on this machine, and what would fix the rest. It connects to nothing.
 *
 * <p>Ends with 0 if AF_VSOCK stream sockets can be made and bound here, else with 1. With the argument {@code loopback}
 * it prints nothing, and 0 means that this machine can also be its own peer (CID 1).
 */
public final class Probe {

    private Probe() {
    }

    /**
     * Probes and ends.
     *
     * @param args nothing, or {@code loopback}
     */
    public static void main(String[] args) {
        VmciProbe probe = Vmci.probe();
        if (args.length > 0 && args[0].equals("loopback")) {
            System.exit(probe.loopbackUsable() ? 0 : 1);
        }
        System.out.println(probe);
        System.exit(probe.vsockUsable() ? 0 : 1);
    }
}
