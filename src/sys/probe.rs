//! Calls that `doctor` tries in a child, so that a namespace, a filter or a keyring ends with it.
//!
//! Each function makes one attempt and answers what the kernel said; nothing is judged here.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, pipe};

/// Seconds after which a child that hangs is ended by the kernel.
const PATIENCE: u32 = 5;

/// What a child answers: a number, or the step that failed and the kernel's answer.
pub type Answer = Result<u32, (u8, Errno)>;

/// Runs a body in a forked child and waits for its answer. A child that dies or hangs is `(255, ECHILD)`.
pub fn in_child(body: impl FnOnce() -> Answer) -> Answer {
    let failed = |errno| (u8::MAX, errno);
    let (from, to) = pipe().map_err(failed)?;
    // SAFETY: callers (doctor, and its tests on the main thread) have one thread, so the child may allocate and
    // take locks; it leaves by `_exit`, so no destructor or exit handler of the parent runs twice.
    let child = match unsafe { fork() }.map_err(failed)? {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            drop(from);
            // SAFETY: integer argument only; SIGALRM's default action ends this child alone.
            unsafe { libc::alarm(PATIENCE) };
            let _ = File::from(to).write_all(&encode(body()));
            // SAFETY: ends this process at once and touches no memory.
            unsafe { libc::_exit(0) }
        }
    };
    drop(to);
    let mut bytes = [0; 6];
    let read = File::from(from).read_exact(&mut bytes);
    let _ = waitpid(child, None);
    read.map_err(|_| failed(Errno::ECHILD)).and_then(|()| decode(bytes))
}

fn encode(answer: Answer) -> [u8; 6] {
    let (kind, step, number) = match answer {
        Ok(value) => (0, 0, value.to_ne_bytes()),
        Err((step, errno)) => (1, step, (errno as i32).to_ne_bytes()),
    };
    [kind, step, number[0], number[1], number[2], number[3]]
}

fn decode([kind, step, a, b, c, d]: [u8; 6]) -> Answer {
    let number = [a, b, c, d];
    match kind {
        0 => Ok(u32::from_ne_bytes(number)),
        _ => Err((step, Errno::from_raw(i32::from_ne_bytes(number)))),
    }
}

/// The Landlock ABI of this kernel.
pub fn landlock_abi() -> nix::Result<u32> {
    const VERSION: libc::c_uint = 1;
    // SAFETY: with the version flag the kernel reads no attributes: null and 0 are what it asks for.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0usize, VERSION) };
    Errno::result(abi).map(|abi| abi as u32)
}

/// Installs a seccomp filter that answers getppid(2) with EPERM. It can not be taken off again: for a child.
pub fn refuse_getppid() -> nix::Result<()> {
    let statement = |code: u32, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: 0, k };
    let refuse = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
    let mut filter = [
        // the number of the call is the first field of struct seccomp_data
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0),
        libc::sock_filter { jf: 1, ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, libc::SYS_getppid as u32) },
        statement(libc::BPF_RET | libc::BPF_K, refuse),
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    nix::sys::prctl::set_no_new_privs()?;
    // SAFETY: the program points to `filter`, which outlives the call; the kernel copies it and checks each jump.
    let done = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) };
    Errno::result(done).map(drop)
}

/// getppid(2), whose answer tells whether a filter is in force.
pub fn getppid() -> nix::Result<()> {
    // SAFETY: takes nothing and touches no memory.
    Errno::result(unsafe { libc::syscall(libc::SYS_getppid) }).map(drop)
}

/// Joins a new session keyring.
pub fn join_session_keyring() -> nix::Result<()> {
    // SAFETY: a null name asks for an anonymous keyring; nothing is read.
    let id = unsafe { libc::syscall(libc::SYS_keyctl, libc::KEYCTL_JOIN_SESSION_KEYRING, std::ptr::null::<u8>()) };
    Errno::result(id).map(drop)
}

/// Brings the loopback interface of this network namespace up, through any inet socket in it.
pub fn loopback_up(socket: &impl AsRawFd) -> nix::Result<()> {
    let mut request = named(b"lo");
    request.ifr_ifru.ifru_flags = libc::IFF_UP as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads a struct ifreq, which lives across the call.
    Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) }).map(drop)
}

/// Makes a tun interface of this network namespace through an open /dev/net/tun.
pub fn make_tun(device: &impl AsRawFd) -> nix::Result<()> {
    let mut request = named(b"probe0");
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: TUNSETIFF reads and writes a struct ifreq, which lives across the call and is borrowed by nobody.
    Errno::result(unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNSETIFF, &raw mut request) }).map(drop)
}

fn named(name: &[u8]) -> libc::ifreq {
    // SAFETY: struct ifreq is integers and a union of integers and addresses; all zero is a value of it.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.iter().take(libc::IFNAMSIZ - 1)) {
        *to = *from as libc::c_char;
    }
    request
}
