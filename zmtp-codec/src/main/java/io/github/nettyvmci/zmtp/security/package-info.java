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
 * The security mechanisms and authenticators to choose from: PLAIN and CURVE, CURVE's keys and certificates, and
 * authenticators that know passwords, keys, certificates or addresses. What they implement, {@code Mechanism} and
 * {@code ZapHandler}, stands in {@link io.github.nettyvmci.zmtp}, for mechanisms and authenticators of one's own.
 *
 * <pre>{@code
 * CurveKeyPair keys = CurveKeyPair.generate();                            // publicKeyText() is what clients must know
 * server.mechanism(CurveMechanism.server(keys)).zapHandler(ZapHandlers.curveFolder(Path.of("clients")));
 * client.mechanism(CurveMechanism.client(itsKeys, serverKey));
 * }</pre>
 */
@NullMarked
package io.github.nettyvmci.zmtp.security;

import org.jspecify.annotations.NullMarked;
