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
 * ZeroMQ sockets as their users know them, on VM sockets and everywhere else.
 *
 * <pre>{@code
 * try (ZmqContext context = ZmqContext.create()) {
 *     ZmqSocket rep = context.open(ZmqSocketType.REP);
 *     String endpoint = rep.bind("vmci://*:*");
 *     rep.onMessage(request -> {
 *         request.release();
 *         rep.send("World");
 *     });
 *     ...
 * }
 * }</pre>
 *
 * <p>{@link io.github.nettyvmci.zmq.ZmqContext} makes {@link io.github.nettyvmci.zmq.ZmqSocket}s of every
 * {@link io.github.nettyvmci.zmq.ZmqSocketType}; {@link io.github.nettyvmci.zmq.ZmqOption} has libzmq's options.
 * Endpoints are {@code vmci://CID:PORT}, {@code vsock://CID:PORT}, {@code ipc://PATH}, {@code tcp://HOST:PORT} and
 * {@code inproc://NAME}; a {@link io.github.nettyvmci.zmq.ZmqTransport} adds others.
 */
package io.github.nettyvmci.zmq;
