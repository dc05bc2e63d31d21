# Root takes the relay's way to its scribe, as one who has taken over the relay would have it, and says what the relay never does:
# `forge.py RELAY SCRIBE`.
import ctypes, json, os, socket, sys

relay, scribe = map(int, sys.argv[1:])
libc = ctypes.CDLL(None, use_errno=True)


def inode(pid, fd):
    return os.readlink(f"/proc/{pid}/fd/{fd}")


def sockets(pid):
    return [fd for fd in os.listdir(f"/proc/{pid}/fd") if inode(pid, fd).startswith("socket:")]


# the other end of the scribe's only socket is the number after or before its own
own = int(inode(scribe, sockets(scribe)[0])[8:-1])
fd = next(fd for fd in sockets(relay) if abs(int(inode(relay, fd)[8:-1]) - own) == 1)
taken = libc.syscall(438, os.pidfd_open(relay), int(fd), 0)
assert taken >= 0, os.strerror(ctypes.get_errno())
to = socket.socket(fileno=taken)


def event(kind, **members):
    return json.dumps({"time": "1999-01-01T00:00:00Z", "zone": "other", "event": kind, "program": "x", **members}).encode()


to.send(event("refused", rule="private-address", destination="10.9.9.9", user=0, profile="other", arguments=["forged"]))
for kind in ["launch", "launch-refused", "ended", "file", "reset", "guard", "continued"]:
    to.send(event(kind, previous="0" * 64))
to.send(b"rubbish")
to.send(event("refused", rule="x" * 60_000))
to.send(b"\0" * 140_000)
to.sendmsg([event("refused", rule="with-descriptors")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, (0).to_bytes(4, "little"))])
for number in range(5_000):
    to.send(event("refused", rule="flood"))
