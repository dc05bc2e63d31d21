//! The broker of the system: accepts and forks. START HERE to read what runs as root.
//!
//! This process never reads from a client: a client can hold up whoever does (a socket that lingers, a file that does not
//! answer). It asks the kernel who has connected, and each connection has a child of its own (`conversation`), under a
//! quota for its user. A zone lives on without this process, which finds it again by its socket.

use std::convert::Infallible;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{Backlog, SockFlag, accept4, getsockopt, listen};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, pipe2};

use super::cgroup::Ends;
use super::{Init, conversation, uplink, zones};
use crate::policy::plan::Ids;
use crate::policy::site::SOCKET;
use crate::sys;
use crate::wire::{Code, Connection, Failure, FromInit, Stage};

/// Launches of one user that may be under way at once: a zone is built in milliseconds, but for what its network waits.
const MOST_OF_ONE: usize = 8;
/// The same of all users.
const MOST: usize = 64;
/// Launches that one user may ask for within a minute: each is a line in the log, and what it asks for can tell a program
/// of the zone something.
const MOST_IN_A_MINUTE: usize = 120;
const MINUTE: Duration = Duration::from_secs(60);
/// The first descriptor of a service that is started for its socket (sd_listen_fds(3)).
const PASSED: i32 = 3;

/// Serves until a signal ends this process. `listen`: without a service manager, on a socket of its own.
///
/// # Errors
/// A process that is not root's, a socket that can not be had; afterwards only what the kernel refuses to everybody.
pub fn serve(init: Init, listen: bool) -> Result<Infallible, Failure> {
    sanitise()?;
    // first of all that is below it, since users must reach the socket
    zones::public_folder(Path::new(SOCKET).parent().unwrap_or(Path::new("/")))?;
    uplink::prepare(&conversation::site()?)?;
    let ends = Ends::watch().map_err(say("watch", "the zones"))?;
    ends.sweep();
    let listener = listener(listen)?;
    let children = SigSet::from_iter([Signal::SIGCHLD]);
    let ended = sys::process::watch_signals(&children).map_err(say("watch", "SIGCHLD"))?;
    let mut guests = Guests::default();
    loop {
        let mut watched = [listener.as_fd(), ended.as_fd(), ends.as_fd()].map(|fd| PollFd::new(fd, PollFlags::POLLIN));
        match poll(&mut watched, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(cause) => return Err(say("wait for", "clients")(cause)),
        }
        while let Ok(Some(_)) = ended.read_signal() {}
        // who has built a zone, or a zone itself
        if guests.reap() || ends.are_told() {
            ends.sweep();
        }
        if let Ok(fd) = accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC) {
            guests.receive(sys::fd::adopt(fd).into(), init);
        }
    }
}

/// Nothing of whoever started this process counts: its environment, files, folder, signals, and what others may trace.
fn sanitise() -> Result<(), Failure> {
    if !nix::unistd::geteuid().is_root() {
        return Err(say("start", "sepd")(Errno::EPERM));
    }
    let passed: Vec<i32> = is_passed().then_some(PASSED).into_iter().collect();
    sys::fd::close_all_but(&[&[0, 1, 2], &passed[..]].concat()).map_err(say("close", "descriptors"))?;
    sys::process::clear_environment();
    std::env::set_current_dir("/").map_err(say("enter", "/"))?;
    // the zone's /etc is for programs that refuse settings which a group may write
    umask(Mode::from_bits_truncate(0o022));
    sys::process::own_signals().map_err(say("reset", "signals"))?;
    sys::process::set_dumpable(false).map_err(say("set", "dumpable"))
}

/// Whether the service manager has passed the socket to this very process.
fn is_passed() -> bool {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    is("LISTEN_PID", &std::process::id().to_string()) && is("LISTEN_FDS", "1")
}

/// The socket that was passed, or one that is made here in place of a dead broker's. Everybody may connect: who that is
/// is asked of the kernel.
fn listener(own: bool) -> Result<OwnedFd, Failure> {
    let socket = if own { own_listener()? } else { sys::fd::inherit(PASSED).map_err(say("take", "the socket"))? };
    let flags = FcntlArg::F_SETFL(OFlag::O_NONBLOCK);
    fcntl(&socket, flags).map_err(say("prepare", SOCKET))?;
    Ok(socket)
}

fn own_listener() -> Result<OwnedFd, Failure> {
    use std::os::unix::fs::PermissionsExt;
    let path = Path::new(SOCKET);
    let socket = zones::bind(path)?;
    let open = std::fs::Permissions::from_mode(0o666);
    std::fs::set_permissions(path, open).map_err(say("open", SOCKET))?;
    listen(&socket, Backlog::new(64).unwrap_or(Backlog::MAXCONN)).map_err(say("listen on", SOCKET))?;
    Ok(socket)
}

/// The clients of now.
#[derive(Default)]
struct Guests {
    /// The children, each with the user that it serves.
    served: Vec<(Pid, u32)>,
    /// The launches of the last minute, each with the user that asked for it.
    asked: Vec<(Instant, u32)>,
    /// Clients that no child could be started for. The next child takes them over.
    left: Vec<Connection>,
}

impl Guests {
    /// Gives a client a child of its own, also to be told no. Never closes the last copy of its connection: what a client
    /// has passed is closed with it, and that takes as long as the client wants (a socket that lingers). A child that ends
    /// does not wait for it.
    fn receive(&mut self, client: Connection, init: Init) {
        let peer = getsockopt(&client, PeerCredentials).map(|peer| Ids { uid: peer.uid(), gid: peer.gid() });
        let user = peer.map(|peer| user(peer.uid));
        let quota = user.map_or(Some((0, "once")), |user| self.used_up(user));
        self.left.push(client);
        let Ok((gone, here)) = pipe2(OFlag::O_CLOEXEC) else { return };
        match (sys::process::split(), peer, quota) {
            (Ok(None), Ok(peer), None) => conversation::hold(self.take_over(gone, here), peer, init),
            (Ok(None), ..) => {
                let (most, of) = quota.unwrap_or_default();
                let no = Failure::new(Stage::Authorise, Code::Crowded, &[&most.to_string(), of]);
                let client = self.take_over(gone, here);
                refuse(&client, no);
                // with the client open: see above
                sys::process::exit(1)
            }
            (Ok(Some(child)), _, quota) => {
                self.left.clear();
                let served = user.ok().filter(|_| quota.is_none());
                self.served.extend(served.map(|user| (child, user)));
                self.asked.extend(served.map(|user| (Instant::now(), user)));
            }
            (Err(_), ..) => {}
        }
    }

    /// The quota that a user has used up, or that all have, with its name.
    fn used_up(&mut self, user: u32) -> Option<(usize, &'static str)> {
        self.asked.retain(|(when, _)| when.elapsed() < MINUTE);
        let at_once = self.served.iter().filter(|(_, served)| *served == user).count();
        let lately = self.asked.iter().filter(|(_, asked)| *asked == user).count();
        let quotas =
            [(at_once, MOST_OF_ONE, "once"), (self.served.len(), MOST, "all"), (lately, MOST_IN_A_MINUTE, "minute")];
        quotas.into_iter().find(|(used, most, _)| used >= most).map(|(_, most, of)| (most, of))
    }

    /// In the child: the client, when the parent has let go of it.
    fn take_over(&mut self, gone: OwnedFd, here: OwnedFd) -> Connection {
        drop(here);
        let _ = nix::unistd::read(&gone, &mut [0]);
        self.left.pop().unwrap_or_else(|| sys::process::exit(1))
    }

    /// Whether there were children that have ended.
    fn reap(&mut self) -> bool {
        let mut any = false;
        while let Ok(ended) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            if ended == WaitStatus::StillAlive {
                break;
            }
            self.served.retain(|(child, _)| Some(*child) != ended.pid());
            any = true;
        }
        any
    }
}

/// Who counts for an id: all that are lent are one, which no id is (-1).
fn user(uid: u32) -> u32 {
    if conversation::is_lent(uid).unwrap_or(true) { u32::MAX } else { uid }
}

/// Says no to a client that may read nothing: the kernel keeps the answer, or it is lost.
fn refuse(client: &Connection, failure: Failure) {
    let _ = FromInit::Failed(failure).encode().map(|bytes| client.offer(&bytes));
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Authorise, verb, object)
}
