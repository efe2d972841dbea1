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
 * Shows the metrics of a socket in Micrometer: {@link io.github.nettyvmci.zmq.micrometer.ZmqMeters} binds one socket to
 * a registry. It is an artifact of its own so that sockets need no metrics library.
 */
package io.github.nettyvmci.zmq.micrometer;
