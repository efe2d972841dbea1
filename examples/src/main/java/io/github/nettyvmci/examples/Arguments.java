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

import java.util.List;

/** Reads the arguments of the example programs. */
final class Arguments {

    private Arguments() {
    }

    /** Returns the first argument if it is one of the roles; ends the program otherwise. */
    static String role(String[] args, String... roles) {
        if (args.length == 0 || !List.of(roles).contains(args[0])) {
            System.err.println("role: " + (args.length == 0 ? "none" : args[0]) + " (expected: "
                    + String.join(" or ", roles) + ", and endpoints)");
            System.exit(2);
        }
        return args[0];
    }

    /** Returns an argument, or a default if there are fewer arguments. */
    static String get(String[] args, int index, String otherwise) {
        return args.length > index ? args[index] : otherwise;
    }
}
