#!/usr/bin/env python3
"""The made-up internet of the lab: one page by HTTP, and names. Every name that is not the page's does not exist, which
is said at once: a browser that waits for an answer would be a measurement of waiting."""
import http.server, socketserver, sys, threading

ADDRESS, NAME = sys.argv[1], b"\x05bench\x07example\x00"
WORDS = "the quick brown fox jumps over the lazy dog "
PAGE = ("<!doctype html><meta charset=utf-8><title>bench</title><h1>A page</h1>"
        + "".join(f"<p style='color:hsl({n * 9} 60% 40%)'>{WORDS * 12}</p>" for n in range(40))).encode()


class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == "/"
        self.send_response(200 if found else 404)
        body = PAGE if found else b""
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Names(socketserver.BaseRequestHandler):
    def handle(self):
        query, socket = self.request
        end = query.index(0, 12) + 5
        known, kind = query[12:end - 4].lower() == NAME, query[end - 4:end - 2]
        answer = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + bytes(map(int, ADDRESS.split(".")))
        answer = answer if known and kind == b"\x00\x01" else b""
        head = query[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\x00\x01" + bytes([0, len(answer) > 0]) + bytes(4)
        socket.sendto(head + query[12:end] + answer, self.client_address)


threading.Thread(target=socketserver.ThreadingUDPServer(("", 53), Names).serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer(("", 80), Web).serve_forever()
