//! Windows: which compositor the user has, and the proxy that shows a zone's windows on it.
//!
//! The proxy is a program of its own (`sep-desktop`), started beside the zone and ending with it. It gets the listener
//! of the zone's display and a descriptor that tells when the zone's init has ended, nothing else.

use std::ffi::{CString, OsStr, OsString};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use nix::unistd::execve;

use super::end;
use crate::policy::Plan;
use crate::sys;
use crate::wire::{Code, Connection, Failure, FromInit, Stage, ToInit};

/// Where the two descriptors stand for the proxy.
const LISTENER: i32 = 3;
const ZONE: i32 = 4;

/// The compositor's socket, by the rules of Wayland clients (wl_display_connect(3)): `None` where there is none.
pub fn compositor(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let name = PathBuf::from(env("WAYLAND_DISPLAY").filter(|name| !name.is_empty())?);
    let path = if name.is_absolute() { name } else { Path::new(&env("XDG_RUNTIME_DIR")?).join(name) };
    path.metadata().is_ok_and(|found| found.file_type().is_socket()).then_some(path)
}

/// Shows the zone's windows on the compositor, if that is not done yet. `zone` is a fresh connection to its init.
///
/// # Errors
/// What the zone answers; a proxy that can not be started.
pub fn attach(zone: Connection, plan: &Plan, compositor: &Path) -> Result<(), Failure> {
    let (ended, _) = end::init_of(&zone, Stage::Attach)?;
    zone.tell(Stage::Ask, &ToInit::Display, &[])?;
    match zone.reply(Stage::Attach)? {
        Some((FromInit::Running, _)) => Ok(()),
        Some((FromInit::Failed(failure), _)) => Err(failure),
        Some((FromInit::Display, fds)) => match <[OwnedFd; 1]>::try_from(fds) {
            Ok([listener]) => start(&listener, &ended, plan, compositor),
            Err(_) => Err(Failure::new(Stage::Attach, Code::Protocol, &["init"])),
        },
        Some(_) => Err(Failure::new(Stage::Attach, Code::Protocol, &["init"])),
        None => Err(Failure::new(Stage::Ask, Code::ZoneEnded, &[""])),
    }
}

fn start(listener: &OwnedFd, ended: &OwnedFd, plan: &Plan, compositor: &Path) -> Result<(), Failure> {
    let program = proxy()?;
    match sys::process::split().map_err(say("start", "sep-desktop"))? {
        Some(_) => Ok(()),
        None => {
            let _ = become_proxy(&program, listener, ended, plan, compositor);
            sys::process::exit(127)
        }
    }
}

/// The proxy's program lies beside this one.
pub(super) fn proxy() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(Failure::because(Stage::Attach, "find", "sep-desktop"))?;
    let program = own.with_file_name("sep-desktop");
    std::fs::metadata(&program).map_err(Failure::because(Stage::Attach, "find", program.display()))?;
    Ok(program)
}

fn become_proxy(
    program: &Path,
    listener: &OwnedFd,
    ended: &OwnedFd,
    plan: &Plan,
    compositor: &Path,
) -> std::io::Result<std::convert::Infallible> {
    sys::process::detach(&[listener.as_raw_fd(), ended.as_raw_fd()])?;
    // first above both numbers, so that neither is closed by the other's move
    let (listener, ended) = (sys::fd::above(listener.as_fd(), ZONE)?, sys::fd::above(ended.as_fd(), ZONE)?);
    sys::fd::place_for_exec(listener.as_fd(), LISTENER)?;
    sys::fd::place_for_exec(ended.as_fd(), ZONE)?;
    sys::process::default_signals()?;
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
    ];
    let words: Vec<CString> = words.iter().map(|word| own(word)).collect();
    Ok(execve(&own(program.as_os_str()), &words, &[] as &[CString])?)
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: &'static str) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Attach, verb, object)
}
