//! An error on the desktop, for who started a program from a menu and has no terminal to read it on.
//!
//! `sep-desktop --notify` shows it, in a process of its own that nobody waits for: a bus that does not answer must not
//! hold whoever started us. It gets the session bus's address and nothing else of the environment.

use std::ffi::{CString, OsStr};
use std::io::IsTerminal;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::unistd::execve;

use crate::sys;

/// How the session bus is found (dbus-launch(1)).
const BUS: [&str; 2] = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];

/// Shows what was said on standard error, where there is a desktop and no terminal. Best effort: the words are on
/// standard error already.
pub fn show(said: &str) {
    let has_desktop = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
    if said.is_empty() || !has_desktop || has_terminal() {
        return;
    }
    let Ok(program) = sys::process::beside("sep-desktop") else { return };
    if let Ok(None) = sys::process::split() {
        let _ = become_notifier(&program, said);
        sys::process::exit(127)
    }
}

/// With any of the three on a terminal somebody sits there; an error sent to a file is then their own choice.
fn has_terminal() -> bool {
    std::io::stdin().is_terminal() || std::io::stdout().is_terminal() || std::io::stderr().is_terminal()
}

fn become_notifier(program: &Path, said: &str) -> std::io::Result<std::convert::Infallible> {
    sys::process::detach(&[])?;
    sys::process::default_signals()?;
    let own = |text: &OsStr| CString::new(text.as_bytes()).unwrap_or_default();
    let (heading, body) = parts(said);
    let words = [program.as_os_str(), "--notify".as_ref(), heading.as_ref(), body.as_ref()].map(own);
    let found = BUS.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
    let env: Vec<CString> = found
        .map(|(name, value)| [name.as_bytes(), b"=", value.as_bytes()].concat())
        .map(|pair| CString::new(pair).unwrap_or_default())
        .collect();
    Ok(execve(&own(program.as_os_str()), &words, &env)?)
}

/// `sep-run: STAGE: SENTENCE` and what follows, as heading and text.
fn parts(said: &str) -> (&str, &str) {
    let second = said.match_indices(": ").nth(1).filter(|(at, _)| !said[..*at].contains('\n'));
    let (heading, body) = match second {
        Some((at, colon)) => (&said[..at], &said[at + colon.len()..]),
        None => ("sep-run", said),
    };
    (heading, body.trim_end())
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn the_stage_is_the_heading() {
        let said = "sep-run: attach: cannot open a window for 'firefox': no display\nhint: without a window: x\n";
        let body = "cannot open a window for 'firefox': no display\nhint: without a window: x";
        assert_eq!(parts(said), ("sep-run: attach", body));
        assert_eq!(parts("sep-run: odd\nhint: a: b\n"), ("sep-run", "sep-run: odd\nhint: a: b"));
        assert_eq!(parts(""), ("sep-run", ""));
    }
}
