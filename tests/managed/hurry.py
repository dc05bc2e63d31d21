# Asks for launches of a program that the profile does not list, one after the other: `hurry.py COUNT`. Says which was the
# first that was not heard for their number.
import socket, struct, sys


def field(value):
    return struct.pack("=I", len(value)) + value


launch = struct.pack("=I", 1) + field(b"nothing") + struct.pack("=I", 0)
message = struct.pack("=HB", 1, 33) + field(b"lab") + field(b"") + launch + bytes(3) + struct.pack("=III", 24, 80, 0)
for number in range(1, int(sys.argv[1]) + 1):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as to:
        to.connect("/run/sep-run/sepd.sock")
        to.send(message)
        try:
            answer = to.recv(1 << 16)
        except ConnectionResetError:
            # reported once, and before the answer, where the broker has not read what was asked
            answer = to.recv(1 << 16)
    if b"minute" in answer:
        sys.exit(f"not heard: {number}" if b"120" in answer else repr(answer))
