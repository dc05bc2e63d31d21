# A DHCP server that means ill: `server.py LINK WAY ADDRESS GATEWAY`. It answers each question with everything that is wrong, then,
# where the way is `good`, as a server should, with that address and router. `flood` says the wrong things without end.
import ipaddress, os, socket, struct, sys

link, way, address, gateway = sys.argv[1:]
SERVER = "203.0.113.66"
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
wire.bind((link, 0))
own = wire.getsockname()[4]
MAGIC = bytes([99, 130, 83, 99])
packed = lambda text: ipaddress.ip_address(text).packed


def total(data):
    data += b"\0" * (len(data) % 2)
    number = sum(struct.unpack(f">{len(data) // 2}H", data))
    while number >> 16:
        number = (number & 0xFFFF) + (number >> 16)
    return struct.pack(">H", ~number & 0xFFFF)


def packet(payload, ports=(67, 68), protocol=17, fragment=0, length=None, first=0x45):
    udp = struct.pack(">HHHH", *ports, 8 + len(payload) if length is None else length, 0) + payload
    head = struct.pack(">BBHHHBBH", first, 0, 20 + len(udp), 0, fragment, 64, protocol, 0)
    head += packed(SERVER) + packed("255.255.255.255")
    return head[:10] + total(head) + head[12:] + udp


def option(number, value):
    return bytes([number, len(value)]) + value


def message(kind, number, mac, given=address, router=gateway, mask="255.255.255.0", seconds=120, more=b""):
    head = bytes([2, 1, 6, 0]) + number + bytes(8) + packed(given) + bytes(8) + mac + bytes(10 + 192) + MAGIC
    options = [(53, bytes([kind])), (54, packed(SERVER)), (1, packed(mask)), (3, packed(router)), (6, packed(gateway))]
    options.append((51, struct.pack(">I", seconds)))
    return head + b"".join(option(*each) for each in options) + more + b"\xff"


def wrong(kind, number, mac):
    other = bytes([number[0] ^ 1]) + number[1:]
    good = message(kind, number, mac)
    payloads = [b"", os.urandom(300), good[:239], good[:245], good[:-1] + b"\x33\xff\x01", good + bytes(1100), bytes(1472)]
    payloads += [good[:240] + b"\x33\x04" * 600, good[:240] + bytes([53, 1, kind]) + b"\x06\xff" + bytes(255)]
    payloads += [message(kind, other, mac), message(6, other, mac), message(kind, number, bytes(6)), message(9, number, mac)]
    yield from (packet(payload) for payload in payloads)
    yield from (packet(good, ports=ports) for ports in ((68, 68), (67, 69), (53, 68)))
    yield packet(good, length=4)
    yield packet(good, length=9000)
    yield packet(good, fragment=0x2000)
    yield packet(good, protocol=6)
    yield packet(good, first=0x4F)
    yield b"\x45"
    # whole, and to be refused
    for given, router, mask, seconds in (
        ("203.0.113.77", "198.51.100.1", "255.255.255.0", 120),
        ("203.0.113.77", "203.0.113.1", "0.0.0.0", 120),
        ("127.0.0.7", "127.0.0.1", "255.0.0.0", 120),
        ("203.0.113.77", "203.0.113.1", "255.255.255.0", 1),
        ("10.99.0.7", "10.99.0.1", "255.0.0.0", 120),
        ("10.20.0.77", "10.20.0.1", "255.255.255.0", 120),
    ):
        yield packet(message(kind, number, mac, given, router, mask, seconds))


def send(mac, packets):
    for each in packets:
        try:
            wire.send(mac + own + b"\x08\x00" + each)
        except OSError:
            pass


print("serving", flush=True)
while True:
    frame = wire.recv(4096)
    udp = 14 + (frame[14] & 15) * 4
    if frame[23] != 17 or frame[udp : udp + 4] != b"\0\x44\0\x43":
        continue
    asked = frame[udp + 8 :]
    number, mac, kind = asked[4:8], asked[28:34], asked[242]
    if kind == 7:
        continue
    answer = 2 if kind == 1 else 5
    send(mac, wrong(answer, number, mac))
    while way == "flood":
        send(mac, wrong(answer, number, mac))
    if way == "good":
        send(mac, [packet(message(answer, number, mac))])
