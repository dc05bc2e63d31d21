# Listens on a wire and prints each frame that does not belong there: `wire.py LINK KIND`. On the business wire nothing of a
# zone belongs, on the internet wire nothing of the PC.
import ipaddress, socket, sys

link, kind = sys.argv[1:]
foreign = {
    "business": ["203.0.113.0/24", "198.51.100.0/24"],
    "internet": ["10.20.0.0/16"],
}[kind]
foreign = [ipaddress.ip_network(network) for network in foreign]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((link, 0))
server = wire.getsockname()[4]
print("listening", flush=True)


def addresses(frame):
    if frame[12:14] == b"\x08\x00":
        return frame[26:30], frame[30:34]
    return (frame[28:32], frame[38:42]) if frame[12:14] == b"\x08\x06" else ()


while True:
    frame = wire.recv(2048)
    source = frame[6:12]
    # what the PC itself sends on its own network is the guard's to judge
    if kind == "business" and source == bytes.fromhex("0200000b0001"):
        continue
    zones = source[0] == 2 and source not in (bytes.fromhex("0200000b0001"), bytes.fromhex("0200000a0001"), server)
    wrong = []
    if kind == "business" and zones:
        wrong.append("a zone's card")
    if kind == "internet" and source != server and not zones:
        wrong.append("the PC's card")
    for address in map(ipaddress.ip_address, addresses(frame)):
        if any(address in network for network in foreign):
            wrong.append(str(address))
    if wrong:
        print("foreign:", " ".join(wrong), frame[:60].hex(), flush=True)
