"""activate.py ADDRESS COMMAND...: listens at a path or vsock::PORT, and starts the command for whoever connects, again when
it has ended, but not if it failed. So it stands in for a service manager, see sd_listen_fds(3); systemd-socket-activate
does so only once."""
import os, select, socket, sys

address, command = sys.argv[1], sys.argv[2:]
vsock = address.startswith("vsock:")
listener = socket.socket(socket.AF_VSOCK if vsock else socket.AF_UNIX)
listener.bind((socket.VMADDR_CID_ANY, int(address.split(":")[2])) if vsock else address)
listener.listen(4096)
print("listening on", address, flush=True)
while select.select([listener], [], []):
    child = os.fork()
    if child == 0:
        os.dup2(listener.fileno(), 3)
        os.set_inheritable(3, True)
        print("started", os.getpid(), flush=True)  # here, so that it comes before whatever the command prints
        os.execvpe(command[0], command, {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())})
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if 0 < code < 128:  # not ended by a signal, after which Java exits with more than 128
        sys.exit(f"{command[0]}: exit code {code}")  # else it would be started on and on for whoever waits
