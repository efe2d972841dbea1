"""One echo over AF_VSOCK between two sockets at CID 1. Only for the test VM: elsewhere nothing may be connected."""
import fcntl
import os
import socket
import struct
import sys

if os.environ.get("VMCI_TEST_VM") != "1":
    sys.exit("vsock-echo: not in the test VM; run: script/vm -- /usr/bin/python3 script/tests/vsock-echo.py")

IOCTL_VM_SOCKETS_GET_LOCAL_CID = 0x7B9

with open("/dev/vsock", "rb") as device:
    local_cid = struct.unpack("I", fcntl.ioctl(device, IOCTL_VM_SOCKETS_GET_LOCAL_CID, bytes(4)))[0]

with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as listener:
    listener.bind((1, socket.VMADDR_PORT_ANY))
    listener.listen()
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as client:
        client.settimeout(60)
        client.connect(listener.getsockname())
        server, peer = listener.accept()
        with server:
            client.sendall(b"hello")
            server.sendall(server.recv(5).upper())
            print(f"local CID {local_cid}, peer CID {peer[0]}, echo {client.recv(5).decode()}")
