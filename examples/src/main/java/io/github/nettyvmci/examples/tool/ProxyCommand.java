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

import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqProxy;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** {@code script/zmq proxy}: passes messages between two sockets until it is stopped. */
@Command(sortOptions = false, usageHelpWidth = 120, separator = " ")
final class ProxyCommand implements Subcommand {

    @Option(names = "--frontend", required = true, paramLabel = "TYPE=EP", description = "where clients come to, such "
            + "as router=vmci://*:5555, xsub=..., pull=...")
    private String frontend;

    @Option(names = "--backend", required = true, paramLabel = "TYPE=EP", description = "where services come to, such "
            + "as dealer=tcp://*:5556, xpub=..., push=...")
    private String backend;

    @Option(names = "--capture", paramLabel = "EP", description = "a PUB that publishes a copy of every message")
    private String capture;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Override
    public boolean verbose() {
        return common.verbose;
    }

    @Override
    public void run(Streams streams) throws InterruptedException {
        ZmqSocketType front = type("--frontend", frontend);
        ZmqSocketType back = type("--backend", backend);
        boolean forth = front.receives() && back.sends();
        boolean back2front = back.receives() && front.sends();
        if (!forth && !back2front) {
            throw new Failure(Failure.USAGE, "--frontend " + TypeNames.of(front) + " with --backend "
                    + TypeNames.of(back)
                    + " (expected: one that receives and one that sends, such as router and dealer, xsub and xpub,"
                    + " pull and push)");
        }
        Session session = new Session();
        List<Watch> watches = new ArrayList<>();
        try {
            ZmqSocket in = bind(session, front, endpoint(frontend), streams, watches);
            ZmqSocket out = bind(session, back, endpoint(backend), streams, watches);
            ZmqSocket tap = capture == null ? null : bind(session, ZmqSocketType.PUB, capture, streams, watches);
            ZmqProxy proxy = ZmqProxy.start(in, out, tap);
            if (common.readyFile != null) {
                session.writeReadyFile(common.readyFile);
            }
            proxy.closeFuture().get(); // a signal ends this wait by an interrupt
        } catch (ExecutionException e) {
            throw new Failure(Failure.RUN, "proxy: " + e.getCause().getMessage(), e);
        } finally {
            session.abort(true);
            for (Watch watch : watches) {
                watch.end();
            }
        }
    }

    private ZmqSocket bind(Session session, ZmqSocketType type, String endpoint, Streams streams,
            List<Watch> watches) {
        try {
            ZmqSocket socket = session.context.open(type);
            Watch watch = new Watch(socket, streams, common.verbose);
            watch.bound();
            watches.add(watch);
            session.bind(socket, endpoint);
            return socket;
        } catch (ZmqException e) {
            throw new Failure(Failure.RUN, e.getMessage(), e);
        }
    }

    private static ZmqSocketType type(String option, String value) {
        int equals = value.indexOf('=');
        ZmqSocketType type = equals < 0 ? null : TypeNames.find(value.substring(0, equals));
        if (type == null) {
            throw new Failure(Failure.USAGE, option + ": " + value
                    + " (expected: TYPE=EP, such as router=tcp://127.0.0.1:5555)");
        }
        return type;
    }

    private static String endpoint(String value) {
        return value.substring(value.indexOf('=') + 1);
    }
}
