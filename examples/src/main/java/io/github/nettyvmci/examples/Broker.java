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

import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqProxy;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;

/**
 * A broker between clients (REQ) and services (REP) that need not know each other.
 *
 * <p>Shows: ROUTER and DEALER joined by a {@link ZmqProxy}, which needs no thread; requests go to the services in turn,
 * replies find their way back by the envelope.
 *
 * <p>Run: {@code Broker [FRONTEND [BACKEND]]} (default {@code vmci://*:5559 vmci://*:5560}); then
 * {@code script/zmq rep --connect BACKEND --reply World} and {@code script/zmq req --connect FRONTEND --data Hello}.
 *
 * <p>Prints: {@code clients: ENDPOINT} and {@code services: ENDPOINT}. Runs until it is killed.
 */
public final class Broker {

    private Broker() {
    }

    /**
     * Passes requests and replies on until it is killed.
     *
     * @param args the endpoint for clients, and that for services
     */
    public static void main(String[] args) {
        try (ZmqContext context = ZmqContext.create()) {
            ZmqSocket frontend = context.open(ZmqSocketType.ROUTER);
            System.out.println("clients: " + frontend.bind(Arguments.get(args, 0, "vmci://*:5559")));
            ZmqSocket backend = context.open(ZmqSocketType.DEALER);
            System.out.println("services: " + backend.bind(Arguments.get(args, 1, "vmci://*:5560")));
            ZmqProxy.start(frontend, backend).closeFuture().join();
        }
    }
}
