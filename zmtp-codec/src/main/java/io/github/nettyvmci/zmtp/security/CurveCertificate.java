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

import io.github.nettyvmci.zmtp.ZmtpMetadata;
import io.netty.util.CharsetUtil;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A file with a CURVE key, as CZMQ ({@code zcert}) and pyzmq ({@code zmq.auth}) read and write it: text in ZPL (RFC 4).
 *
 * <pre>
 *  # comment
 *  metadata
 *      name = "Alice"
 *  curve
 *      public-key = "Yne@$w-vo&lt;fVvi]a&lt;NY6T1ed:M$fCG*[IaLV{hID"
 *      secret-key = "..."                          in secret certificates only
 * </pre>
 */
public final class CurveCertificate {

    /** No certificate is as long as this; a longer file is something else. */
    private static final long MAX_FILE = 64 * 1024;

    private final byte[] publicKey;
    private final @Nullable CurveKeyPair keyPair;
    private final ZmtpMetadata metadata;

    private CurveCertificate(byte[] publicKey, @Nullable CurveKeyPair keyPair, ZmtpMetadata metadata) {
        this.publicKey = publicKey;
        this.keyPair = keyPair;
        this.metadata = metadata;
    }

    /**
     * Makes a certificate with both keys.
     *
     * @param keyPair  the keys
     * @param metadata about the owner; becomes part of the file
     * @return the certificate
     */
    public static CurveCertificate of(CurveKeyPair keyPair, ZmtpMetadata metadata) {
        return new CurveCertificate(keyPair.publicKey(), keyPair, metadata);
    }

    /**
     * Reads a certificate, public or secret.
     *
     * @param file the file
     * @return the certificate
     * @throws IOException              if the file cannot be read
     * @throws IllegalArgumentException if it is not a certificate; the message gives file and line
     */
    public static CurveCertificate read(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE) {
            throw new IllegalArgumentException(file + ": " + Files.size(file) + " octets (expected: a certificate, at"
                    + " most " + MAX_FILE + ')');
        }
        List<String> lines = Files.readAllLines(file, CharsetUtil.UTF_8);
        ZmtpMetadata.Builder metadata = ZmtpMetadata.builder();
        String publicKey = null;
        String secretKey = null;
        String section = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            int equals = text.indexOf('=');
            if (!Character.isWhitespace(line.charAt(0))) {
                section = text;
            } else if (equals < 1) {
                throw new IllegalArgumentException(file + ", line " + (i + 1) + ": no name = value");
            } else {
                String name = text.substring(0, equals).strip();
                String value = unquote(text.substring(equals + 1).strip());
                if (section.equals("metadata")) {
                    addMetadata(metadata, name, value, file, i + 1);
                } else if (section.equals("curve") && name.equals("public-key")) {
                    publicKey = value;
                } else if (section.equals("curve") && name.equals("secret-key")) {
                    secretKey = value;
                }
            }
        }
        if (publicKey == null) {
            throw new IllegalArgumentException(file + ": no public-key (expected: one in section curve)");
        }
        try {
            return new CurveCertificate(CurveKeyPair.keyOfText("public key", publicKey),
                    secretKey == null ? null : CurveKeyPair.ofText(publicKey, secretKey), metadata.build());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    private static void addMetadata(ZmtpMetadata.Builder metadata, String name, String value, Path file, int line) {
        try {
            metadata.add(name, value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ", line " + line + ": " + e.getMessage(), e);
        }
    }

    /** Returns the quoted part if the value begins with a quote, else everything in front of a comment. */
    private static String unquote(String value) {
        if (!value.isEmpty() && (value.charAt(0) == '"' || value.charAt(0) == '\'')) {
            int end = value.indexOf(value.charAt(0), 1);
            return end < 0 ? value.substring(1) : value.substring(1, end);
        }
        int comment = value.indexOf(" #");
        return comment < 0 ? value : value.substring(0, comment).strip();
    }

    /**
     * Writes the public certificate, to be given to peers.
     *
     * @param file a file that does not exist yet
     * @throws IOException if it exists, or cannot be written
     */
    public void writePublic(Path file) throws IOException {
        Files.writeString(file, text(null), StandardOpenOption.CREATE_NEW);
    }

    /**
     * Writes the secret certificate. Only the owner of the file may read it where the file system has permissions.
     *
     * @param file a file that does not exist yet; by custom its name ends in {@code _secret}
     * @throws IOException           if it exists, or cannot be written
     * @throws IllegalStateException if this certificate is a public one
     */
    public void writeSecret(Path file) throws IOException {
        CurveKeyPair keys = keyPair;
        if (keys == null) {
            throw new IllegalStateException("secret key: none (expected: one); this certificate is public");
        }
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } else {
            Files.createFile(file);
        }
        Files.writeString(file, text(keys.secretKeyText()));
    }

    private String text(@Nullable String secretKey) {
        StringBuilder out = new StringBuilder(secretKey == null
                ? "#   CURVE public certificate: give it to peers.\n"
                : "#   CURVE secret certificate: keep it to yourself.\n").append("metadata\n");
        for (String name : metadata.names()) {
            String value = metadata.get(name);
            char quote = value.indexOf('"') < 0 ? '"' : '\'';
            if (value.indexOf(quote) >= 0 || value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0) {
                throw new IllegalArgumentException("certificate property " + name + ": more than that (expected: one"
                        + " line, with one kind of quotes at most)");
            }
            out.append("    ").append(name).append(" = ").append(quote).append(value).append(quote).append('\n');
        }
        out.append("curve\n    public-key = \"").append(publicKeyText()).append("\"\n");
        if (secretKey != null) {
            out.append("    secret-key = \"").append(secretKey).append("\"\n");
        }
        return out.toString();
    }

    /**
     * Returns the public key.
     *
     * @return 40 characters of Z85
     */
    public String publicKeyText() {
        return Z85.encode(publicKey);
    }

    /**
     * Returns both keys.
     *
     * @return {@code null} for a public certificate
     */
    public @Nullable CurveKeyPair keyPair() {
        return keyPair;
    }

    /**
     * Returns what the certificate says of its owner.
     *
     * @return the section {@code metadata}
     */
    public ZmtpMetadata metadata() {
        return metadata;
    }

    @Override
    public String toString() {
        return "CurveCertificate(" + publicKeyText() + (keyPair == null ? "" : ", with secret key") + ')';
    }
}
