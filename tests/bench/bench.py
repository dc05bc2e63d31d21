"""What the sections share: the command lines that are compared, rounds, medians and tables.

A case is a name and a command line. Every round runs every case once, in an order drawn anew, so that a noisy moment
hits all alike; what counts are medians. The environment says what `tests/bench/run` has made."""
import json, os, random, shutil, signal, statistics, sys, time

if "SEP_BENCH" not in os.environ:
    sys.exit(f"start it in its lab: tests/bench/run {os.path.basename(sys.argv[0])}")
TOP = os.environ["SEP_BENCH"]  # a folder below /opt, which every sandbox here shows
ROUNDS = int(os.environ["SEP_BENCH_ROUNDS"])
SERVER, NAME = os.environ["SEP_BENCH_SERVER"], "bench.example"
PAYLOAD, FLOOR, FILTER = f"{TOP}/payload", f"{TOP}/nsfloor", f"{TOP}/filter.bpf"
ANSWER, IPERF = "7000", "7001"  # ports of the server

# Each tool with the layers nearest to a zone's: all namespaces, /usr and /opt read-only, no capability, a system call
# filter. Only the floor and sep-run have Landlock as well.
LAYERS = [FLOOR, "-n", "UMPNITC", "-m", "-l", "-s"]
BWRAP = ["bwrap", "--unshare-all", "--ro-bind", "/usr", "/usr", "--ro-bind", "/opt", "/opt", "--symlink", "usr/bin", "/bin",
         "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
SECCOMP = ["--seccomp", "10"]  # the descriptor that `spawn` opens the filter as
FIREJAIL = ["firejail", "--quiet", "--noprofile", "--net=none", "--seccomp", "--caps.drop=all", "--nonewprivs", "--noroot"]
PASTA = ["pasta", "-4", "--config-net", "--no-map-gw", "-t", "none", "-u", "none", "-T", "none", "-U", "none", "--"]
OWN_PROC = ["unshare", "--mount", "--mount-proc", "--"]  # bwrap needs the /proc of the process namespace that pasta made
SLIRP = [f"{TOP}/slirp"]
NSJAIL = ["nsjail", "-Mo", "-Q", "--chroot", "/", "--user_net", "--"]


def zone(profile, *program):
    return [f"{TOP}/bin/sep-run", "-q", profile, "--", *program]


def bwrap(*program):
    return BWRAP + SECCOMP + ["--", *program]


def below(stack, *program):
    """bwrap in the network that a user-mode stack has made: without the filter, since pasta passes no descriptor on."""
    return stack + BWRAP + ["--share-net", "--", *program]


def there(cases):
    """The cases whose tools are there; the others are named."""
    lacks = {name: tool for name, words in cases.items() for tool in words[:1] + [w for w in words if w == "bwrap"]
             if not shutil.which(tool)}
    # the kernel gives a tool that needs root for its start nothing in a user namespace
    lacks.update({name: "root" for name, words in cases.items() if words[0] == "firejail" and "SEP_BENCH_NOT_ROOT" in os.environ})
    lacks.update({name: "slirp4netns" for name, words in cases.items() if words[:1] == SLIRP and not shutil.which("slirp4netns")})
    for name, tool in lacks.items():
        print(f"left out: {name}: {tool} is not there")
    return {name: words for name, words in cases.items() if name not in lacks}


def spawn(words, out=None):
    """Starts a command with /dev/null for what is not given, and the filter as descriptor 10."""
    actions = [(os.POSIX_SPAWN_OPEN, n, "/dev/null", os.O_RDWR, 0) for n in (0, 1, 2)]
    if out is not None:
        actions.append((os.POSIX_SPAWN_DUP2, out, 1))
    if "--seccomp" in words:
        actions.append((os.POSIX_SPAWN_OPEN, 10, FILTER, os.O_RDONLY, 0))
    return os.posix_spawnp(words[0], words, os.environ, file_actions=actions, setsigdef=[signal.SIGPIPE])


def end_of(pid, words, said=""):
    _, status = os.waitpid(pid, 0)
    if status:
        sys.exit(f"{' '.join(words)} ended with status {os.waitstatus_to_exitcode(status)} {said}")


def to_end(words):
    """Milliseconds from spawn to exit."""
    began = time.monotonic_ns()
    end_of(spawn(words), words)
    return (time.monotonic_ns() - began) / 1e6


def output(words):
    """What a command writes, and when it was started (CLOCK_MONOTONIC, ns)."""
    back, out = os.pipe()
    began = time.monotonic_ns()
    pid = spawn(words, out)
    os.close(out)
    with open(back) as pipe:
        text = pipe.read()
    end_of(pid, words, text)
    return text, began


def rounds(cases, once, count, pause=0.02):
    """`once` of each case in every round. The pause lets the kernel take down what has just ended."""
    taken = {name: [] for name in cases}
    for turn in range(count + 1):
        for name in random.sample(list(cases), len(cases)):
            value = once(cases[name])
            if turn:  # the first one fills caches and prepares the zone's files
                taken[name].append(value)
            time.sleep(pause)
    return taken


def parts(values):
    """Median, 10th and 90th percentile."""
    v = sorted(values)
    edge = round((len(v) - 1) * 0.1)
    return statistics.median(v), v[edge], v[-1 - edge]


def table(title, unit, taken, base):
    """Prints all cases, each as a multiple of the case `base`."""
    print(f"\n### {title}\n\n| case | median {unit} | p10 | p90 | x {base} | best | x best |\n|---|---:|---:|---:|---:|---:|---:|")
    best = max if unit == "Gbit/s" else min
    for name, values in taken.items():
        figures = *parts(values), parts(values)[0] / parts(taken[base])[0], best(values), best(values) / best(taken[base])
        print(f"| {name} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |")
    print(flush=True)


def bar(what, unit, ours, limit, beside=None, theirs=None, least=False):
    """Notes one line of the last table: figures of ours, alone or as a multiple of the median of theirs."""
    with open(os.environ["SEP_BENCH_BARS"], "a") as file:
        line = dict(what=what, unit=unit, ours=parts(ours), limit=limit, beside=beside, least=least)
        file.write(json.dumps(line | dict(theirs=theirs and parts(theirs)[0])) + "\n")


def fastest(taken, names):
    """The name of the fastest of these cases."""
    return min((n for n in names if n in taken), key=lambda n: parts(taken[n])[0], default=None)


class Kept:
    """A command that stays while others are measured."""

    def __init__(self, words, settle=1.0):
        self.pid = spawn(words)
        time.sleep(settle)

    def __enter__(self):
        return self.pid

    def __exit__(self, *_):
        os.kill(self.pid, 15)
        os.waitpid(self.pid, 0)
        time.sleep(0.3)


def children(pid):
    """Process numbers of the direct children."""
    return [int(p) for p in os.listdir("/proc") if p.isdigit() and parent(p) == pid]


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return None
