"""A libzmq peer for the interop tests: one socket, driven by lines on stdin and answering each with one on stdout.

usage: peer.py NAME=VALUE...   names: type bind|connect mechanism server user password public secret serverkey allowed
                               heartbeat (ms) hwm
Commands: PeerCommands.java documents them.
"""
import struct
import sys
import threading

import zmq
import zmq.utils.z85
from zmq.utils.monitor import parse_monitor_message

MAX_MESSAGE = 64 << 20
TIMEOUT = 60_000


def answer(text):
    print(text, flush=True)


def authenticate(context, options, ready):
    """ZAP: admits the one user, or the one key, of the options."""
    handler = context.socket(zmq.REP)
    handler.bind("inproc://zeromq.zap.01")
    ready.set()
    while True:
        try:
            request = handler.recv_multipart()
        except zmq.ContextTerminated:
            handler.close(0)
            return
        credentials = request[6:]
        if options["mechanism"] == "PLAIN":
            admitted = credentials == [options["user"].encode(), options["password"].encode()]
        else:
            admitted = credentials == [zmq.utils.z85.decode(options["allowed"])]
        status = (b"200", b"OK", b"peer") if admitted else (b"400", b"no", b"")
        handler.send_multipart([b"1.0", request[1], *status, b""])


def configure(socket, options):
    socket.linger = 0
    socket.rcvtimeo = socket.sndtimeo = TIMEOUT
    socket.maxmsgsize = MAX_MESSAGE
    if "hwm" in options:
        socket.sndhwm = socket.rcvhwm = int(options["hwm"])
    if "heartbeat" in options:
        socket.heartbeat_ivl = int(options["heartbeat"])
        socket.heartbeat_timeout = TIMEOUT
        socket.heartbeat_ttl = TIMEOUT
    server = "server" in options
    if options["mechanism"] == "PLAIN":
        if server:
            socket.plain_server = 1
        else:
            socket.plain_username = options["user"].encode()
            socket.plain_password = options["password"].encode()
    elif options["mechanism"] == "CURVE":
        socket.curve_publickey = options["public"].encode()
        socket.curve_secretkey = options["secret"].encode()
        if server:
            socket.curve_server = 1
        else:
            socket.curve_serverkey = options["serverkey"].encode()


def flood(socket, count, size):
    filler = b"x" * (size - 8)
    blocked = False
    for number in range(count):
        message = struct.pack(">Q", number) + filler
        if not blocked:
            try:
                socket.send(message, zmq.DONTWAIT)
                continue
            except zmq.Again:
                blocked = True
                answer(f"blocked {number}")
        socket.send(message)


def count(socket, number):
    for expected in range(number):
        message = socket.recv()
        if struct.unpack(">Q", message[:8])[0] != expected:
            return f"message {struct.unpack('>Q', message[:8])[0]} (expected: {expected})"
    return "ok"


def handshake_event(monitor):
    while True:
        event = parse_monitor_message(monitor.recv_multipart())
        if event["event"] & zmq.EVENT_HANDSHAKE_SUCCEEDED:
            return "succeeded"
        if event["event"] & zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            return f"refused {event['value']}"
        if event["event"] & zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
            return f"protocol {event['value']:#x}"
        if event["event"] & zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL:
            return f"failed {event['value']}"


def main():
    options = dict(argument.split("=", 1) for argument in sys.argv[1:])
    context = zmq.Context()
    if "server" in options and options["mechanism"] != "NULL":
        ready = threading.Event()
        threading.Thread(target=authenticate, args=(context, options, ready)).start()
        ready.wait()
    socket = context.socket(getattr(zmq, options["type"]))
    configure(socket, options)
    monitor = socket.get_monitor_socket()
    monitor.rcvtimeo = TIMEOUT
    if "bind" in options:
        socket.bind(options["bind"])
        answer(socket.last_endpoint.decode().rstrip("\0"))
    else:
        socket.connect(options["connect"])
        answer("connecting")
    for line in sys.stdin:
        words = line.rstrip("\n").split(" ")
        command, words = words[0], words[1:]
        if command == "echo":
            for _ in range(int(words[0])):
                socket.send_multipart(socket.recv_multipart(copy=False))
            answer("ok")
        elif command == "flood":
            flood(socket, int(words[0]), int(words[1]))
            answer("ok")
        elif command == "count":
            answer(count(socket, int(words[0])))
        elif command == "send":
            socket.send_multipart([word.encode() for word in words])
            answer("ok")
        elif command == "receive":
            answer("|".join(part.decode() for part in socket.recv_multipart()))
        elif command == "subscribe":
            socket.subscribe(words[0])
            answer("ok")
        elif command == "cancel":
            socket.unsubscribe(words[0])
            answer("ok")
        elif command == "event":
            answer(handshake_event(monitor))
        else:
            answer(f"unknown command {command}")
    socket.disable_monitor()
    monitor.close(0)
    socket.close(0)
    context.term()


main()
