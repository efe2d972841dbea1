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
package io.github.nettyvmci.zmtp.security;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.ZapRequest;
import io.github.nettyvmci.zmtp.ZmtpMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/** Z85, key pairs, certificate files and the authenticators that read files. */
class KeysAndCertificatesTest {

    @TempDir
    Path folder;

    @Test
    void shouldEncodeTheVectorOfRfc32() {
        byte[] octets = CurveVectors.hex("864fd26fb559f75b");
        assertEquals("HelloWorld", Z85.encode(octets));
        assertArrayEquals(octets, Z85.decode("HelloWorld"));
        assertArrayEquals(CurveVectors.hex("ffffffff00000000"), Z85.decode("%nSc000000"));
        assertEquals("", Z85.encode(new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HelloWorl", "Hello World", "Hello\"orld", "%nSc1", "#####", "\u00e4ello", "Hell\n"})
    void shouldRefuseTextThatIsNotZ85(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Z85.decode(text));
        assertFalse(e.getMessage().contains(text), "it may be a secret");
    }

    @Test
    void shouldDecodeWhatItEncodes() {
        java.util.Random random = new java.util.Random(5);
        for (int i = 0; i < 1000; i++) {
            byte[] octets = new byte[random.nextInt(20) * 4];
            random.nextBytes(octets);
            assertArrayEquals(octets, Z85.decode(Z85.encode(octets)));
        }
        assertThrows(IllegalArgumentException.class, () -> Z85.encode(new byte[3]));
    }

    @Test
    void shouldReadRandomTextAsZ85OrRefuseIt() {
        java.util.Random random = new java.util.Random(6);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            int outOf = random.nextBoolean() ? 0x60 : 0x300;
            for (int length = random.nextInt(11); length > 0; length--) {
                text.append(random.nextInt(20) > 0 ? Z85.encode(CurveVectors.hex("12345678")).charAt(random.nextInt(5))
                        : (char) (0x20 + random.nextInt(outOf)));
            }
            try {
                assertEquals(text.toString(), Z85.encode(Z85.decode(text.toString())));
                read++;
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().contains("expected: "), e.getMessage());
            }
        }
        assertTrue(read > 1000, read + " read");
    }

    @Test
    void shouldDeriveThePublicKey() {
        assertEquals("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
                CurveKeyPair.ofSecret(CurveVectors.CLIENT.secretKey()).publicKeyText());
        assertThrows(IllegalArgumentException.class, () -> CurveKeyPair.ofText(CurveVectors.SERVER.publicKeyText(),
                CurveVectors.CLIENT.secretKeyText()));
        assertThrows(IllegalArgumentException.class, () -> CurveKeyPair.ofSecret(new byte[31]));
        assertThrows(IllegalArgumentException.class,
                () -> CurveMechanism.client(CurveVectors.CLIENT, new byte[33]));
        assertThrows(IllegalArgumentException.class, () -> CurveMechanism.client(CurveVectors.CLIENT, "short"));
        CurveKeyPair first = CurveKeyPair.generate();
        assertFalse(first.publicKeyText().equals(CurveKeyPair.generate().publicKeyText()));
        assertEquals(40, first.secretKeyText().length());
    }

    @Test
    void shouldReadACertificateOfPyzmq() throws IOException {
        Path file = Files.writeString(folder.resolve("client.key_secret"), """
                #   ****  Generated on 2026-11-22 by pyzmq  ****
                #   ZeroMQ CURVE **Secret** Certificate
                #   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.

                metadata
                    name = "Alice"   # the first
                    X-dept = research # really
                curve
                    public-key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
                    secret-key = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
                """);
        CurveCertificate certificate = CurveCertificate.read(file);
        assertEquals(CurveVectors.CLIENT.publicKeyText(), certificate.publicKeyText());
        assertEquals(CurveVectors.CLIENT.secretKeyText(), certificate.keyPair().secretKeyText());
        assertEquals("Alice", certificate.metadata().get("name"));
        assertEquals("research", certificate.metadata().get("X-dept"));
        assertFalse(certificate.toString().contains(CurveVectors.CLIENT.secretKeyText()));
    }

    @Test
    void shouldReadWhatItWrites() throws IOException {
        CurveCertificate certificate = CurveCertificate.of(CurveVectors.SERVER,
                ZmtpMetadata.builder().add("name", "B \"ob\"").build());
        Path secret = folder.resolve("server_secret");
        certificate.writePublic(folder.resolve("server"));
        certificate.writeSecret(secret);
        CurveCertificate read = CurveCertificate.read(folder.resolve("server"));
        assertNull(read.keyPair());
        assertEquals("B \"ob\"", read.metadata().get("name"));
        assertEquals(CurveVectors.SERVER.secretKeyText(),
                CurveCertificate.read(secret).keyPair().secretKeyText());
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)));
        assertThrows(FileAlreadyExistsException.class, () -> certificate.writeSecret(secret));
        assertThrows(IllegalStateException.class, () -> read.writeSecret(folder.resolve("x_secret")));
        CurveCertificate broken = CurveCertificate.of(CurveVectors.SERVER,
                ZmtpMetadata.builder().add("name", "a\n    secret-key = \"x\"").build());
        assertThrows(IllegalArgumentException.class, () -> broken.writePublic(folder.resolve("broken")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "curve\n    public-key = \"short\"\n", "curve\n    no value\n",
        "metadata\n    public-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"\n",
        "metadata\n    a b = c\ncurve\n    public-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"\n",
        "curve\n    public-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\"\n    secret-key = "
            + "\"JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\"\n"})
    void shouldRefuseAFileThatIsNoCertificate(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("bad"), text);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> CurveCertificate.read(file));
        assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    }

    @Test
    void shouldRefuseAFileThatIsTooLarge() throws IOException {
        Path file = Files.writeString(folder.resolve("large"), "#".repeat(65_537));
        assertThrows(IllegalArgumentException.class, () -> CurveCertificate.read(file));
    }

    // --- authenticators ---

    private static ZapReply ask(ZapHandler handler, String mechanism, String address, byte[]... credentials) {
        return handler.authenticate(ZapRequest.of("", address, new byte[0], mechanism, List.of(credentials)))
                .toCompletableFuture().join();
    }

    @Test
    void shouldAdmitKeysOfAFolder() throws IOException {
        CurveCertificate.of(CurveVectors.CLIENT, ZmtpMetadata.builder().add("name", "Alice").build())
                .writePublic(folder.resolve("alice"));
        CurveCertificate.of(CurveVectors.SERVER, ZmtpMetadata.empty()).writeSecret(folder.resolve("server_secret"));
        ZapHandler handler = ZapHandlers.curveFolder(folder);
        ZapReply known = ask(handler, "CURVE", "", CurveVectors.CLIENT.publicKey());
        assertEquals(200, known.status());
        assertEquals(CurveVectors.CLIENT.publicKeyText(), known.userId());
        assertEquals("Alice", known.metadata().get("name"));
        assertEquals(400, ask(handler, "CURVE", "", CurveVectors.SERVER.publicKey()).status());
        assertEquals(400, ask(handler, "NULL", "").status());
        assertThrows(IllegalArgumentException.class, () -> ZapHandlers.curveKeys(List.of("no key")));
    }

    @Test
    void shouldAdmitUsersOfAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("users"), "# users\n\nalice = se=cret\nbob=\n");
        ZapHandler handler = ZapHandlers.plainFile(file);
        assertEquals("alice", ask(handler, "PLAIN", "", "alice".getBytes(), "se=cret".getBytes()).userId());
        assertEquals(200, ask(handler, "PLAIN", "", "bob".getBytes(), new byte[0]).status());
        assertEquals(400, ask(handler, "PLAIN", "", "bob".getBytes(), "x".getBytes()).status());
        assertEquals(400, ask(handler, "PLAIN", "", "carol".getBytes(), new byte[0]).status());
        assertEquals(400, ask(handler, "PLAIN", "", "carol".getBytes(), new byte[16]).status());
        assertEquals(400, ask(handler, "CURVE", "", new byte[32]).status());
        for (String bad : new String[] {"alice", "=x", "a=1\na=2"}) {
            Path broken = Files.writeString(folder.resolve("broken"), bad);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> ZapHandlers.plainFile(broken)).getMessage()
                    .contains(", line "));
        }
    }

    @ParameterizedTest
    @CsvSource({"localhost, 200", "localhost:1000, 200", "localhost:1000:1000:7, 200", "localhost:100, 400",
        "localhost:1000:1000:77, 400", "localhost:1, 400", "local, 400"})
    void shouldAdmitByTheBeginningOfAnAddressOverIpc(String allowed, int status) {
        assertEquals(status, ask(ZapHandlers.addresses(List.of(allowed)), "NULL", "localhost:1000:1000:7").status());
    }

    /** An IPv6 socket of libzmq names its peers {@code ::1} and {@code ::ffff:127.0.0.1}. */
    @ParameterizedTest
    @CsvSource({"0:0:0:0:0:0:0:1, ::1, 200", "::1, 0:0:0:0:0:0:0:1, 200", "127.0.0.1, ::ffff:127.0.0.1, 200",
        "::ffff:127.0.0.1, 127.0.0.1, 200", "FE80::A, fe80::a%eth0, 200", "::1, ::2, 400",
        "127.0.0.1, ::ffff:127.0.0.2, 400", "1, 0.0.0.1, 400"})
    void shouldCompareIpAddressesByTheirBytes(String allowed, String address, int status) {
        assertEquals(status, ask(ZapHandlers.addresses(List.of(allowed)), "NULL", address).status());
    }

    @Test
    void shouldAdmitAddressesAndCombinations() {
        ZapHandler addresses = ZapHandlers.addresses(List.of("3", "4"));
        assertEquals(200, ask(addresses, "NULL", "3").status());
        assertEquals(400, ask(addresses, "NULL", "33").status());
        ZapHandler both = ZapHandlers.allOf(addresses, ZapHandlers.plain(Map.of("a", "b")));
        assertEquals("a", ask(both, "PLAIN", "4", "a".getBytes(), "b".getBytes()).userId());
        assertEquals(400, ask(both, "PLAIN", "5", "a".getBytes(), "b".getBytes()).status());
        assertEquals(400, ask(both, "PLAIN", "4", "a".getBytes(), "c".getBytes()).status());
        assertEquals(200, ask(ZapHandlers.allowAll(), "PLAIN", "", "a".getBytes(), "c".getBytes()).status());
        assertThrows(IllegalArgumentException.class, ZapHandlers::allOf);
    }
}
