# Which of these a process here gets a page of, again and again: `NUMBER YYn`, a line each time.
import concurrent.futures, socket, sys, time

places, rounds = sys.argv[2:], int(sys.argv[1])


def page(place):
    try:
        with socket.create_connection((place, 80), timeout=0.8) as to:
            to.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return "Y" if to.recv(12).startswith(b"HTTP") else "n"
    except OSError:
        return "n"


def shout():
    # what nobody answers: names by multicast, a broadcast, a server of the business network
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        to.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for place in [("224.0.0.251", 5353), ("255.255.255.255", 67), ("10.20.0.10", 53), ("239.255.255.250", 1900)]:
            try:
                to.sendto(b"anybody?", place)
            except OSError:
                pass


with concurrent.futures.ThreadPoolExecutor(len(places)) as pool:
    for number in range(rounds):
        shout()
        print(number, "".join(pool.map(page, places)), flush=True)
        time.sleep(0.1)
