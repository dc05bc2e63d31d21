//! The seals of the proxy and of its dialer, put on before the first byte of a zone's program is read.
//!
//! Fails closed: what can not be put on is an error, and nothing is served. It must not know what is served.

use std::fs::OpenOptions;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use caps::CapSet;
use landlock::{
    ABI, Access, AccessFs, AccessNet, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope,
};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::options::Proxy;
use crate::wire::{Code, Failure, Stage};

/// Open files of each process: what 64 programs need, and a bound for what they can make us hold.
const OPEN_FILES: u64 = 2048;

/// Bytes of memory of each process; the proxy needs about 5 MB and some KB a window.
const MEMORY: u64 = 512 << 20;

const PROXY_FILTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/desktop-proxy.bpf"));
const DIALER_FILTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/desktop-dialer.bpf"));

/// Whose seals.
#[derive(Debug, Clone, Copy)]
pub enum Role<'a> {
    /// Reads what programs of the zone send; no file, no new socket.
    Proxy,
    /// Connects to the socket of this one inode.
    Dialer(&'a OwnedFd),
}

/// A session of its own, not to be traced, nothing on the standard descriptors, and no descriptor but the numbered ones.
pub fn detach(proxy: &Proxy) -> Result<(), Failure> {
    prctl::set_dumpable(false).map_err(|e| refused("stop tracing of", "process", e))?;
    match nix::unistd::setsid() {
        Ok(_) | Err(Errno::EPERM) => {} // EPERM: it leads one already
        Err(cause) => return Err(refused("make session for", "process", cause)),
    }
    for (resource, most) in
        [(Resource::RLIMIT_CORE, 0), (Resource::RLIMIT_NOFILE, OPEN_FILES), (Resource::RLIMIT_DATA, MEMORY)]
    {
        limit(resource, most)?;
    }
    let mut keep = vec![0, 1, 2, proxy.listener.as_raw_fd(), proxy.control.as_fd().as_raw_fd()];
    keep.extend(proxy.turn.as_ref().map(OwnedFd::as_raw_fd));
    crate::sys::fd::close_all_but(&keep).map_err(|e| refused("close", "descriptors", e))
}

/// The last steps: standard descriptors to `/dev/null`, then no_new_privs, capabilities, Landlock and seccomp.
pub fn seal(role: Role<'_>) -> Result<(), Failure> {
    silence()?;
    prctl::set_no_new_privs().map_err(|e| refused("set no_new_privs for", "process", e))?;
    drop_capabilities()?;
    let status = landlock(role).map_err(|_| Failure::new(Stage::Confine, Code::Layer, &["landlock", "error"]))?;
    if status == RulesetStatus::NotEnforced {
        return Err(Failure::new(Stage::Confine, Code::Layer, &["landlock", "none"]));
    }
    let filter = match role {
        Role::Proxy => PROXY_FILTER,
        Role::Dialer(_) => DIALER_FILTER,
    };
    crate::sys::seccomp::install(filter).map_err(|e| refused("install", "seccomp filter", e))
}

fn limit(resource: Resource, most: u64) -> Result<(), Failure> {
    let fail = |e| refused("limit", "resources", e);
    let (_, hard) = getrlimit(resource).map_err(fail)?;
    let most = most.min(hard);
    setrlimit(resource, most, most).map_err(fail)
}

fn silence() -> Result<(), Failure> {
    let fail = |e: Errno| refused("open", "/dev/null", e);
    let null =
        OpenOptions::new().read(true).write(true).open("/dev/null").map_err(|e| refused("open", "/dev/null", e))?;
    nix::unistd::dup2_stdin(&null).map_err(fail)?;
    nix::unistd::dup2_stdout(&null).map_err(fail)?;
    nix::unistd::dup2_stderr(&null).map_err(fail)
}

/// Empties the sets. The bounding set needs no emptying: no_new_privs is set and nothing is executed from here on.
fn drop_capabilities() -> Result<(), Failure> {
    let fail = |_| Failure::new(Stage::Confine, Code::Layer, &["capabilities", "error"]);
    for set in [CapSet::Ambient, CapSet::Inheritable, CapSet::Effective, CapSet::Permitted] {
        caps::clear(None, set).map_err(fail)?;
    }
    match caps::read(None, CapSet::Permitted).map_err(fail)?.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(Stage::Confine, Code::Differs, &["capabilities", "none", "some"])),
    }
}

/// All that this kernel's Landlock knows is refused: files, network, abstract sockets and signals outside. From ABI 9
/// it restricts path-named sockets too; the dialer then keeps the compositor's.
fn landlock(role: Role<'_>) -> Result<RulesetStatus, RulesetError> {
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V10))?
        .handle_access(AccessNet::from_all(ABI::V10))?
        .scope(Scope::from_all(ABI::V10))?
        .create()?;
    if let Role::Dialer(upstream) = role {
        rules = rules.add_rule(PathBeneath::new(upstream, AccessFs::ResolveUnix))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

fn refused(verb: &str, object: &str, cause: impl Into<std::io::Error>) -> Failure {
    Failure::system(Stage::Confine, verb, object, cause)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};

    use nix::fcntl::{OFlag, open};
    use nix::sched::CloneFlags;
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket, socketpair};
    use nix::sys::stat::Mode;
    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::unistd::getppid;

    use super::*;
    use crate::sys::process::{self, Fork};
    use crate::wire::Connection;

    /// What is tried, and the errno of each (0: it worked): without seals, as the proxy, as the dialer.
    const EXPECTED: [(&str, [i32; 3]); 9] = [
        ("open a file", [0, libc::EPERM, libc::EPERM]),
        ("a UNIX socket", [0, libc::EPERM, 0]),
        ("connect to the compositor", [0, libc::EPERM, 0]),
        ("an internet socket", [0, libc::EPERM, libc::EPERM]),
        ("a netlink socket", [0, libc::EPERM, libc::EPERM]),
        ("a socket pair", [0, libc::EPERM, libc::EPERM]),
        ("a signal to another process", [0, libc::EPERM, libc::EPERM]),
        ("fork", [0, libc::EPERM, libc::EPERM]),
        ("a pipe", [0, 0, libc::EPERM]),
    ];

    fn errno<T>(done: nix::Result<T>) -> u8 {
        done.err().map_or(0, |errno| errno as i32 as u8)
    }

    fn tries(compositor: &OwnedFd) -> [u8; 9] {
        let unix = || socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None);
        let path = format!("/proc/self/fd/{}", compositor.as_raw_fd());
        let connected = unix().and_then(|s| connect(s.as_raw_fd(), &UnixAddr::new(path.as_str())?));
        let pair = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::empty());
        let forked = process::fork(CloneFlags::empty(), None).map(|fork| match fork {
            Fork::Child => process::exit(0),
            Fork::Parent(..) => (),
        });
        [
            errno(open("/etc/passwd", OFlag::O_RDONLY, Mode::empty())),
            errno(unix()),
            errno(connected),
            errno(socket(AddressFamily::Inet, SockType::Stream, SockFlag::empty(), None)),
            errno(socket(AddressFamily::Netlink, SockType::Raw, SockFlag::empty(), None)),
            errno(pair),
            errno(nix::sys::signal::kill(getppid(), None)),
            forked.err().and_then(|e| e.raw_os_error()).unwrap_or(0) as u8,
            errno(nix::unistd::pipe()),
        ]
    }

    #[test]
    fn each_role_can_do_its_work_and_no_more() {
        let path = std::env::temp_dir().join(format!("sep-confine-{}", std::process::id()));
        let _compositor = UnixListener::bind(&path).unwrap();
        let inode = open(&path, OFlag::O_PATH, Mode::empty()).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(UnixStream::connect(&path).is_err());
        for (column, role) in [None, Some(Role::Proxy), Some(Role::Dialer(&inode))].into_iter().enumerate() {
            let (here, there) = Connection::pair().unwrap();
            let Fork::Parent(pid, _) = process::fork(CloneFlags::empty(), None).unwrap() else {
                let sealed = role.is_none_or(|role| seal(role).is_ok());
                let sent = sealed && there.send(&tries(&inode), &[]).is_ok();
                process::exit(i32::from(!sent))
            };
            assert_eq!(waitpid(pid, None).unwrap(), WaitStatus::Exited(pid, 0));
            let answers = here.receive().unwrap().unwrap().bytes;
            for ((what, expected), answer) in EXPECTED.iter().zip(answers) {
                assert_eq!(i32::from(answer), expected[column], "{what}, {role:?}");
            }
        }
    }
}
