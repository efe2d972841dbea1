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
package io.github.nettyvmci.zmq.internal.pattern;

import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpLimits;

/** Makes the pattern of each socket type. */
public final class Patterns {

    private Patterns() {
    }

    /**
     * Makes the pattern of a type.
     *
     * @param limits bounds what peers may make it keep
     */
    public static Pattern create(ZmqSocketType type, PipeHost host, ZmtpLimits limits) {
        switch (type) {
            case PAIR:
            case CHANNEL:
                return new PairPattern(host, type);
            case PUB:
            case XPUB:
                return new PubPattern(host, type, limits);
            case SUB:
            case XSUB:
                return new SubPattern(host, type);
            case REQ:
                return new ReqPattern(host);
            case REP:
                return new RepPattern(host);
            case ROUTER:
            case STREAM:
                return new RouterPattern(host, type);
            case SERVER:
            case PEER:
                return new ServerPattern(host, type);
            case RADIO:
                return new RadioPattern(host, limits);
            case DISH:
                return new DishPattern(host);
            case PULL:
            case GATHER:
                return new PullPattern(host, type);
            default: // PUSH, SCATTER, DEALER, CLIENT
                return new BalancedPattern(host, type);
        }
    }
}
