//! The process tree that everything else stands on, built before any type of the product and kept
//! apart from it: an outer user namespace A with a network namespace, a builder that enters it, and the
//! zone's user namespace B made by that builder (docs/architecture.md, "Two user namespaces").
//!
//! Run once as an ordinary user and, where the tests have root, once as root with ids of their own for
//! agent and zone. It shows whose namespaces they are, both maps, and that a process in A with the agent's
//! uid and its network capabilities can not trace a process in B. The ids in the names are those of docs/security.md.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use caps::{CapSet, Capability};
use nix::sched::{CloneFlags, setns};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Gid, Pid, Uid, getegid, geteuid, setgroups, setresgid, setresuid};
use support::{clone3, fork_wait, needs};

const NS_GET_PARENT: libc::c_ulong = 0xb702;
const NS_GET_OWNER_UID: libc::c_ulong = 0xb704;

/// The ids of one run: whose process builds, and which ids A gives to agent and zone.
#[derive(Clone, Copy)]
struct Ids {
    agent: u32,
    zone: u32,
    inside: u32,
}

#[test]
fn zone_01_the_network_belongs_above_the_zone() {
    if !needs(&["userns"]) {
        return;
    }
    let run = || {
        let uid = geteuid().as_raw();
        build_and_check(Ids { agent: uid, zone: uid, inside: uid });
    };
    if geteuid().is_root() { fork_wait(|| (become_user(54_321), run()).1) } else { fork_wait(run) }
}

#[test]
fn zone_02_the_agent_can_not_trace_the_zone() {
    if !needs(&["root", "userns"]) {
        return;
    }
    fork_wait(|| build_and_check(Ids { agent: 2_100_000_001, zone: 2_100_000_000, inside: 54_321 }));
}

fn build_and_check(ids: Ids) {
    let root = geteuid().is_root();
    let (a_pid, a_hold) = hold(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET);
    write_map(a_pid, &map_of_a(ids), !root);
    let a_user = open_ns(a_pid, "user");
    assert_eq!(owner(&a_user), geteuid().as_raw(), "A belongs to who built it");

    let (mut here, there) = UnixStream::pair().unwrap();
    let builder = clone3(CloneFlags::empty()).unwrap();
    if builder == 0 {
        drop(here);
        let init = build_b(a_pid, ids, root);
        (&there).write_all(&init.to_ne_bytes()).unwrap();
        std::process::exit(0);
    }
    drop(there);
    let mut pid = [0; 4];
    here.read_exact(&mut pid).unwrap();
    let init = i32::from_ne_bytes(pid);
    assert_eq!(waitpid(Pid::from_raw(builder), None).unwrap(), WaitStatus::Exited(Pid::from_raw(builder), 0));

    let b_user = open_ns(init, "user");
    assert_eq!(owner(&b_user), ids.zone, "B belongs to the zone uid, which no other process in A has");
    assert_eq!(inode(&parent(&b_user)), inode(&a_user), "B is a child of A");
    assert_eq!(maps(a_pid), map_of_a(ids).replace('\n', ";"));
    assert_eq!(maps(init), format!("{} {} 1", ids.inside, ids.zone));
    assert_eq!(inode(&open_ns(init, "net")), inode(&open_ns(a_pid, "net")), "the network namespace is A's");

    // The compromised agent: the network capabilities of A, a uid of its own. As a user there is no second uid in
    // A, so the refusal has nothing to show there; nobody lives in A beside the builder then.
    if root {
        assert_eq!(trace_from(a_pid, ids.agent, init), libc::EPERM);
        assert_eq!(trace_from(a_pid, ids.zone, init), 0, "the control: B's owner in A may");
    }
    drop(a_hold);
    nix::sys::signal::kill(Pid::from_raw(init), nix::sys::signal::SIGKILL).unwrap();
}

/// In the builder: enter A, become the zone uid with the capabilities kept, make B, write its maps.
fn build_b(a: i32, ids: Ids, root: bool) -> i32 {
    let (user, net) = (open_ns(a, "user"), open_ns(a, "net"));
    setns(user, CloneFlags::CLONE_NEWUSER).unwrap();
    setns(net, CloneFlags::CLONE_NEWNET).unwrap();
    if root {
        // SAFETY: prctl with integer arguments; SECBIT_KEEP_CAPS keeps the set across setresuid.
        unsafe { libc::prctl(libc::PR_SET_KEEPCAPS, 1, 0, 0, 0) };
        setgroups(&[]).unwrap();
        become_ids(ids.zone);
        caps_effective_from_permitted();
    }
    // SAFETY: as above; writable /proc/PID files of the child need a dumpable parent of the same image.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0) };
    let flags = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    let (init, hold) = hold(flags);
    std::mem::forget(hold);
    write_map(init, &format!("{} {} 1", ids.inside, ids.zone), true);
    init
}

/// A child in new namespaces that does nothing until its end of the pair closes or it is killed.
fn hold(flags: CloneFlags) -> (i32, UnixStream) {
    let (here, mut there) = UnixStream::pair().unwrap();
    let pid = clone3(flags).unwrap();
    if pid == 0 {
        drop(here);
        nix::unistd::alarm::set(20);
        let _ = there.read(&mut [0]);
        // pid 1 of B outlives its builder, which exits with the other end: wait for the kill
        if std::process::id() == 1 {
            std::thread::sleep(std::time::Duration::from_secs(20));
        }
        std::process::exit(0);
    }
    (pid, here)
}

/// errno of PTRACE_SEIZE on `target` by a process in A under `uid` with the agent's capabilities; 0 if it worked.
fn trace_from(a: i32, uid: u32, target: i32) -> i32 {
    let pid = clone3(CloneFlags::empty()).unwrap();
    if pid == 0 {
        setns(open_ns(a, "user"), CloneFlags::CLONE_NEWUSER).unwrap();
        // SAFETY: prctl with integer arguments.
        unsafe { libc::prctl(libc::PR_SET_KEEPCAPS, 1, 0, 0, 0) };
        become_ids(uid);
        let net = [Capability::CAP_NET_ADMIN, Capability::CAP_NET_RAW, Capability::CAP_NET_BIND_SERVICE];
        caps::set(None, CapSet::Effective, &net.into()).unwrap();
        caps::set(None, CapSet::Permitted, &net.into()).unwrap();
        let done = nix::sys::ptrace::seize(Pid::from_raw(target), nix::sys::ptrace::Options::empty());
        std::process::exit(done.err().map_or(0, |e| e as i32));
    }
    match waitpid(Pid::from_raw(pid), None).unwrap() {
        WaitStatus::Exited(_, code) => code,
        other => panic!("{other:?}"),
    }
}

fn map_of_a(ids: Ids) -> String {
    let one = |id: u32| format!("{id} {id} 1");
    if ids.agent == ids.zone { one(ids.zone) } else { format!("{}\n{}", one(ids.zone), one(ids.agent)) }
}

fn write_map(pid: i32, map: &str, deny_groups: bool) {
    if deny_groups {
        fs::write(format!("/proc/{pid}/setgroups"), "deny").unwrap();
    }
    fs::write(format!("/proc/{pid}/gid_map"), map).unwrap();
    fs::write(format!("/proc/{pid}/uid_map"), map).unwrap();
}

/// The uid map of a process as this process reads it, one line a range, in single spaces.
fn maps(pid: i32) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/uid_map")).unwrap();
    let line = |l: &str| l.split_whitespace().collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join(";")
}

fn become_user(id: u32) {
    setgroups(&[]).unwrap();
    become_ids(id);
    // SAFETY: prctl with integer arguments; a change of uid cleared it.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 1, 0, 0, 0) };
}

fn become_ids(id: u32) {
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    setresgid(gid, gid, gid).unwrap();
    setresuid(uid, uid, uid).unwrap();
    assert_eq!((geteuid(), getegid()), (uid, gid));
}

fn caps_effective_from_permitted() {
    let held = caps::read(None, CapSet::Permitted).unwrap();
    caps::set(None, CapSet::Effective, &held).unwrap();
}

fn open_ns(pid: i32, kind: &str) -> OwnedFd {
    fs::File::open(format!("/proc/{pid}/ns/{kind}")).unwrap().into()
}

fn inode(fd: &OwnedFd) -> u64 {
    nix::sys::stat::fstat(fd).unwrap().st_ino
}

fn owner(user_ns: &OwnedFd) -> u32 {
    let mut uid = 0u32;
    // SAFETY: NS_GET_OWNER_UID writes one uid_t to the address given (ioctl_nsfs(2)).
    assert_eq!(unsafe { libc::ioctl(user_ns.as_raw_fd(), NS_GET_OWNER_UID, &mut uid) }, 0);
    uid
}

fn parent(user_ns: &OwnedFd) -> OwnedFd {
    // SAFETY: NS_GET_PARENT takes no argument and returns a new descriptor that nobody else owns.
    unsafe {
        let fd = libc::ioctl(user_ns.as_raw_fd(), NS_GET_PARENT);
        assert!(fd >= 0, "{}", std::io::Error::last_os_error());
        std::os::fd::FromRawFd::from_raw_fd(fd)
    }
}
