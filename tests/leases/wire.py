# Listens on a wire and prints each DHCP message, one a line: what it is, from which address to which, and what it holds.
import ipaddress, socket, struct, sys

KINDS = {1: "discover", 2: "offer", 3: "request", 4: "decline", 5: "ack", 6: "nak", 7: "release"}
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((sys.argv[1], 0))
print("listening", flush=True)
while True:
    frame = wire.recv(4096)
    if frame[12:14] != b"\x08\x00" or frame[23] != 17:
        continue
    udp = 14 + (frame[14] & 15) * 4
    ports = struct.unpack(">HH", frame[udp : udp + 4])
    message = frame[udp + 8 :]
    if ports not in ((67, 68), (68, 67)) or message[236:240] != bytes([99, 130, 83, 99]):
        continue
    options, rest = {}, message[240:]
    while rest and rest[0] != 255:
        if rest[0] == 0:
            rest = rest[1:]
            continue
        options[rest[0]], rest = rest[2 : 2 + rest[1]], rest[2 + rest[1] :]
    address = lambda bytes: str(ipaddress.ip_address(bytes))
    words = [KINDS.get(options.get(53, b"\0")[0], "?"), address(frame[26:30]), ">", address(frame[30:34])]
    words += ["own", address(message[12:16]), "given", address(message[16:20])]
    words += ["mac", message[28:34].hex(":"), "source", frame[6:12].hex(":")]
    for name, number in (("wanted", 50), ("server", 54)):
        if number in options:
            words += [name, address(options[number])]
    if 61 in options:
        words += ["client", options[61].hex()]
    if 12 in options:
        words += ["host", options[12].decode()]
    print(*words, flush=True)
