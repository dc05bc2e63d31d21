# A client that does not want a zone: `hostile.py WAY COUNT`, then it stays until it is killed.
import array, os, signal, socket, struct, sys, time

way, count = sys.argv[1], int(sys.argv[2])
held = []


def connected():
    to = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    to.connect("/run/sep-run/sepd.sock")
    held.append(to)
    return to


def lingering():
    # closing its last descriptor waits for a peer that never takes what was sent
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    held.extend([listener, far])
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 20))
    near.setblocking(False)
    try:
        while True:
            near.send(b"x" * 65536)
    except BlockingIOError:
        pass
    near.setblocking(True)
    return near


def descriptors(to, fds):
    to.sendmsg([b"\x01\x00\x21half"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])


for _ in range(count):
    to = connected()
    if way == "half":
        to.send(b"\x01\x00\x21\x08\x00\x00\x00int")
    elif way == "long":
        to.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        to.send(b"\x01\x00\x21" + b"x" * 150_000)
    elif way == "descriptors":
        descriptors(to, [0] * 253)
    elif way == "lingering":
        near = lingering()
        descriptors(to, [near.fileno()])
        near.close()
    elif way == "gone":
        held.pop().close()
print("held", flush=True)
if way == "stopped":
    os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(60)
