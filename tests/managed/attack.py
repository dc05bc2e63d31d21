# Tries everything that a process may do to another one of its user: `what open` or `what shut`, a line each.
import ctypes, errno, fcntl, os, sys

pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
CLOSED = (errno.EPERM, errno.EACCES)


def call(number, *args):
    # all 64 bits of each, also of the one that goes over the stack
    if libc.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in args)) < 0:
        raise OSError(ctypes.get_errno(), "")


def attempt(what, body):
    try:
        body()
        print(what, "open")
    except OSError as cause:
        # another answer than a refusal means that the kernel would have done it
        print(what, "shut" if cause.errno in CLOSED else "open")


def opened(file, flags):
    os.close(os.open(f"/proc/{pid}/{file}", flags))


def written(file, text):
    with open(f"/proc/{pid}/{file}", "w") as to:
        to.write(text)


def forked(body):
    # what changes the caller is done by a child
    child = os.fork()
    if child == 0:
        try:
            body()
            os._exit(0)
        except OSError as cause:
            os._exit(cause.errno)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise OSError(status, "")


pidfd = os.pidfd_open(pid)
limits = (ctypes.c_ulong * 2)(1024, 1024)
cpus = ctypes.c_ulong(1)
word = ctypes.create_string_buffer(8)
local = (ctypes.c_void_p * 2)(ctypes.addressof(word), 8)
remote = (ctypes.c_void_p * 2)(0x1000, 8)
NEWUSER, NEWNS, NEWNET = 0x10000000, 0x20000, 0x40000000

attempt("signal-0", lambda: os.kill(pid, 0))
attempt("signal-cont", lambda: os.kill(pid, 18))
attempt("signal-pidfd", lambda: call(424, pidfd, 18, None, 0))
attempt("trace", lambda: forked(lambda: call(101, 0x4206, pid, None, None)))
attempt("read-memory", lambda: call(310, pid, local, 1, remote, 1, 0))
attempt("write-memory", lambda: call(311, pid, local, 1, remote, 1, 0))
attempt("take-descriptor", lambda: call(438, pidfd, 0, 0))
attempt("compare", lambda: call(312, pid, pid, 0, 0, 0))
attempt("enter-user", lambda: forked(lambda: call(308, pidfd, NEWUSER)))
attempt("enter-all", lambda: forked(lambda: call(308, pidfd, NEWUSER | NEWNS | NEWNET)))
attempt("namespace-of-pidfd", lambda: fcntl.ioctl(pidfd, 0xFF04, 0))
for file in ["environ", "maps", "auxv", "personality"]:
    attempt(file, lambda: opened(file, os.O_RDONLY))
attempt("mem", lambda: opened("mem", os.O_RDWR))
for link in ["exe", "ns/net", "ns/user", "ns/mnt"]:
    attempt(link, lambda: os.readlink(f"/proc/{pid}/{link}"))
for folder in ["root", "cwd", "fd", "map_files"]:
    attempt(folder, lambda: os.listdir(f"/proc/{pid}/{folder}"))
attempt("fd-0", lambda: opened("fd/0", os.O_RDONLY))
attempt("limit", lambda: call(302, pid, 6, limits, None))
attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
attempt("processor", lambda: call(203, pid, 8, ctypes.byref(cpus)))
attempt("scheduler", lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)))
attempt("oom", lambda: written("oom_score_adj", "1000"))
attempt("core", lambda: written("coredump_filter", "0"))
attempt("clear-refs", lambda: written("clear_refs", "1"))
attempt("uid-map", lambda: opened("uid_map", os.O_WRONLY))
attempt("timer-slack", lambda: written("timerslack_ns", "1"))
