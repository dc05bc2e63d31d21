# Asks for pages again and again: `NUMBER YYn`, a line a round. At most 1,024 bytes, as a launch takes them.
import concurrent.futures, socket, sys, time

places, rounds = sys.argv[2:], int(sys.argv[1])


def page(place):
    try:
        with socket.create_connection((place, 80), 0.8) as to:
            to.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return "Y" if to.recv(4) == b"HTTP" else "n"
    except OSError:
        return "n"


def shout(place):
    # what nobody answers
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        to.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        try:
            to.sendto(b"anybody?", place)
        except OSError:
            pass


with concurrent.futures.ThreadPoolExecutor(9) as pool:
    for number in range(rounds):
        for place in [("224.0.0.251", 5353), ("255.255.255.255", 67), ("10.20.0.10", 53)]:
            shout(place)
        print(number, "".join(pool.map(page, places)), flush=True)
        time.sleep(0.1)
