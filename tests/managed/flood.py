# Asks for launches that are refused, with words as long in the log as can be: `flood.py COUNT`.
import socket, struct, sys


def field(value):
    return struct.pack("=I", len(value)) + value


words = [b"nothing"] + [b"\x01" * 1024] * 64
launch = struct.pack("=I", len(words)) + b"".join(map(field, words)) + struct.pack("=I", 0)
message = struct.pack("=HB", 1, 33) + field(b"lab") + launch + bytes(3) + struct.pack("=III", 24, 80, 0)
for _ in range(int(sys.argv[1])):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as to:
        to.connect("/run/sep-run/sepd.sock")
        to.send(message)
        answer = to.recv(1 << 16)
    assert answer[2] == 70, answer
