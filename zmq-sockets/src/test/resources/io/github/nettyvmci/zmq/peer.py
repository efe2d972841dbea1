# A libzmq peer for the tests: takes commands on standard input, one a line of JSON, and answers each with a line.
import json
import signal
import sys
import zmq
import zmq.auth.thread
import zmq.utils.monitor

context = zmq.Context()
sockets = {}
monitors = {}
authenticator = None


def run(command, name, *args):
    global authenticator
    if command == 'version':
        return 'libzmq ' + zmq.zmq_version()
    if command == 'has':
        return str(zmq.has(args[0]))
    if command == 'open':
        sockets[name] = context.socket(getattr(zmq, args[0]))
        sockets[name].linger = 2000
        return 'ok'
    if command == 'passwords':
        authenticator = zmq.auth.thread.ThreadAuthenticator(context)
        authenticator.start()
        authenticator.configure_plain(domain='*', passwords=args[0])
        return 'ok'
    socket = sockets[name]
    if command == 'set':
        option = getattr(zmq, args[0])
        if isinstance(args[1], str):
            socket.setsockopt(option, args[1].encode('latin-1'))
        else:
            socket.setsockopt(option, args[1])
    elif command == 'bind':
        socket.bind(args[0])
        return socket.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip('\0')
    elif command == 'unbind':
        socket.unbind(args[0])
    elif command == 'disconnect':
        socket.disconnect(args[0])
    elif command == 'connect':
        socket.connect(args[0])
    elif command == 'send':
        socket.send_multipart([part.encode('latin-1') for part in args[0]])
    elif command == 'offer':  # only if it goes at once
        socket.send_multipart([part.encode('latin-1') for part in args[0]], zmq.DONTWAIT)
    elif command == 'take':  # only if it is there, and without poll, which knows no states
        return [part.decode('latin-1') for part in socket.recv_multipart(zmq.DONTWAIT)]
    elif command == 'monitor':
        # The queue of events has no mark: libzmq writes an event under a lock of the socket, and would wait for a reader.
        monitors[name] = context.socket(zmq.PAIR)
        monitors[name].linger = 0
        monitors[name].rcvhwm = 0
        socket.monitor('inproc://monitor-' + name, zmq.EVENT_ALL)
        monitors[name].connect('inproc://monitor-' + name)
    elif command == 'event':
        if not monitors[name].poll(args[0]):
            return None
        event = zmq.utils.monitor.recv_monitor_message(monitors[name])
        return [zmq.Event(event['event']).name, str(int(event['value']))]
    elif command == 'flood':
        for i in range(args[0]):
            socket.send(str(i).encode())
    elif command == 'receive':
        if not socket.poll(args[0]):
            return None
        return [part.decode('latin-1') for part in socket.recv_multipart()]
    elif command == 'count':
        # Receives args[0] messages, which must be numbered from args[1] on, and answers with how many were right.
        right = 0
        while right < args[0] and socket.poll(10000) and socket.recv() == str(args[1] + right).encode():
            right += 1
        return right
    elif command == 'close':
        if name in monitors:
            # The reader is closed last, since libzmq waits for one to which it can tell that this is the last event.
            socket.disable_monitor()
            monitors.pop(name).close()
        socket.close()
        del sockets[name]
    return 'ok'


for line in sys.stdin:
    try:
        words = json.loads(line)
        # The alarm ends a process that is stuck in libzmq, and the test sees the end of the answers. A command that moves many
        # messages has no alarm, since it takes as long as they take.
        signal.alarm(0 if words[0] in ('flood', 'count') else 60)
        answer = {'answer': run(*words)}
    except zmq.ZMQError as e:
        answer = {'error': repr(e), 'errno': e.errno}
    except Exception as e:  # told to the test, which fails with it
        answer = {'error': repr(e)}
    signal.alarm(0)
    print(json.dumps(answer), flush=True)
if authenticator:
    authenticator.stop()
context.destroy(linger=0)
