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

import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.ZapRequest;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpMetadata;
import io.netty.util.CharsetUtil;
import io.netty.util.NetUtil;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ready-made authenticators. They read their files once, when they are made, and answer at once from memory; each is
 * immutable and may serve any number of servers.
 */
public final class ZapHandlers {

    private ZapHandlers() {
    }

    /**
     * Admits everybody, as user {@code ""} under NULL, by user name under PLAIN whatever the password, and by public
     * key under CURVE.
     *
     * @return the authenticator
     */
    public static ZapHandler allowAll() {
        return request -> reply(ZapReply.ok(userId(request)));
    }

    /**
     * Admits under PLAIN who knows a password, with the user name as user id.
     *
     * @param passwords password by user name
     * @return the authenticator
     */
    public static ZapHandler plain(Map<String, String> passwords) {
        Map<String, byte[]> known = new HashMap<>();
        passwords.forEach((name, password) -> known.put(name, password.getBytes(CharsetUtil.UTF_8)));
        byte[] nobody = new byte[16];
        return request -> {
            if (!request.mechanism().equals("PLAIN")) {
                return otherMechanism(request, "PLAIN");
            }
            String name = userId(request);
            byte[] expected = known.get(name);
            // Compared even for unknown users, so that the time taken does not tell who exists.
            boolean right = MessageDigest.isEqual(expected == null ? nobody : expected, request.credentials().get(1));
            return reply(right && expected != null ? ZapReply.ok(name) : ZapReply.refused("user name or password"));
        };
    }

    /**
     * Admits under PLAIN who knows a password, from a file of lines {@code name=password}; blank lines and lines that
     * begin with {@code #} do not count, nor do blanks around either.
     *
     * @param file the file, UTF-8
     * @return the authenticator
     * @throws IOException              if the file cannot be read
     * @throws IllegalArgumentException if a line has no {@code =}, or a name comes twice
     */
    public static ZapHandler plainFile(Path file) throws IOException {
        Map<String, String> passwords = new HashMap<>();
        List<String> lines = Files.readAllLines(file, CharsetUtil.UTF_8);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            if (equals < 1 || passwords.put(line.substring(0, equals).strip(),
                    line.substring(equals + 1).strip()) != null) {
                throw new IllegalArgumentException(file + ", line " + (i + 1)
                        + (equals < 1 ? ": no name=password" : ": a name that was there before")
                        + " (expected: name=password, each name once)");
            }
        }
        return plain(passwords);
    }

    /**
     * Admits under CURVE the owners of known keys, with the text of the key as user id.
     *
     * @param publicKeys 40 characters of Z85 each
     * @return the authenticator
     * @throws IllegalArgumentException if one is not a key
     */
    public static ZapHandler curveKeys(Collection<String> publicKeys) {
        Map<String, ZmtpMetadata> known = new HashMap<>();
        for (String key : publicKeys) {
            known.put(Z85.encode(CurveKeyPair.keyOfText("public key", key)), ZmtpMetadata.empty());
        }
        return curve(known);
    }

    /**
     * Admits under CURVE the owners of the certificates in a folder, as CZMQ and pyzmq write them, with the text of the
     * key as user id and the certificate's metadata. Files whose names end in {@code _secret} are left alone.
     *
     * @param folder the folder of public certificates
     * @return the authenticator
     * @throws IOException              if the folder or a file cannot be read
     * @throws IllegalArgumentException if a file is not a certificate
     */
    public static ZapHandler curveFolder(Path folder) throws IOException {
        Map<String, ZmtpMetadata> known = new HashMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile).sorted()::iterator) {
                if (!file.getFileName().toString().endsWith("_secret")) {
                    CurveCertificate certificate = CurveCertificate.read(file);
                    known.put(certificate.publicKeyText(), certificate.metadata());
                }
            }
        }
        return curve(known);
    }

    private static ZapHandler curve(Map<String, ZmtpMetadata> known) {
        return request -> {
            if (!request.mechanism().equals("CURVE")) {
                return otherMechanism(request, "CURVE");
            }
            String key = userId(request);
            ZmtpMetadata metadata = known.get(key);
            return reply(metadata == null ? ZapReply.refused("unknown key " + key)
                    : ZapReply.ok(key, metadata));
        };
    }

    /**
     * Admits by address, under any mechanism: CIDs on VM sockets, IP addresses on TCP, as
     * {@link ZmtpCodecBuilder#peerAddress} spells them. Over ipc, where an address is {@code localhost:UID:GID:PID},
     * its beginning will do: {@code localhost} admits every process of this machine, {@code localhost:1000} one user's.
     * The user id is the one of {@link #allowAll}.
     *
     * @param addresses the allowed ones; IP addresses are the same however they are spelled, and
     *                  {@code ::ffff:127.0.0.1} is {@code 127.0.0.1}; all else is compared as text
     * @return the authenticator
     */
    public static ZapHandler addresses(Collection<String> addresses) {
        Set<String> allowed = addresses.stream().map(ZapHandlers::canonical).collect(Collectors.toUnmodifiableSet());
        return new ZapHandler() {
            @Override
            public CompletionStage<ZapReply> authenticate(ZapRequest request) {
                return reply(contains(allowed, canonical(request.address())) ? ZapReply.ok(userId(request))
                        : ZapReply.refused("address"));
            }

            @Override
            public boolean refusesAddress(String domain, String address) {
                return !contains(allowed, canonical(address));
            }
        };
    }

    /** Returns one spelling for all of an IP address, and any other text as it is. */
    private static String canonical(String address) {
        byte[] octets = NetUtil.createByteArrayFromIpAddressString(address);
        if (octets == null) {
            return address;
        }
        try {
            return InetAddress.getByAddress(octets).getHostAddress(); // a mapped one comes out as IPv4
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(address, e); // neither 4 octets nor 16
        }
    }

    private static boolean contains(Set<String> allowed, String address) {
        if (allowed.contains(address)) {
            return true;
        }
        if (address.startsWith("localhost:")) { // no IP address begins so
            for (int end = address.lastIndexOf(':'); end > 0; end = address.lastIndexOf(':', end - 1)) {
                if (allowed.contains(address.substring(0, end))) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Admits whom all of some authenticators admit, asked one after the other; the answer is the last one's, or that of
     * the first that refuses.
     *
     * @param handlers one or more
     * @return the authenticator
     */
    public static ZapHandler allOf(ZapHandler... handlers) {
        List<ZapHandler> all = List.of(handlers);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("handlers: none (expected: one or more)");
        }
        return new ZapHandler() {
            @Override
            public CompletionStage<ZapReply> authenticate(ZapRequest request) {
                CompletionStage<ZapReply> answer = all.get(0).authenticate(request);
                for (ZapHandler next : all.subList(1, all.size())) {
                    answer = answer.thenCompose(reply -> reply.status() == 200 ? next.authenticate(request)
                            : reply(reply));
                }
                return answer;
            }

            @Override
            public boolean refusesAddress(String domain, String address) {
                return all.stream().anyMatch(handler -> handler.refusesAddress(domain, address));
            }
        };
    }

    private static CompletionStage<ZapReply> reply(ZapReply reply) {
        return CompletableFuture.completedFuture(reply);
    }

    private static CompletionStage<ZapReply> otherMechanism(ZapRequest request, String expected) {
        return reply(ZapReply.refused("mechanism " + request.mechanism() + " (expected: " + expected + ')'));
    }

    private static String userId(ZapRequest request) {
        switch (request.mechanism()) {
            case "PLAIN":
                return new String(request.credentials().get(0), CharsetUtil.UTF_8);
            case "CURVE":
                return Z85.encode(request.credentials().get(0));
            default:
                return "";
        }
    }
}
