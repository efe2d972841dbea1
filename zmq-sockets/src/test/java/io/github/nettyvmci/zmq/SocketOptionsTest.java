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
package io.github.nettyvmci.zmq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Options of an open socket. */
class SocketOptionsTest extends SocketTest {

    private static void expectInvalid(org.junit.jupiter.api.function.Executable body, String option) {
        ZmqException e = assertThrows(ZmqException.class, body);
        assertEquals(ZmqError.INVALID, e.error());
        assertTrue(e.getMessage().startsWith(option), e.getMessage());
    }

    @Test
    void shouldThrowOnTheEventLoopAsElsewhere() throws Exception {
        ZmqSocket pull = open(ZmqSocketType.PULL);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        CompletableFuture<Integer> value = new CompletableFuture<>();
        pull.onMessage(message -> {
            message.release();
            try {
                pull.setOption(ZmqOption.RCVHWM, 7);
                value.complete(pull.getOption(ZmqOption.RCVHWM));
                pull.setOption(ZmqOption.RCVHWM, -5);
                thrown.complete(null);
            } catch (Throwable e) {
                thrown.complete(e);
            }
        });
        ZmqSocket push = open(ZmqSocketType.PUSH);
        push.connect(pull.bind(endpoint()));
        pull.pause(); // the message then comes through the mailbox
        send(push, "m");
        await(() -> pull.metrics().waitingIn() == 1);
        pull.resume();
        assertEquals(7, value.get(SOON.toSeconds(), TimeUnit.SECONDS));
        expectInvalid(() -> {
            throw thrown.get(SOON.toSeconds(), TimeUnit.SECONDS);
        }, "RCVHWM: -5");
        CompletableFuture<Throwable> joined = new CompletableFuture<>();
        ZmqSocket dish = open(ZmqSocketType.DISH);
        dish.bindAsync(endpoint()).whenComplete((bound, failure) -> { // on the event loop
            try {
                dish.join("a");
                dish.join("a");
                joined.complete(null);
            } catch (Throwable e) {
                joined.complete(e);
            }
        });
        expectInvalid(() -> {
            throw joined.get(SOON.toSeconds(), TimeUnit.SECONDS);
        }, "group of 1 octets: joined before");
    }

    @Test
    void shouldReturnAFilterThatWasSetTwice() {
        ZmqSocket pull = open(ZmqSocketType.PULL);
        pull.setOption("TCP_ACCEPT_FILTER", "127.0.0.1");
        pull.setOption("TCP_ACCEPT_FILTER", "10.0.0.0/8");
        assertEquals(List.of("127.0.0.1", "10.0.0.0/8"), pull.getOption(ZmqOption.TCP_ACCEPT_FILTER));
        pull.setOption("TCP_ACCEPT_FILTER", "");
        assertEquals(List.of(), pull.getOption(ZmqOption.TCP_ACCEPT_FILTER));
        pull.setOption(ZmqOption.METADATA, List.of("X-a:1", "X-b:2"));
        pull.setOption(ZmqOption.METADATA, List.of("X-b:2")); // replaces the whole list
        assertEquals(List.of("X-b:2"), pull.getOption(ZmqOption.METADATA));
    }

    /** Sets what libzmq 4.3.4 answers with EINVAL. */
    @ParameterizedTest
    @CsvSource({"PUSH,ROUTER_MANDATORY,1", "DEALER,ROUTER_HANDOVER,1", "PULL,PROBE_ROUTER,1", "DEALER,REQ_RELAXED,1",
        "SUB,XPUB_VERBOSE,1", "XSUB,XPUB_MANUAL,1", "DISH,XPUB_NODROP,1", "ROUTER,STREAM_NOTIFY,1",
        "DEALER,CONNECT_ROUTING_ID,a", "SUB,ONLY_FIRST_SUBSCRIBE,1", "PUSH,SUBSCRIBE,a", "XSUB,UNSUBSCRIBE,a"})
    void shouldRefuseOptionsOfOtherTypes(ZmqSocketType type, String option, String value) {
        ZmqSocket socket = open(type);
        expectInvalid(() -> socket.setOption(option, value), option + " on a socket of type " + type);
        if (!option.endsWith("SUBSCRIBE") || option.startsWith("ONLY")) {
            expectInvalid(() -> context.builder(type).option(option, value), option);
        }
    }

    @ParameterizedTest
    @CsvSource({"ROUTER,ROUTER_MANDATORY,1", "REP,ROUTER_HANDOVER,1", "DEALER,PROBE_ROUTER,1", "PUB,XPUB_VERBOSE,1",
        "RADIO,XPUB_NODROP,1", "REP,CONNECT_ROUTING_ID,a", "PUB,ONLY_FIRST_SUBSCRIBE,1", "PUSH,CONFLATE,1",
        "PUSH,INVERT_MATCHING,1"})
    void shouldTakeWhatLibzmqTakes(ZmqSocketType type, String option, String value) {
        open(type).setOption(option, value);
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void shouldRefuseValuesOfAnotherClass() {
        ZmqSocket router = open(ZmqSocketType.ROUTER);
        expectInvalid(() -> router.setOption((ZmqOption) ZmqOption.SNDHWM, "10"), "SNDHWM: a value of");
        expectInvalid(() -> router.setOption((ZmqOption) ZmqOption.ROUTER_MANDATORY, 1), "ROUTER_MANDATORY: a");
        expectInvalid(() -> context.builder(ZmqSocketType.ROUTER).option((ZmqOption) ZmqOption.ROUTING_ID, "a"),
                "ROUTING_ID: a value of");
    }
}
