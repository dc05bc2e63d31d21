//! The zone's own message bus: programs of the zone find each other, and nobody of the PC.
//!
//! init holds the bus's socket and starts `dbus-daemon` when somebody first connects, so that a zone whose programs
//! need no bus pays nothing. The daemon gets no service folders: it starts no program of the PC's. It is a program of
//! the zone like any other, under every seal.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
use nix::unistd::{Pid, execve, getpid, setsid};

use crate::policy::Plan;
use crate::sys;
use crate::wire::{Failure, Stage};

const DAEMON: &str = "/usr/bin/dbus-daemon";

/// The bus of a running zone.
#[derive(Debug)]
pub struct Bus {
    listener: OwnedFd,
    daemon: Option<Pid>,
}

impl Bus {
    /// Makes the socket where the plan wants a bus and the PC has a daemon for it.
    pub fn prepare(plan: &Plan) -> Result<Option<Self>, Failure> {
        if !plan.bus || !std::path::Path::new(DAEMON).exists() {
            return Ok(None);
        }
        let path = format!("/run/user/{}/bus", plan.person.uid);
        let make = || -> nix::Result<OwnedFd> {
            let listener = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
            bind(listener.as_raw_fd(), &UnixAddr::new(path.as_str())?)?;
            listen(&listener, Backlog::new(16)?)?;
            Ok(listener)
        };
        let listener = make().map_err(Failure::because(Stage::Run, "make", &path))?;
        Ok(Some(Self { listener, daemon: None }))
    }

    /// What to watch for a first client; nothing while the daemon watches itself.
    pub fn waiting(&self) -> Option<BorrowedFd<'_>> {
        self.daemon.is_none().then(|| self.listener.as_fd())
    }

    /// The daemon's process, while it runs.
    pub fn daemon(&self) -> Option<Pid> {
        self.daemon
    }

    /// Starts the daemon for the client that waits. Where that fails the client waits for the next try.
    pub fn start(&mut self) {
        match sys::process::split() {
            Ok(None) => self.become_daemon(),
            Ok(Some(pid)) => self.daemon = Some(pid),
            Err(_) => {}
        }
    }

    /// A daemon that ended is started again by its next client.
    pub fn ended(&mut self, process: Option<Pid>) {
        if process.is_some() && process == self.daemon {
            self.daemon = None;
        }
    }

    /// The socket is handed over as descriptor 3, as service managers do (sd_listen_fds(3)).
    fn become_daemon(&self) -> ! {
        let attempt = || -> nix::Result<std::convert::Infallible> {
            setsid()?;
            sys::fd::place_for_exec(self.listener.as_fd(), 3)?;
            sys::process::default_signals()?;
            let words =
                [DAEMON, "--config-file=/etc/sep-run-bus.conf", "--address=systemd:", "--nofork", "--nopidfile"];
            let env = ["LISTEN_FDS=1".to_owned(), format!("LISTEN_PID={}", getpid())];
            let own = |text: &str| CString::new(text).unwrap_or_default();
            execve(&own(DAEMON), &words.map(own), &env.map(|text| own(&text)))
        };
        let _ = attempt();
        sys::process::exit(127)
    }
}
