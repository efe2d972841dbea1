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
package io.github.nettyvmci.examples.tool;

import io.github.nettyvmci.zmq.ZmqSocketType;

import java.util.Locale;

/** Translates between types of sockets and their names on the command line, which are in lower case. */
final class TypeNames {

    private TypeNames() {
    }

    /** Finds a type by its name in any case; {@code null} if there is none. */
    static ZmqSocketType find(String name) {
        for (ZmqSocketType type : ZmqSocketType.values()) {
            if (type.name().equalsIgnoreCase(name)) {
                return type;
            }
        }
        return null;
    }

    static String of(ZmqSocketType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
