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
 * Lets virtual machines without a network use a service on the network: requests that come over VM sockets go to a TCP
 * endpoint.
 *
 * <p>Shows: one program on two transports, here {@code vmci://} and {@code tcp://}, each on event loops of its own. The
 * program connects to the service as soon as it is there, and again after it was gone.
 *
 * <p>Run on the host: {@code Bridge [ENDPOINT [SERVICE]]} (default {@code vmci://*:5555 tcp://127.0.0.1:5555}); the
 * service may be {@code script/zmq rep --bind tcp://127.0.0.1:5555 --reply World}. In a virtual machine:
 * {@code script/zmq req --connect vmci://2:5555 --data Hello}.
 *
 * <p>Prints: {@code listening on ENDPOINT, forwarding to SERVICE}. Runs until it is killed.
 */
public final class Bridge {

    private Bridge() {
    }

    /**
     * Forwards requests and replies until it is killed.
     *
     * @param args the endpoint to listen at, and that of the service
     */
    public static void main(String[] args) {
        String service = Arguments.get(args, 1, "tcp://127.0.0.1:5555");
        try (ZmqContext context = ZmqContext.create()) {
            ZmqSocket machines = context.open(ZmqSocketType.ROUTER);
            String endpoint = machines.bind(Arguments.get(args, 0, "vmci://*:5555"));
            ZmqSocket network = context.open(ZmqSocketType.DEALER);
            network.connect(service);
            System.out.println("listening on " + endpoint + ", forwarding to " + service);
            ZmqProxy.start(machines, network).closeFuture().join();
        }
    }
}
