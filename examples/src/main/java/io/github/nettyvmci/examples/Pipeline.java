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

/**
 * Work spread over any number of workers: a ventilator hands out numbers, workers square them, a sink adds them up.
 *
 * <p>Shows: PUSH and PULL; each task goes to one worker, and a worker whose queue is full gets no more until it has
 * room. A worker that is killed takes its tasks along, and the sink then waits for ever.
 *
 * <p>Run, in this order: {@code Pipeline sink [SINK]} (default {@code vmci://*:5558}),
 * {@code Pipeline worker [TASKS [SINK]]} as often as you like (default {@code vmci://2:5557 vmci://2:5558}), and
 * {@code Pipeline ventilator [TASKS]} (default {@code vmci://*:5557}).
 *
 * <p>Prints: ventilator and sink their endpoints; the sink {@code 100 results, sum 338350}. These two end when they
 * are done, workers when they are killed.
 */
public final class Pipeline {

    private static final int TASKS = 100;

    private Pipeline() {
    }

    /**
     * Plays one of the three roles.
     *
     * @param args {@code ventilator}, {@code worker} or {@code sink}, and endpoints
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        String role = Arguments.role(args, "ventilator", "worker", "sink");
        try (ZmqContext context = ZmqContext.create()) {
            switch (role) {
                case "ventilator" -> ventilate(context, Arguments.get(args, 1, "vmci://*:5557"));
                case "worker" -> work(context, Arguments.get(args, 1, "vmci://2:5557"),
                        Arguments.get(args, 2, "vmci://2:5558"));
                default -> collect(context, Arguments.get(args, 1, "vmci://*:5558"));
            }
        } // LINGER is FOREVER, so closing waits until the kernel has all messages
    }

    private static void ventilate(ZmqContext context, String endpoint) throws InterruptedException {
        ZmqSocket socket = context.open(ZmqSocketType.PUSH);
        System.out.println("listening on " + socket.bind(endpoint));
        for (int i = 1; i <= TASKS; i++) {
            socket.send(Integer.toString(i)); // waits for a worker
        }
    }

    private static void work(ZmqContext context, String tasks, String results) throws InterruptedException {
        ZmqSocket in = context.open(ZmqSocketType.PULL);
        in.connect(tasks);
        ZmqSocket out = context.open(ZmqSocketType.PUSH);
        out.connect(results);
        while (true) {
            ZmtpMessage task = in.receive();
            int number = Integer.parseInt(task.text(0));
            task.release();
            out.send(Integer.toString(number * number));
        }
    }

    private static void collect(ZmqContext context, String endpoint) throws InterruptedException {
        ZmqSocket socket = context.open(ZmqSocketType.PULL);
        System.out.println("listening on " + socket.bind(endpoint));
        long sum = 0;
        for (int i = 0; i < TASKS; i++) {
            ZmtpMessage result = socket.receive();
            sum += Long.parseLong(result.text(0));
            result.release();
        }
        System.out.println(TASKS + " results, sum " + sum);
    }
}
