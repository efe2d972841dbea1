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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.function.LongSupplier;

class VmciAddressTest {

    private static final LongSupplier MUST_NOT_ASK = () -> {
        throw new AssertionError("asked for the local CID");
    };

    @ParameterizedTest
    @CsvSource({
        "vmci://2:5555,                  2,          5555,       vmci://2:5555",
        "vsock://2:5555,                 2,          5555,       vmci://2:5555",
        "vmci://*:5555,                  4294967295, 5555,       vmci://*:5555",
        "vmci://1:*,                     1,          4294967295, vmci://1:*",
        "vsock://*:*,                    4294967295, 4294967295, vmci://*:*",
        "vmci://0:0,                     0,          0,          vmci://0:0",
        "vmci://4294967294:2617276127,   4294967294, 2617276127, vmci://4294967294:2617276127",
        "vmci://4294967295:4294967295,   4294967295, 4294967295, vmci://*:*",
    })
    void shouldParse(String endpoint, long cid, long port, String text) {
        VmciAddress address = VmciAddress.parse(endpoint, MUST_NOT_ASK);

        assertEquals(cid, address.cid());
        assertEquals(port, address.port());
        assertEquals(text, address.toString());
        assertEquals(address, VmciAddress.parse(address.toString(), MUST_NOT_ASK));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
        "vmci://12abc:1|digits in the CID at position 9, found 'a'",
        "vmci://-1:1|digits, * or @ in the CID at position 7, found '-'",
        "vmci://+1:1|digits, * or @ in the CID at position 7, found '+'",
        "vmci://4294967296:1|0..4294967295 or * as the CID at position 7, found '4'",
        "vmci://99999999999999999999999999:1|0..4294967295 or * as the CID at position 7, found '9'",
        "vmci://1:4294967296|0..4294967295 or * as the port at position 9, found '4'",
        "vsock://1:18446744073709551617|0..4294967295 or * as the port at position 10, found '1'",
        "vmci://1|':' and a port at position 8, found the end",
        "vmci://*|':' and a port at position 8, found the end",
        "vmci://1:|digits or * in the port at position 9, found the end",
        "vmci://:1|digits, * or @ in the CID at position 7, found ':'",
        "vmci://:|digits, * or @ in the CID at position 7, found ':'",
        "vmci://|digits, * or @ in the CID at position 7, found the end",
        "vmci://1: 5|digits or * in the port at position 9, found a blank",
        "vmci://1 :5|digits in the CID at position 8, found a blank",
        "vmci:// 1:5|digits, * or @ in the CID at position 7, found a blank",
        "vmci://1:5 |digits in the port at position 10, found a blank",
        " vmci://1:5|vmci:// or vsock:// as the scheme, fault at position 0, found a blank",
        "VMCI://1:5|vmci:// or vsock:// as the scheme, fault at position 0, found 'V'",
        "vMci://1:5|vmci:// or vsock:// as the scheme, fault at position 1, found 'M'",
        "vsocks://1:5|vmci:// or vsock:// as the scheme, fault at position 5, found 's'",
        "vmci:/1:5|vmci:// or vsock:// as the scheme, fault at position 6, found '1'",
        "tcp://1:5|vmci:// or vsock:// as the scheme, fault at position 0, found 't'",
        "2:5555|vmci:// or vsock:// as the scheme, fault at position 0, found '2'",
        "vmci|vmci:// or vsock:// as the scheme, fault at position 4, found the end",
        "vmci://@:@|digits or * in the port at position 9, found '@'",
        "vmci://@|':' and a port at position 8, found the end",
        "vmci://@@:1|':' after the CID at position 8, found '@'",
        "vmci://*1:5|':' after the CID at position 8, found '1'",
        "vmci://1:**|nothing after the port at position 10, found '*'",
        "vmci://1*:5|digits in the CID at position 8, found '*'",
        "vmci://0x1:5|digits in the CID at position 8, found 'x'",
        "vmci://01:5|no leading zero in the CID at position 7, found '0'",
        "vmci://1:007|no leading zero in the port at position 9, found '0'",
        "vmci://00:5|no leading zero in the CID at position 7, found '0'",
        "vmci://1:5:6|digits in the port at position 10, found ':'",
        "vmci://1:5/|digits in the port at position 10, found '/'",
        "vmci://[1]:5|digits, * or @ in the CID at position 7, found '['",
        "vmci://1.5:5|digits in the CID at position 8, found '.'",
        "vmci://\u0661:5|digits, * or @ in the CID at position 7, found U+0661",
        "vmci://1:\uFF15|digits or * in the port at position 9, found U+FF15",
        "vmci://1:5\u00A0|digits in the port at position 10, found U+00A0",
    })
    void shouldRefuseWithThePositionOfTheFault(String endpoint, String expected) {
        assertEquals("endpoint: " + endpoint + " (expected: " + expected + ')', refusal(endpoint, MUST_NOT_ASK));
    }

    @Test
    void shouldRefuseTheEmptyEndpoint() {
        assertEquals("endpoint:  (expected: vmci:// or vsock:// as the scheme, fault at position 0, found the end)",
                refusal("", MUST_NOT_ASK));
    }

    @Test
    void shouldKeepTheMessageOnOneLineWhateverTheEndpointHolds() {
        assertEquals("endpoint: vmci://1:5U+000AU+0000x (expected: digits in the port at position 10, found U+000A)",
                refusal("vmci://1:5\n\0x", MUST_NOT_ASK));
    }

    @Test
    void shouldRefuseNull() {
        assertEquals("endpoint", assertThrows(NullPointerException.class, () -> VmciAddress.parse(null)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vmci", "vsock"})
    void shouldPutTheLocalCidInTheAddressWhenParsed(String scheme) {
        assertEquals(VmciAddress.of(42, 5555), VmciAddress.parse(scheme + "://@:5555", () -> 42));
        assertEquals(VmciAddress.of(0, VmciAddress.PORT_ANY), VmciAddress.parse(scheme + "://@:*", () -> 0));
        assertEquals(4294967294L, VmciAddress.parse(scheme + "://@:1", () -> 4294967294L).cid());
    }

    @Test
    void shouldTellWhyThereIsNoLocalCid() {
        String start = "endpoint: vmci://@:5 (expected: a local CID to stand for the @ at position 7, but ";

        assertEquals(start + "the kernel names none (no vsock transport is active, or it is Hyper-V's, which has"
                + " none));"
                        + " as root: modprobe vsock_loopback, or write the CID in digits",
                refusal("vmci://@:5", () -> VmciAddress.CID_ANY));
        assertEquals(start + "/dev/vsock does not exist (ENOENT, errno 2)); as root: modprobe vsock (a container also"
                        + " needs --device /dev/vsock), or write the CID in digits",
                refusal("vmci://@:5", () -> -NativeConstants.ENOENT));
        assertEquals(start + "/dev/vsock may not be opened by this user (EACCES, errno 13)); as root: chmod a+r"
                        + " /dev/vsock, or write the CID in digits",
                refusal("vmci://@:5", () -> -NativeConstants.EACCES));
    }

    @Test
    void shouldTellThatTheLocalCidCannotBeAskedWithoutTheLibrary() {
        UnsatisfiedLinkError failure = new UnsatisfiedLinkError("no library");
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> VmciAddress.parse("vsock://@:5", () -> {
                    throw failure;
                }));

        assertEquals("endpoint: vsock://@:5 (expected: a local CID to stand for the @ at position 8, but it cannot be"
                + " asked: no library); write the CID in digits", e.getMessage());
        assertSame(failure, e.getCause());
    }

    @Test
    void shouldTakeTheWholeRangeAndNothingElse() {
        assertEquals("vmci://0:4294967294", VmciAddress.of(0, 4294967294L).toString());
        assertEquals(VmciAddress.CID_ANY, VmciAddress.of(0xFFFF_FFFFL, 0).cid());

        assertEquals("cid: -1 (expected: 0..4294967295, or VmciAddress.CID_ANY)", ofRefusal(-1, 5));
        assertEquals("cid: 4294967296 (expected: 0..4294967295, or VmciAddress.CID_ANY)", ofRefusal(4294967296L, 5));
        assertEquals("port: -2 (expected: 0..4294967295, or VmciAddress.PORT_ANY)", ofRefusal(5, -2));
        assertEquals("port: 4294967296 (expected: 0..4294967295, or VmciAddress.PORT_ANY)", ofRefusal(5, 4294967296L));
    }

    @Test
    void shouldReplaceTheCid() {
        assertEquals(VmciAddress.of(3, 2617276127L), VmciAddress.of(VmciAddress.CID_ANY, 2617276127L).withCid(3));
        assertThrows(IllegalArgumentException.class, () -> VmciAddress.of(1, 1).withCid(-1));
    }

    @Test
    void shouldEqualByValue() {
        VmciAddress address = VmciAddress.of(3, 2617276127L);

        assertEquals(address, VmciAddress.of(3, 2617276127L));
        assertEquals(address.hashCode(), VmciAddress.of(3, 2617276127L).hashCode());
        assertNotEquals(address, VmciAddress.of(4, 2617276127L));
        assertNotEquals(address, VmciAddress.of(3, 5));
        assertNotEquals(address, new Object());
        assertNotEquals(VmciAddress.of(1, 2).hashCode(), VmciAddress.of(2, 1).hashCode());
    }

    @Test
    void shouldSurviveSerialization() throws Exception {
        VmciAddress address = VmciAddress.of(VmciAddress.CID_ANY, 2617276127L);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(address);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertEquals(address, in.readObject());
        }
    }

    private static String refusal(String endpoint, LongSupplier localCid) {
        return assertThrows(IllegalArgumentException.class, () -> VmciAddress.parse(endpoint, localCid)).getMessage();
    }

    private static String ofRefusal(long cid, long port) {
        return assertThrows(IllegalArgumentException.class, () -> VmciAddress.of(cid, port)).getMessage();
    }
}
