# Runs in the zone beside Firefox: asks it by its own remote protocol (Marionette), and prints the answers as JSON.
# Arguments: folder of the profile, then pairs of context (`chrome`, `content`, `navigate`) and script or address.
import json, os, socket, sys, time

profile, words = sys.argv[1], sys.argv[2:]
end = time.monotonic() + 80
connection = None
while connection is None:
    try:
        with open(os.path.join(profile, "MarionetteActivePort")) as file:
            connection = socket.create_connection(("127.0.0.1", int(file.read())), 60)
    except (OSError, ValueError) as error:
        if time.monotonic() > end:
            sys.exit(f"it does not listen: {error!r}, {sorted(os.listdir(profile))}")
        time.sleep(0.1)
stream = connection.makefile("rb")


def receive():
    length = b""
    while not length.endswith(b":"):
        byte = stream.read(1)
        if not byte:
            sys.exit("Firefox has gone")
        length += byte
    return json.loads(stream.read(int(length[:-1])))


def ask(command, arguments):
    message = json.dumps([0, 1, command, arguments]).encode()
    connection.sendall(b"%d:%s" % (len(message), message))
    _, _, error, result = receive()
    if error:
        sys.exit(f"{command}: {error}")
    return result.get("value") if isinstance(result, dict) else result


receive()
ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})
answers = []
for context, script in zip(words[::2], words[1::2]):
    if context == "navigate":
        ask("Marionette:SetContext", {"value": "content"})
        answers.append(ask("WebDriver:Navigate", {"url": script}))
    else:
        ask("Marionette:SetContext", {"value": context})
        answers.append(ask("WebDriver:ExecuteScript", {"script": script, "args": []}))
print(json.dumps(answers, ensure_ascii=False))
