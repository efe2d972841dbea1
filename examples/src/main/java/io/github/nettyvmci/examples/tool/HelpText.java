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

import io.github.nettyvmci.zmq.ZmqSocketType;

/** The text that {@code --help} prints in addition to the options. */
final class HelpText {

    static final String TEXT = """
            script/zmq: ZeroMQ sockets from the command line, over VM sockets, Unix sockets and TCP.

            usage: script/zmq TYPE (--bind EP | --connect EP)... [options]
                   script/zmq local_thr | remote_thr | local_lat | remote_lat EP SIZE COUNT
                   script/zmq proxy --frontend TYPE=EP --backend TYPE=EP [--capture EP]
                   script/zmq keygen [--secret-key Z85]
                   script/zmq probe
                   script/zmq --version

            A first try, in two terminals:

              script/zmq rep --bind ipc:///tmp/hello --reply World
              script/zmq req --connect ipc:///tmp/hello --data Hello

            TYPE, and what it does here:

              req                  sends requests, prints the replies
              rep                  answers: --echo, --reply TEXT, or prints what arrives
              dealer router        the same without the rule of one after the other; router has the routing id
              pub sub              publishes; prints what it subscribed to (--subscribe PREFIX)
              xpub xsub            the same, with subscriptions as messages that begin with octet 1 or 0
              push pull            one of many workers gets each message; prints what arrives
              pair                 one peer, both ways
              stream               raw bytes of any TCP or other stream peer
              client server        (draft) like dealer and router with messages of one part
              radio dish           (draft) like pub and sub, with whole group names (--group NAME)
              scatter gather       (draft) like push and pull with messages of one part
              peer channel         (draft) like router and pair with messages of one part

            script/zmq TYPE --help lists the options. What is sent comes from --data, --file, --part or the lines of
            standard input; what is received goes to standard output.

            Endpoints (EP):

              vmci://CID:PORT      VM sockets (vsock:// is the same); CID 2 is the host, 1 this machine, @ the own CID;
                                   to bind, * is every CID or any port: vmci://*:5555, vmci://*:*
              vsock+unix://PATH:PORT  a guest of Firecracker, Cloud Hypervisor or vhost-device-vsock, from its host: the
                                   monitor's socket and the guest's port
              ipc://PATH           a Unix socket; ipc://@NAME has no file; to bind, ipc://* chooses a path
              tcp://HOST:PORT      to bind, tcp://*:5555 or tcp://127.0.0.1:*

            Other commands:

              local_thr remote_thr    throughput, as libzmq's programs of these names; start local_thr first; also
                                      with the options of CURVE and PLAIN
              local_lat remote_lat    latency, likewise
              proxy                   passes messages between two sockets, such as router=EP and dealer=EP
              keygen                  a pair of keys for CURVE: a line `public KEY` and a line `secret KEY`
              probe                   what works on this machine, and what would fix the rest

            Exit status: 0 done, 1 failed (one line on standard error says what, where, why), 2 wrong usage, 3 a time
            given by --recv-timeout or --send-timeout was up. SIGINT and SIGTERM end any of them with 0.
            """;

    static final String[] FOOTER = {
        "",
        "A sender ends when everything has been handed to the kernel, however long that takes (--send-timeout limits "
                + "the wait), and fails if a message was lost.",
        "Exit status: 0 done, 1 failed, 2 wrong usage, 3 a time was up.",
        "Endpoints and examples: script/zmq --help",
    };

    private HelpText() {
    }

    /** Returns one line about a type. */
    static String about(ZmqSocketType type) {
        return TypeNames.of(type) + ": " + switch (type) {
            case REQ -> "sends requests and prints the reply to each";
            case REP -> "answers requests";
            case DEALER -> "sends to its peers in turn, and can wait for messages";
            case ROUTER -> "answers anybody by routing id, or prints what arrives";
            case PUB -> "publishes; who is not there yet misses it";
            case SUB -> "prints what it subscribed to";
            case XPUB -> "publishes, and can print the subscriptions";
            case XSUB -> "subscribes by messages, and can print what arrives";
            case PUSH -> "hands each message to one of its peers in turn";
            case PULL -> "prints what its peers push";
            case PAIR -> "talks to one peer";
            case STREAM -> "sends and receives raw bytes";
            case CLIENT -> "talks to servers (draft)";
            case SERVER -> "answers clients (draft)";
            case RADIO -> "publishes to a group (draft)";
            case DISH -> "prints what is sent to its groups (draft)";
            case SCATTER -> "hands each message to one of its peers in turn (draft)";
            case GATHER -> "prints what its peers scatter (draft)";
            case PEER -> "talks to other peers (draft)";
            case CHANNEL -> "talks to one peer, one part a message (draft)";
        };
    }
}
