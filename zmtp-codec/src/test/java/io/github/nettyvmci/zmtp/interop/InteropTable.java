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
package io.github.nettyvmci.zmtp.interop;

import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a line for each test into the file {@code -Dinterop.table} names, for {@code script/interop}: the row, the
 * test and whether it passed, between tabulators.
 */
final class InteropTable implements AfterTestExecutionCallback {

    @Override
    public void afterTestExecution(ExtensionContext context) throws IOException {
        String file = System.getProperty("interop.table");
        if (file != null) {
            boolean passed = context.getExecutionException().isEmpty();
            Files.writeString(Path.of(file), String.format("%s\t%s\t%s%n", context.getDisplayName(),
                    context.getRequiredTestMethod().getName(), passed ? "passed" : "failed"),
                    StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }
}
