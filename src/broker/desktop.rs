//! Windows: the proxy that shows a zone's windows on its user's compositor.
//!
//! The proxy is a program of its own (`sep-desktop`), started beside the zone and ending with it. It gets the listener
//! of the zone's display and a descriptor that tells when the zone's init has ended, nothing else.
//!
//! In managed mode it is the user's process as well, since the compositor is the user's, but none that another process of the user
//! can trace, whose memory and descriptors it would have then: its file is root's and nobody else may read it, which is how the
//! kernel knows from its first instruction on (execve(2), ptrace(2), "dumpable"). Root looks at no path that the user names: the
//! proxy does, when it is the user's.

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::execve;

use super::{identity, zones};
use crate::policy::Plan;
use crate::policy::plan::{Ids, Mode};
use crate::sys;
use crate::wire::{Code, Connection, Failure, FromInit, Stage, ToInit};

/// Where the descriptors stand for the proxy.
const LISTENER: i32 = 3;
const ZONE: i32 = 4;
const TURN: i32 = 5;

/// Whether a process keeps its memory to itself that has changed its ids.
const SUID_DUMPABLE: &str = "/proc/sys/fs/suid_dumpable";
const NOBODY: &str = "0";
const ROOT_ALONE: &str = "2";

/// The most bytes of the name of a compositor's socket.
const LONGEST_NAME: usize = 64;

/// Where the compositor of a user listens by the name of its socket; `None` for what is no plain name.
pub fn compositor(user: u32, name: &str) -> Option<PathBuf> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name = (1..=LONGEST_NAME).contains(&name.len()) && !name.starts_with('.') && name.chars().all(plain);
    is_name.then(|| Path::new("/run/user").join(user.to_string()).join(name))
}

/// Shows the zone's windows on the compositor, if that is not done yet. `zone` is a fresh connection to its init.
///
/// # Errors
/// What the zone answers; a proxy that can not be started.
pub fn attach(zone: Connection, plan: &Plan, compositor: &Path) -> Result<(), Failure> {
    let (ended, _) = zone.peer().map_err(say("watch", "the zone's init"))?;
    zone.tell(Stage::Ask, &ToInit::Display, &[])?;
    match zone.reply(Stage::Attach)? {
        Some((FromInit::Running, _)) => Ok(()),
        Some((FromInit::Failed(failure), _)) => Err(failure),
        Some((FromInit::Display, fds)) => match <[OwnedFd; 1]>::try_from(fds) {
            Ok([listener]) => {
                // the zone's programs can take its socket away again and again: there is one proxy all the same
                let folder = zones::folder(plan)?;
                folder.end_display()?;
                let turn = folder.display()?;
                start(&Given { listener, ended, turn, folder }, plan, compositor)
            }
            Err(_) => Err(Failure::new(Stage::Attach, Code::Protocol, &["init"])),
        },
        Some(_) => Err(Failure::new(Stage::Attach, Code::Protocol, &["init"])),
        None => Err(Failure::new(Stage::Ask, Code::ZoneEnded, &[""])),
    }
}

/// What the proxy is started with.
struct Given {
    listener: OwnedFd,
    ended: OwnedFd,
    /// Locked as long as the proxy lives.
    turn: File,
    folder: zones::Folder,
}

fn start(given: &Given, plan: &Plan, compositor: &Path) -> Result<(), Failure> {
    let program = proxy(plan)?;
    match sys::process::split().map_err(say("start", "sep-desktop"))? {
        Some(_) => Ok(()),
        None => {
            let _ = become_proxy(&program, given, plan, compositor);
            sys::process::exit(127)
        }
    }
}

/// The proxy's program lies beside this one.
fn proxy(plan: &Plan) -> Result<PathBuf, Failure> {
    let program = sys::process::beside("sep-desktop").map_err(say("find", "sep-desktop"))?;
    let found = std::fs::metadata(&program).map_err(say("find", "sep-desktop"))?;
    let wrong = if found.uid() != 0 { "owner" } else { "mode" };
    let is_roots = found.uid() == 0 && found.mode() & 0o066 == 0;
    if plan.mode == Mode::Personal {
        return Ok(program);
    }
    if is_roots {
        return is_untraceable().map(|()| program);
    }
    Err(Failure::new(Stage::Attach, Code::Foreign, &[&program.display().to_string(), wrong]))
}

/// Refuses where the PC lets everybody trace whatever has changed its ids or can not be read (proc_sys_fs(5)).
fn is_untraceable() -> Result<(), Failure> {
    let found = std::fs::read_to_string(SUID_DUMPABLE).map_err(say("read", SUID_DUMPABLE))?;
    match found.trim() {
        NOBODY | ROOT_ALONE => Ok(()),
        other => Err(Failure::new(Stage::Attach, Code::Differs, &[SUID_DUMPABLE, NOBODY, other])),
    }
}

fn become_proxy(
    program: &Path,
    given: &Given,
    plan: &Plan,
    compositor: &Path,
) -> std::io::Result<std::convert::Infallible> {
    let places = [(given.listener.as_fd(), LISTENER), (given.ended.as_fd(), ZONE), (given.turn.as_fd(), TURN)];
    sys::process::detach(&places.map(|(fd, _)| fd.as_raw_fd()))?;
    given.folder.shown_by_this().map_err(|failure| std::io::Error::from_raw_os_error(failure.errno))?;
    // first above all numbers, so that none is closed by another's move
    for (fd, number) in places.map(|(fd, number)| (sys::fd::above(fd, TURN), number)) {
        sys::fd::place_for_exec(fd?.as_fd(), number)?;
    }
    sys::process::default_signals()?;
    if plan.mode != Mode::Personal {
        let user = Ids { uid: plan.person.uid, gid: plan.person.gid };
        identity::take(user).map_err(|failure| std::io::Error::from_raw_os_error(failure.errno))?;
    }
    let own = |text: &OsStr| CString::new(text.as_bytes()).unwrap_or_default();
    let number = |fd: i32| OsString::from(fd.to_string());
    let words = [
        program.into(),
        "--zone".into(),
        OsString::from(&plan.zone),
        "--listener".into(),
        number(LISTENER),
        "--upstream".into(),
        compositor.into(),
        "--control".into(),
        number(ZONE),
        "--turn".into(),
        number(TURN),
    ];
    let words: Vec<CString> = words.iter().map(|word| own(word)).collect();
    Ok(execve(&own(program.as_os_str()), &words, &[] as &[CString])?)
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Attach, verb, object)
}
