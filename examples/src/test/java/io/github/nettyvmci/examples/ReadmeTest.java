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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** The programs in README.md are whole: they compile as they stand, and those of the sockets run, over ipc. */
@Timeout(300)
class ReadmeTest {

    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("public class (\\w+)");

    @Test
    void shouldCompileAndRun(@TempDir Path folder) throws Exception {
        String endpoint = "ipc://" + TestFamily.newPath();
        Map<String, String> programs = new LinkedHashMap<>();
        Matcher blocks = BLOCK.matcher(Files.readString(readme()));
        while (blocks.find()) {
            Matcher name = NAME.matcher(blocks.group(1));
            assertTrue(name.find(), () -> "no public class in " + blocks.group(1));
            programs.put(name.group(1), blocks.group(1));
        }
        assertEquals(List.of("Server", "Service", "Client"), List.copyOf(programs.keySet()));
        List<String> arguments = new ArrayList<>(List.of("-d", folder.toString(), "-proc:none", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        for (Map.Entry<String, String> program : programs.entrySet()) {
            Path file = folder.resolve(program.getKey() + ".java");
            boolean runs = !program.getKey().equals("Server"); // there is no vsock to bind to here
            Files.writeString(file, runs ? program.getValue().replaceAll("\"vmci://[^\"]+\"", '"' + endpoint + '"')
                    : program.getValue());
            arguments.add(file.toString());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        assertEquals(0, compiler.run(null, null, errors, arguments.toArray(String[]::new)), errors::toString);
        URL[] classes = {folder.toUri().toURL()};
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (URLClassLoader loader = new URLClassLoader(classes, getClass().getClassLoader())) {
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread service = new Thread(() -> ended.complete(run(loader, "Service")));
            service.start();
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            assertEquals(null, run(loader, "Client"));
            assertEquals("World", printed.toString(StandardCharsets.UTF_8).trim());
            service.interrupt();
            assertInstanceOf(InterruptedException.class, ended.get(60, TimeUnit.SECONDS));
        } finally {
            System.setOut(before);
        }
    }

    /** The tests run in different folders, but target/test-classes is always where this class is. */
    private static Path readme() throws URISyntaxException {
        return Path.of(ReadmeTest.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                .resolveSibling("../../README.md").normalize();
    }

    private static Throwable run(ClassLoader loader, String name) {
        try {
            loader.loadClass(name).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
            return null;
        } catch (InvocationTargetException e) {
            return e.getCause();
        } catch (ReflectiveOperationException e) {
            return e;
        }
    }
}
