/* nsfloor: what the kernel alone costs. The layers of a sandbox in plain system calls, with nothing around them: no
 * policy, no messages, no read-back, no terminal. A launch can not be faster than this by much.
 *
 *   nsfloor [-n LETTERS] [-m] [-l] [-s] PROGRAM...   make namespaces, confine, run
 *   nsfloor -j PID PROGRAM...                        join the user and other namespaces of PID, run
 *   nsfloor -W                                       write the seccomp filter to standard output (for other tools)
 *
 *   -n  namespaces: U user, M mount, P pid, N net, I ipc, T uts, C cgroup
 *   -m  a root: the whole tree again, read-only, with /proc, /dev, /tmp of its own, and pivot_root
 *   -l  Landlock: read and execute below /, write below /tmp, /dev and /proc
 *   -s  no capabilities, no_new_privs, a seccomp filter that denies 35 calls
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* <sys/mount.h> and <linux/mount.h> can not both be included */
int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);
enum { NOSUID = 2, NODEV = 4, NOEXEC = 8, BIND = 4096, REC = 16384, SLAVE = 1 << 19, DETACH = 2 };

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

static void must(int ok, const char *what) {
    if (!ok) { perror(what); _exit(125); }
}

static void put(int pid, const char *file, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    must(fd >= 0 && write(fd, text, strlen(text)) > 0, path);
    close(fd);
}

static void make_root(void) {
    must(!mount(NULL, "/", NULL, SLAVE | REC, NULL), "slave");
    must(!mount("tmp", "/tmp", "tmpfs", NOSUID | NODEV, NULL) && !mkdir("/tmp/root", 0755), "tmpfs");
    int tree = syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);
    struct mount_attr closed = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
    must(!syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &closed, sizeof closed), "mount_setattr");
    must(!syscall(SYS_move_mount, tree, "", AT_FDCWD, "/tmp/root", MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
    must(!chdir("/tmp/root"), "chdir");
    must(!mount("proc", "proc", "proc", NOSUID | NODEV | NOEXEC, NULL), "proc");
    must(!mount("dev", "dev", "tmpfs", NOSUID, "mode=755") && !mount("tmp", "tmp", "tmpfs", NOSUID | NODEV, NULL), "dev");
    static const char *nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
    for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        char from[64], to[64];
        snprintf(from, sizeof from, "/dev/%s", nodes[i]);
        snprintf(to, sizeof to, "dev/%s", nodes[i]);
        close(open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
        must(!mount(from, to, NULL, BIND, NULL), to);
    }
    must(!mkdir("dev/pts", 0755), "dev/pts");
    must(!mount("devpts", "dev/pts", "devpts", NOSUID | NOEXEC, "newinstance,ptmxmode=0666,mode=620"), "devpts");
    must(!syscall(SYS_pivot_root, ".", ".") && !umount2(".", DETACH) && !chdir("/"), "pivot_root");
}

static void landlock(void) {
    const __u64 all = (1 << 13) - 1, read = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    struct landlock_ruleset_attr attr = {.handled_access_fs = all};
    int rules = syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);
    must(rules >= 0, "landlock");
    static const char *folders[] = {"/", "/tmp", "/dev", "/proc"};
    for (int i = 0; i < 4; i++) {
        struct landlock_path_beneath_attr below = {.allowed_access = i ? all : read, .parent_fd = open(folders[i], O_PATH | O_CLOEXEC)};
        must(!syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0), folders[i]);
        close(below.parent_fd);
    }
    must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !syscall(SYS_landlock_restrict_self, rules, 0), "restrict");
    close(rules);
}

static struct sock_filter filter[64];
static int compile(void) {
    static const int denied[] = {SYS_ptrace, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_swapon, SYS_swapoff,
        SYS_reboot, SYS_sethostname, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
        SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_unshare, SYS_setns,
        SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
        SYS_userfaultfd, SYS_acct, SYS_quotactl, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_syslog,
        SYS_move_mount, SYS_fsopen, SYS_open_tree};
    int n = 0, count = sizeof denied / sizeof *denied;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < count; i++)
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied[i], count - i, 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    return n;
}

static void harden(void) {
    for (int cap = 0; cap <= CAP_LAST_CAP; cap++) prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};
    must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !syscall(SYS_capset, &head, none), "capset");
    struct sock_fprog program = {compile(), filter};
    must(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
}

static int flag(char letter) {
    switch (letter) {
    case 'U': return CLONE_NEWUSER;
    case 'M': return CLONE_NEWNS;
    case 'P': return CLONE_NEWPID;
    case 'N': return CLONE_NEWNET;
    case 'I': return CLONE_NEWIPC;
    case 'T': return CLONE_NEWUTS;
    case 'C': return CLONE_NEWCGROUP;
    default: return 0;
    }
}

int main(int argc, char **argv) {
    int option, flags = 0, root = 0, land = 0, seal = 0, join = 0, go[2];
    while ((option = getopt(argc, argv, "+n:mlsj:W")) != -1) {
        switch (option) {
        case 'n': for (char *c = optarg; *c; c++) flags |= flag(*c); break;
        case 'm': root = 1; break;
        case 'l': land = 1; break;
        case 's': seal = 1; break;
        case 'j': join = atoi(optarg); break;
        case 'W': option = compile() * sizeof *filter; return write(1, filter, option) != option;
        default: return 2;
        }
    }
    if (join) {
        int all = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
        int target = syscall(SYS_pidfd_open, join, 0);
        must(target >= 0 && !setns(target, all), "setns");
        close(target);
    }
    must(!pipe2(go, O_CLOEXEC), "pipe");
    int uid = geteuid(), gid = getegid();
    int child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    must(child >= 0, "clone");
    if (!child) {
        char byte;
        close(go[1]);
        if (flags & CLONE_NEWUSER) must(read(go[0], &byte, 1) == 1, "the maps");
        if (root) make_root();
        if (land) landlock();
        if (seal) harden();
        execvp(argv[optind], argv + optind);
        must(0, argv[optind]);
    }
    if (flags & CLONE_NEWUSER) {
        char map[32];
        put(child, "setgroups", "deny");
        snprintf(map, sizeof map, "0 %d 1", uid);
        put(child, "uid_map", map);
        snprintf(map, sizeof map, "0 %d 1", gid);
        put(child, "gid_map", map);
        must(write(go[1], "x", 1) == 1, "go");
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
