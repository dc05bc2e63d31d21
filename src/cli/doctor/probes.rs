//! One attempt for each probe. Namespaces, filters and keyrings are made in a child and end with it.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use landlock::{ABI, Access, AccessFs, Ruleset, RulesetAttr};
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
use nix::unistd::{getegid, geteuid};

use super::{Found, Lack, Probe, nat};
use crate::policy::{Plan, Refusal, Step};
use crate::sys::probe::{self as sys, Answer, in_child};

/// Steps of a child, for telling which one was refused.
const MAKE: u8 = 1;
const MAP: u8 = 2;
const BODY: u8 = 3;
const IDLE: u8 = 4;

const TUN: &str = "/dev/net/tun";

/// Tries one thing. The answer is worth knowing or empty.
pub fn attempt(probe: Probe, plan: &Plan) -> Result<String, Lack> {
    match probe {
        Probe::User => not_root(),
        Probe::Userns => userns(|| Ok(0)).map(nothing),
        Probe::Nested => userns(|| enter(CloneFlags::CLONE_NEWUSER)).map(nothing),
        Probe::Proc => proc(),
        Probe::Netns => netns(),
        Probe::Tun => tun(),
        Probe::Nat => redirect(),
        Probe::Landlock => landlock(plan.seals.landlock_min_abi),
        Probe::Seccomp => seccomp(),
        Probe::Keyring => keyring(),
        Probe::Scope => scope(),
        Probe::Ping => ping(),
    }
}

fn nothing(_: u32) -> String {
    String::new()
}

fn lack(reason: &str, errno: Errno) -> Lack {
    Lack::new(reason, Found::Errno(errno as i32))
}

fn not_root() -> Result<String, Lack> {
    if geteuid().is_root() { Err(Lack::new("root", Found::Nothing)) } else { Ok(String::new()) }
}

/// Enters new namespaces, a user namespace among them, and maps the ids of this process to themselves.
fn enter(flags: CloneFlags) -> Answer {
    let (uid, gid) = (geteuid(), getegid());
    unshare(flags).map_err(|e| (MAKE, e))?;
    let write = |file: &str, text: String| {
        let open = OpenOptions::new().write(true).open(format!("/proc/self/{file}"));
        open.and_then(|mut f| f.write_all(text.as_bytes())).map_err(|e| (MAP, errno(&e)))
    };
    write("setgroups", "deny".into())?;
    write("uid_map", format!("{uid} {uid} 1"))?;
    write("gid_map", format!("{gid} {gid} 1"))?;
    Ok(0)
}

fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

/// Runs a body in a child in a user namespace; a refusal has one of the shapes that differ in what mends them.
fn userns(body: impl FnOnce() -> Answer) -> Result<u32, Lack> {
    in_child(|| enter(CloneFlags::CLONE_NEWUSER).and_then(|_| body())).map_err(|(step, errno)| {
        let step = if step == MAP { Step::Map } else { Step::Make };
        lack(&format!("userns-{}", Refusal::here(step, errno).name()), errno)
    })
}

/// Runs a body in a child in a user namespace and others; `reason` names what the body is refused for.
fn inside(others: CloneFlags, reason: &str, body: impl FnOnce() -> nix::Result<()>) -> Result<String, Lack> {
    userns(|| Ok(0)).map_err(|_| Lack::new("needs-userns", Found::Nothing))?;
    let enter = || enter(CloneFlags::CLONE_NEWUSER | others);
    let answer = in_child(|| enter().and_then(|_| body().map(|()| 0).map_err(|e| (BODY, e))));
    answer.map(nothing).map_err(|(_, errno)| lack(reason, errno))
}

/// The namespace takes the next child, so the mount is made by a grandchild.
fn proc() -> Result<String, Lack> {
    inside(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID, "proc-covered", || {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        let try_mount = || mount(Some("proc"), "/proc", Some("proc"), flags, None::<&str>).map(|()| 0);
        in_child(|| try_mount().map_err(|e| (BODY, e))).map(drop).map_err(|(_, errno)| errno)
    })
}

fn netns() -> Result<String, Lack> {
    inside(CloneFlags::CLONE_NEWNET, "netns", || {
        let any = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
        sys::loopback_up(&any)?;
        UdpSocket::bind("127.0.0.1:0").map(drop).map_err(|e| errno(&e))
    })
}

fn tun() -> Result<String, Lack> {
    let open = || OpenOptions::new().read(true).write(true).open(TUN);
    match open() {
        Ok(_) => {}
        Err(e) => return Err(closed(errno(&e))),
    }
    inside(CloneFlags::CLONE_NEWNET, "tun-refused", || {
        let device = open().map_err(|e| errno(&e))?;
        sys::make_tun(&device)
    })
}

fn closed(errno: Errno) -> Lack {
    match errno {
        Errno::ENOENT => Lack::new("tun-missing", Found::Nothing),
        Errno::EACCES => Lack::new("tun-mode", tun_mode()),
        Errno::ENODEV | Errno::ENXIO => lack("tun-module", errno),
        _ => lack("tun-refused", errno),
    }
}

fn tun_mode() -> Found {
    match std::fs::metadata(TUN) {
        Ok(found) => Found::Text(format!("{:04o}", found.permissions().mode() & 0o7777)),
        Err(e) => Found::Errno(errno(&e) as i32),
    }
}

/// The relay's rules need a nat chain on the output hook and a redirect in it.
fn redirect() -> Result<String, Lack> {
    userns(|| Ok(0)).map_err(|_| Lack::new("needs-userns", Found::Nothing))?;
    let enter = || enter(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET);
    let answer = in_child(|| enter().and_then(|_| nat::build().map(|()| 0)));
    answer.map(nothing).map_err(|(step, errno)| match nat::missing_module(step, errno) {
        Some(module) => Lack::new("nat-module", Found::Text(module.to_owned())),
        None => lack("nat-refused", errno),
    })
}

/// The twin is inside: the folder can be opened before the domain and not after it.
fn landlock(needed: u32) -> Result<String, Lack> {
    let abi = sys::landlock_abi().map_err(|e| lack("landlock-off", e))?;
    let found = format!("ABI {abi}");
    if abi < needed {
        return Err(Lack::new("landlock-old", Found::Text(format!("{found} < {needed}"))));
    }
    let answer = in_child(|| {
        File::open("/usr").map_err(|e| (BODY, errno(&e)))?;
        let ruleset = Ruleset::default().handle_access(AccessFs::from_all(ABI::V1));
        let domain = ruleset.and_then(Ruleset::create).and_then(|r| r.restrict_self());
        domain.map_err(|_| (BODY, Errno::last()))?;
        match File::open("/usr") {
            Err(e) if e.kind() == ErrorKind::PermissionDenied => Ok(0),
            _ => Err((IDLE, Errno::EIO)),
        }
    });
    answer.map(|_| found).map_err(|(step, errno)| refused_or_idle(step, errno, "landlock-off", "landlock-idle"))
}

fn refused_or_idle(step: u8, errno: Errno, refused: &str, idle: &str) -> Lack {
    if step == IDLE { Lack::new(idle, Found::Nothing) } else { lack(refused, errno) }
}

fn seccomp() -> Result<String, Lack> {
    let answer = in_child(|| {
        sys::getppid().and_then(|()| sys::refuse_getppid()).map_err(|e| (BODY, e))?;
        match sys::getppid() {
            Err(Errno::EPERM) => Ok(0),
            _ => Err((IDLE, Errno::EIO)),
        }
    });
    answer.map(nothing).map_err(|(step, errno)| refused_or_idle(step, errno, "seccomp", "seccomp-idle"))
}

fn keyring() -> Result<String, Lack> {
    let answer = in_child(|| sys::join_session_keyring().map(|()| 0).map_err(|e| (BODY, e)));
    answer.map(nothing).map_err(|(_, errno)| lack("keyring", errno))
}

/// The private socket of the user's systemd, the one that `systemctl --user` uses.
fn scope() -> Result<String, Lack> {
    let fallback = || PathBuf::from(format!("/run/user/{}", geteuid()));
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(fallback, PathBuf::from);
    let answer = UnixStream::connect(runtime.join("systemd/private"));
    answer.map(|_| String::new()).map_err(|e| lack("scope", errno(&e)))
}

fn ping() -> Result<String, Lack> {
    let answer = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, Some(SockProtocol::Icmp));
    answer.map(|_| String::new()).map_err(|e| lack("ping", e))
}
