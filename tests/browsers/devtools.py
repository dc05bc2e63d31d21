# Runs in the zone beside Chromium: opens a page by its remote protocol (DevTools) and prints the text of the page as
# soon as it holds a word. Arguments: folder of the profile, address, word.
import base64, http.client, json, os, socket, struct, sys, time

profile, address, word = sys.argv[1:4]
end = time.monotonic() + 80
port = None
while port is None:
    try:
        with open(os.path.join(profile, "DevToolsActivePort")) as file:
            port = int(file.readline())
    except (OSError, ValueError):
        if time.monotonic() > end:
            sys.exit("Chromium does not listen")
        time.sleep(0.1)
asked = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
asked.request("PUT", "/json/new?" + address)
page = json.loads(asked.getresponse().read())
path = "/devtools/page/" + page["id"]
connection = socket.create_connection(("127.0.0.1", port), 60)
key = base64.b64encode(os.urandom(16)).decode()
connection.sendall(
    f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
)
stream = connection.makefile("rb")
while stream.readline() not in (b"\r\n", b""):
    pass


def ask(script):
    text = json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": script, "returnByValue": True}})
    data = text.encode()
    # a client's frame is masked; a mask of zeros changes nothing
    connection.sendall(b"\x81\xfe" + struct.pack(">H", len(data)) + bytes(4) + data)
    while True:
        _, length = stream.read(2)
        if length == 126:
            length = struct.unpack(">H", stream.read(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", stream.read(8))[0]
        answer = json.loads(stream.read(length))
        if answer.get("id") == 1:
            return answer["result"]["result"].get("value")


text = ""
while word not in (text or ""):
    if time.monotonic() > end:
        sys.exit(f"no {word!r} in {text!r}")
    time.sleep(0.1)
    text = ask("document.body ? document.body.innerText : ''")
print(text)
