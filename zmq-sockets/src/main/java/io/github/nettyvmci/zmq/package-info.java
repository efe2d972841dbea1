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
/**
 * ZeroMQ sockets on Netty: every pattern of ZeroMQ, over VM sockets, Unix sockets, TCP and within a process, with peers
 * of any ZeroMQ library.
 *
 * <h2>Begin here</h2>
 *
 * A {@link io.github.nettyvmci.zmq.ZmqContext} owns the threads and makes sockets, a
 * {@link io.github.nettyvmci.zmq.ZmqSocketType} says what a socket does with its messages, and
 * {@link io.github.nettyvmci.zmq.ZmqSocket} is the rest. A service:
 *
 * <pre>{@code
 * try (ZmqContext context = ZmqContext.create(); ZmqSocket rep = context.open(ZmqSocketType.REP)) {
 *     String endpoint = rep.bind("vmci://*:5555");
 *     for (;;) {
 *         ZmtpMessage request = rep.receive(); // ours to release
 *         request.release();
 *         rep.send("World");
 *     }
 * }
 * }</pre>
 *
 * A client asks it from a virtual machine, whose host has the CID 2:
 *
 * <pre>{@code
 * ZmqSocket req = context.open(ZmqSocketType.REQ);
 * req.connect("vmci://2:5555"); // does not wait, and the service need not be there yet
 * req.send("Hello");
 * ZmtpMessage reply = req.receive(Duration.ofSeconds(5)); // null if there was none in time
 * }</pre>
 *
 * <p>A plain name waits. Every call that may wait for a peer has a form that does not: {@code sendAsync} and
 * {@code receiveAsync} return futures, {@code onMessage} has messages handled as they arrive, on the event loop and
 * without another thread in between:
 *
 * <pre>{@code
 * rep.onMessage(request -> {
 *     request.release();
 *     rep.sendAsync("World");
 * });
 * }</pre>
 *
 * <p>Closing waits for messages that have no peer yet, as long as {@link io.github.nettyvmci.zmq.ZmqOption#LINGER}
 * says: for ever, unless it is set. A program that has to end sets a time for all sockets at once:
 *
 * <pre>{@code
 * ZmqContext context = ZmqContext.builder().linger(Duration.ofSeconds(2)).build(); // for each socket that closes
 * ...
 * boolean all = context.close(Duration.ofSeconds(5));                              // even if LINGER is longer
 * }</pre>
 *
 * <h2>Endpoints</h2>
 *
 * <table>
 * <caption>What to bind and connect to</caption>
 * <tr><th>endpoint</th><th>reaches</th><th>wild cards, to bind</th></tr>
 * <tr><td>{@code vmci://CID:PORT}, {@code vsock://CID:PORT}</td><td>virtual machines and their host</td>
 *     <td>{@code *} for either; {@code @} is the local CID, to connect too</td></tr>
 * <tr><td>{@code ipc://PATH}, {@code ipc://@NAME}</td><td>processes of this machine</td><td>{@code ipc://*}</td></tr>
 * <tr><td>{@code vsock+unix://PATH:PORT}</td><td>a guest of Firecracker, Cloud Hypervisor or vhost-device-vsock, from
 *     its host</td><td></td></tr>
 * <tr><td>{@code tcp://HOST:PORT}, {@code tcp://SOURCE:PORT;HOST:PORT}</td><td>the network</td>
 *     <td>{@code *} for either</td></tr>
 * <tr><td>{@code inproc://NAME}</td><td>sockets of the same context</td><td></td></tr>
 * </table>
 *
 * The kernel does not tell when a virtual machine is killed or restarts. So sockets ask the peers of {@code vmci://},
 * {@code vsock://} and {@code vsock+unix://} endpoints for a sign of life every 10 seconds, if they speak ZMTP 3.1,
 * unless {@link io.github.nettyvmci.zmq.ZmqOption#HEARTBEAT_IVL} is set; 0 switches it off.
 *
 * <p>{@code bind} returns the real endpoint, wild cards filled in. A {@link io.github.nettyvmci.zmq.spi.ZmqTransport}
 * adds schemes.
 *
 * <h2>Then</h2>
 *
 * <ul>
 * <li>{@link io.github.nettyvmci.zmq.ZmqOption}: libzmq's options by its names, for
 *     {@link io.github.nettyvmci.zmq.ZmqSocketBuilder} and {@code setOption}; security is among them
 *     ({@code PLAIN_*}, {@code CURVE_*}), and a {@link io.github.nettyvmci.zmtp.ZapHandler}, or a socket bound to
 *     {@code inproc://zeromq.zap.01}, decides who is let in.
 * <li>The logger {@code io.github.nettyvmci.zmq.ZmqSocket} has every event at DEBUG, and failed handshakes, limits, and
 *     connects that are given up or cannot work on this machine at WARN, with the
 *     {@linkplain io.github.nettyvmci.zmq.ZmqSocketBuilder#name name} of the socket.
 * <li>{@link io.github.nettyvmci.zmq.ZmqMonitor} tells what happens to connections;
 *     {@link io.github.nettyvmci.zmq.ZmqMetrics} counts, which the artifact {@code zmq-micrometer} shows to
 *     Micrometer; {@link io.github.nettyvmci.zmq.ZmqProxy} passes messages from socket to socket.
 * <li>{@link io.github.nettyvmci.zmq.ZmqException} stands for every failure, with libzmq's error number.
 * </ul>
 */
@NullMarked
package io.github.nettyvmci.zmq;

import org.jspecify.annotations.NullMarked;
