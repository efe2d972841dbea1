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
package io.github.nettyvmci.zmq;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.nettyvmci.testing.TestFamily;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A virtual machine within the test VM (script/tests/nested), which runs guest.c: commands go to its console, and its
 * lines come from there, since that works too while it has no vsock driver.
 */
final class Guest implements AutoCloseable {

    /** The CID of the guest. */
    static final long CID = 42;
    /** Bounds an answer of the guest: emulated twice, a command may take a minute. */
    private static final long SECONDS = 24L * TestFamily.SLOWNESS;
    /** Bounds the start of its kernel, which takes minutes, and more if the machine becomes busy later. */
    private static final long BOOT_SECONDS = 120L * TestFamily.SLOWNESS;
    private static final Path FOLDER = Path.of(String.valueOf(System.getenv("VMCI_TEST_GUEST")));
    private static final Path SNAPSHOT = FOLDER.resolve(String.valueOf(System.getenv("VMCI_TEST_SNAPSHOT")));
    private static final Path MONITOR = FOLDER.resolve("monitor");

    private final Process qemu;
    private final OutputStream console;
    private final List<String> lines = new ArrayList<>();
    private int jobs;

    /** Starts the guest from its saved state; the first time it boots, and its state is saved once it is up. */
    Guest() throws Exception {
        Files.deleteIfExists(MONITOR);
        boolean saved = Files.exists(SNAPSHOT);
        List<String> command = new ArrayList<>(List.of("qemu-system-x86_64", "-accel", "tcg,thread=single,tb-size=256",
                "-cpu", "qemu64", "-smp", "1", "-m", "128M", "-M", "microvm", "-nographic", "-nodefaults",
                "-serial", "stdio", "-monitor", "unix:" + MONITOR + ",server=on,wait=off",
                "-kernel", FOLDER.resolve("vmlinuz").toString(), "-initrd", FOLDER.resolve("initrd").toString(),
                "-device", "vhost-vsock-device,guest-cid=" + CID, "-append",
                // Without tsc_early_khz, lpj and no_timer_check a kernel in nested emulation waits for minutes.
                "console=ttyS0 quiet panic=-1 reboot=t nokaslr tsc_early_khz=2000000 lpj=4000000 no_timer_check"
                + " cryptomgr.notests audit=0 apparmor=0 security=none init_on_alloc=0 mitigations=off maxcpus=1"
                + " rcupdate.rcu_expedited=1"));
        if (saved) {
            command.addAll(List.of("-incoming", "exec:cat " + SNAPSHOT));
        }
        qemu = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(FOLDER.resolve("qemu.log").toFile())).start();
        console = qemu.getOutputStream();
        Thread reading = new Thread(this::read, "console");
        reading.setDaemon(true);
        reading.start();
        if (!saved) {
            awaitBoot();
            monitor("migrate \"exec:cat > " + SNAPSHOT + "\"");
            monitor("cont");
        }
        // What was in the serial port when the state was saved is lost.
        String answer = null;
        for (int i = 0; i < 20 && answer == null; i++) {
            answer = await(tell("cid") + ": cid " + CID, TestFamily.SLOWNESS);
        }
        assertNotNull(answer, "the guest does not answer; see the file console");
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(qemu.getInputStream(),
                StandardCharsets.ISO_8859_1))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String text = line.replaceAll("[^ -~]", "");
                Files.writeString(FOLDER.resolve("console"), text + '\n', StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
                synchronized (lines) {
                    lines.add(text);
                    lines.notifyAll();
                }
            }
        } catch (IOException e) {
            // killed
        }
    }

    /** Starts a command, as guest.c has them; returns the name of the job. */
    String tell(String command) throws IOException {
        String job = "j" + ++jobs;
        console.write((job + ' ' + command + '\n').getBytes(StandardCharsets.US_ASCII));
        console.flush();
        return job;
    }

    /** Starts a command and waits for a line of it that matches. */
    String tell(String command, String expected) throws Exception {
        String job = tell(command);
        await(job + ": " + expected);
        return job;
    }

    /** Expects a line that matches, from the beginning on. */
    String await(String regex) throws InterruptedException {
        return expect(regex, SECONDS);
    }

    private void awaitBoot() throws InterruptedException {
        long began = System.nanoTime();
        expect("init: up .*", BOOT_SECONDS);
        System.out.println("guest: up after " + (System.nanoTime() - began) / 1_000_000_000 + " s, at most "
                + BOOT_SECONDS);
    }

    private String expect(String regex, long seconds) throws InterruptedException {
        String line = await(regex, seconds);
        synchronized (lines) {
            assertNotNull(line, () -> "no line " + regex + " from the guest in " + seconds + " s: " + lines);
        }
        return line;
    }

    private String await(String regex, long seconds) throws InterruptedException {
        Pattern pattern = Pattern.compile(regex);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        synchronized (lines) {
            for (int from = 0;; from++) {
                while (from == lines.size()) {
                    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                    if (left <= 0) {
                        return null;
                    }
                    lines.wait(left);
                }
                if (pattern.matcher(lines.get(from)).matches()) {
                    return lines.get(from);
                }
            }
        }
    }

    /** Gives QEMU's monitor a command, and waits for its two prompts: the one before the command and the one after. */
    private void monitor(String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(MONITOR))) {
            for (String next : new String[] {command + '\n', ""}) {
                StringBuilder text = new StringBuilder();
                ByteBuffer buffer = ByteBuffer.allocate(4096);
                while (!text.toString().endsWith("(qemu) ")) {
                    buffer.clear();
                    if (channel.read(buffer) < 0) {
                        return;
                    }
                    text.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1));
                }
                channel.write(ByteBuffer.wrap(next.getBytes(StandardCharsets.US_ASCII)));
            }
        }
    }

    /** Restarts the guest within its running QEMU and vhost device; returns when it is up again. */
    void reset() throws Exception {
        synchronized (lines) {
            lines.clear();
        }
        monitor("system_reset");
        awaitBoot();
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(qemu.pid())).inheritIO().start().waitFor();
    }

    void pause() throws Exception {
        signal("STOP");
    }

    void resume() throws Exception {
        signal("CONT");
    }

    /** Kills the guest's QEMU, as its host might. */
    @Override
    public void close() {
        qemu.destroyForcibly().onExit().orTimeout(SECONDS, TimeUnit.SECONDS).join();
    }
}
