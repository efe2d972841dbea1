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

import static io.github.nettyvmci.zmq.ZmqSocketType.DEALER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.RADIO;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.STREAM;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XSUB;

import java.util.EnumSet;
import java.util.Set;

/** Knows which types of socket have which options. Setting any other one is EINVAL in libzmq, and INVALID here. */
final class OptionTypes {

    private OptionTypes() {
    }

    /** Returns the types that have the option of a name. */
    static Set<ZmqSocketType> of(String name) {
        switch (name) {
            case "SUBSCRIBE":
            case "UNSUBSCRIBE":
                return EnumSet.of(SUB, PUB, XPUB);
            case "ROUTER_MANDATORY":
            case "ROUTER_HANDOVER":
            case "ROUTER_NOTIFY":
                return EnumSet.of(REP, ROUTER); // libzmq's REP is a ROUTER inside
            case "CONNECT_ROUTING_ID":
                return EnumSet.of(REP, ROUTER, STREAM);
            case "PROBE_ROUTER":
                return EnumSet.of(REQ, REP, DEALER, ROUTER);
            case "REQ_CORRELATE":
            case "REQ_RELAXED":
                return EnumSet.of(REQ);
            case "XPUB_VERBOSE":
            case "XPUB_VERBOSER":
            case "XPUB_MANUAL":
            case "XPUB_MANUAL_LAST_VALUE":
            case "XPUB_WELCOME_MSG":
                return EnumSet.of(PUB, XPUB);
            case "XPUB_NODROP":
                return EnumSet.of(PUB, XPUB, RADIO);
            case "ONLY_FIRST_SUBSCRIBE":
                return EnumSet.of(PUB, XPUB, XSUB);
            case "XSUB_VERBOSE_UNSUBSCRIBE":
                return EnumSet.of(XSUB);
            case "STREAM_NOTIFY":
                return EnumSet.of(STREAM);
            default:
                return EnumSet.allOf(ZmqSocketType.class);
        }
    }
}
