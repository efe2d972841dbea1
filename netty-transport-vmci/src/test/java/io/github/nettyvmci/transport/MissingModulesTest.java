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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

import java.net.BindException;
import java.net.NoRouteToHostException;

/**
 * What a machine says that has no loopback, or no AF_VSOCK. It runs in test VMs that leave the kernel's modules out
 * ({@code script/vm --modules}).
 */
class MissingModulesTest {

    @Test
    @EnabledIfEnvironmentVariable(named = "VMCI_TEST_MODULES", matches = "none",
            disabledReason = "needs the test VM: script/vm --modules none --env VMCI_TEST_MODULES=none")
    void shouldSayThatTheKernelHasNoVsock() throws Exception {
        assertFalse(Vmci.isAvailable());
        assertTrue(Vmci.isLibraryAvailable());
        assertEquals(VmciAddress.CID_ANY, Vmci.localCid());
        assertFalse(Vmci.probe().vsockUsable());
        UnsatisfiedLinkError error = assertThrows(UnsatisfiedLinkError.class, VmciServerChannel::new);
        assertEquals("AF_VSOCK is not available: socket(AF_VSOCK) failed: AF_VSOCK is not available in this kernel"
                + " (EAFNOSUPPORT, errno 97); as root: modprobe vsock, or use a kernel with CONFIG_VSOCKETS",
                error.getMessage());
        try (Rig rig = new Rig()) { // AF_UNIX needs no more than the library
            var server = rig.group.next().register(new VmciServerDomainSocketChannel()).sync().channel();
            Waits.get(server.close());
        }
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "VMCI_TEST_MODULES", matches = "vsock",
            disabledReason = "needs the test VM: script/vm --modules vsock --env VMCI_TEST_MODULES=vsock")
    void shouldSayThatThereIsNoTransport() throws Exception {
        assertTrue(Vmci.isAvailable());
        assertTrue(Vmci.probe().vsockUsable());
        assertFalse(Vmci.probe().loopbackUsable());
        try (Rig rig = new Rig()) {
            assertNoRoute(rig, VmciAddress.CID_LOCAL, "no loopback transport (ENODEV, errno 19); as root: modprobe"
                    + " vsock_loopback");
            assertNoRoute(rig, VmciAddress.CID_HOST, "no virtio, VMCI or Hyper-V vsock device in this machine (ENODEV,"
                    + " errno 19); ");
            VmciServerChannel server = new VmciServerChannel();
            rig.group.next().register(server).sync();
            Throwable failure = Waits.failure(server.bind(VmciAddress.of(VmciAddress.CID_LOCAL, 5555)));
            assertInstanceOf(BindException.class, failure);
            assertTrue(failure.getMessage().contains("modprobe vsock_loopback"), failure.getMessage());
            Waits.get(server.close());
        }
    }

    @Test
    @EnabledIfEnvironmentVariable(named = "VMCI_TEST_MODULES", matches = "vsock",
            disabledReason = "needs the test VM: script/vm --modules vsock --env VMCI_TEST_MODULES=vsock")
    void shouldSayThatDatagramsNeedVmci() {
        ChannelException failure = assertThrows(ChannelException.class, VmciDatagramChannel::new);
        assertEquals("socket(AF_VSOCK, SOCK_DGRAM) failed: vsock datagrams need the VMware VMCI transport (ENODEV,"
                + " errno 19); in a VMware machine, or on its Linux host, as root: modprobe vmw_vsock_vmci_transport;"
                + " elsewhere take a VmciChannel", failure.getMessage());
    }

    private static void assertNoRoute(Rig rig, long cid, String text) throws Exception {
        Throwable failure = Waits.failure(rig.client(new Recorder()).connect(VmciAddress.of(cid, 5555)));
        assertInstanceOf(NoRouteToHostException.class, failure);
        String expected = "connect(vmci://" + cid + ":5555) failed: " + text;
        assertTrue(failure.getMessage().startsWith(expected), failure.getMessage());
    }
}
