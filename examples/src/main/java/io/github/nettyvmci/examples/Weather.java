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
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A weather station that publishes temperatures, and a listener that is interested in one place.
 *
 * <p>Shows: PUB and SUB; a subscription is the beginning of a message, and the publisher sends only what somebody
 * subscribed to.
 *
 * <p>Run: {@code Weather station [ENDPOINT]} (default {@code vmci://*:5556}) and
 * {@code Weather listener [ENDPOINT [ZIP]]} (default {@code vmci://2:5556 10001}).
 *
 * <p>Prints: the station its endpoint; the listener the average of ten temperatures:
 * {@code 10001: 13 degrees on average of 10}.
 */
public final class Weather {

    private static final int FIRST_ZIP = 10_000;
    private static final int ZIPS = 10;
    private static final int SAMPLES = 10;

    private Weather() {
    }

    /**
     * Publishes until it is killed, or listens to ten messages.
     *
     * @param args {@code station} or {@code listener}, the endpoint, and the place the listener is interested in
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        boolean station = Arguments.role(args, "station", "listener").equals("station");
        try (ZmqContext context = ZmqContext.create()) {
            if (station) {
                publish(context, Arguments.get(args, 1, "vmci://*:5556"));
            } else {
                listen(context, Arguments.get(args, 1, "vmci://2:5556"), Arguments.get(args, 2, "10001"));
            }
        }
    }

    private static void publish(ZmqContext context, String endpoint) throws InterruptedException {
        ZmqSocket socket = context.open(ZmqSocketType.PUB);
        System.out.println("listening on " + socket.bind(endpoint));
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (true) {
            for (int zip = FIRST_ZIP; zip < FIRST_ZIP + ZIPS; zip++) {
                socket.send(zip + " " + random.nextInt(-10, 35)); // PUB never waits
            }
            TimeUnit.MILLISECONDS.sleep(10); // stands for the time between two readings of the thermometers
        }
    }

    private static void listen(ZmqContext context, String endpoint, String zip) throws InterruptedException {
        ZmqSocket socket = context.open(ZmqSocketType.SUB);
        socket.subscribe(zip + ' ');
        socket.connect(endpoint);
        int sum = 0;
        for (int i = 0; i < SAMPLES; i++) {
            ZmtpMessage message = socket.receive();
            sum += Integer.parseInt(message.text(0).substring(zip.length() + 1));
            message.release();
        }
        System.out.println(zip + ": " + sum / SAMPLES + " degrees on average of " + SAMPLES);
    }
}
