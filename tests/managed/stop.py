# Stops everything that it may in its zone, again and again.
import os, signal

print("ready", flush=True)
while True:
    try:
        os.kill(-1, signal.SIGSTOP)
    except OSError:
        pass
