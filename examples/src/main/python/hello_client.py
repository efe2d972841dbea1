#!/usr/bin/python3
"""Asks a REP socket three times with libzmq: hello_client.py ENDPOINT"""
import sys

import zmq

endpoint = sys.argv[1]
context = zmq.Context()
socket = context.socket(zmq.REQ)
socket.setsockopt(zmq.LINGER, 0)
socket.setsockopt(zmq.RCVTIMEO, 20000)
socket.connect(endpoint)
print(f"libzmq {zmq.zmq_version()} connects a REQ socket to {endpoint}", flush=True)
for number in range(1, 4):
    socket.send_string(f"Hello {number}")
    print(f"Hello {number} -> {socket.recv_string()}", flush=True)
socket.close()
context.term()
