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
package io.github.nettyvmci.zmtp;

import io.netty.channel.ChannelDuplexHandler;

/**
 * ZMTP on a channel: one per channel, put behind whatever the transport needs (TLS, logging) and before the handlers
 * that want messages.
 */
public final class ZmtpCodec extends ChannelDuplexHandler {

    ZmtpCodec(ZmtpCodecBuilder config) {
    }

    /**
     * Starts the configuration of codecs.
     *
     * @param socketType the type to announce; it decides which peers are accepted and which commands are passed on
     * @return a new builder
     */
    public static ZmtpCodecBuilder builder(ZmtpSocketType socketType) {
        return new ZmtpCodecBuilder(socketType);
    }
}
