//! `sepctl edit`: the user's own file of a profile in the user's editor, put in place only when it is right.
//!
//! The editor has a copy. What is in force is replaced by one rename, so a launch finds the old file or the new one.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::SignalFd;
use serde_json::json;

use super::words::{Locale, Words, say_as};
use super::{Shown, ask, json};
use crate::policy::{Host, Name, Places, check_file, load};
use crate::sys::process::watch_signals;
use crate::sys::random;
use crate::wire::{Code, Failure, Stage};

/// The editor of whoever has named none.
const USUAL: &str = "vi";

/// What was typed behind `sepctl edit`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Name of the profile
    profile: String,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// A folder of its own with the copy, gone with the value.
struct Copy(PathBuf);

/// Signals of the keyboard, held back from this process and not from what it starts; those that came are forgotten.
struct Held(SignalFd);

impl Held {
    fn hold() -> nix::Result<Self> {
        watch_signals(&SigSet::from_iter([Signal::SIGINT, Signal::SIGQUIT])).map(Self)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        while let Ok(Some(_)) = self.0.read_signal() {}
        // a mask that can not be taken off ends with the process, which has nothing else to do
        let _ = SigSet::from_iter([Signal::SIGINT, Signal::SIGQUIT]).thread_unblock();
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // what an editor left beside it goes as well
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Edits the user's file of a profile that there is.
///
/// # Errors
/// [`Code::NoProfile`]; [`Code::BadProfile`] where it is wrong and nobody can or wants to mend it; [`Code::EditorFailed`].
pub fn run(options: &Options, host: &Host) -> Result<Shown, Failure> {
    if Name::new(&options.profile).is_err() {
        // no name of a file: it says which names there are
        load(&options.profile, &Places::personal(&host.xdg.config))?;
    }
    let own = host.xdg.config.join("sep-run/profiles");
    let path = own.join(format!("{}.json", options.profile));
    let words = Words::new(Locale::from_env());
    let before = match fs::read(&path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => begin(&options.profile)?,
        other => other.map_err(say("read", &path))?,
    };
    let number = random::number().map_err(say("edit", &path))?;
    let folder = own.join(format!(".edit-{number:016x}"));
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.map_err(say("create", &folder))?;
    let copy = Copy(folder);
    let file = copy.0.join(format!("{}.json", options.profile));
    fs::write(&file, &before).map_err(say("write", &file))?;
    mended(&file, &words)?;
    let after = fs::read(&file).map_err(say("read", &file))?;
    let changed = after != before;
    if changed {
        replace(&path, &after).map_err(say("write", &path))?;
    }
    Ok(answer(options, &path, changed, &words))
}

/// The shipped profile as one file.
///
/// # Errors
/// [`Code::NoProfile`] where nothing of that name is there.
fn begin(profile: &str) -> Result<Vec<u8>, Failure> {
    Ok(format!("{:#}\n", load(profile, &Places::system())?.to_json()).into_bytes())
}

/// Lets the user edit until the file is right. Where it is wrong and nobody says to go on, what is wrong is the error.
fn mended(file: &Path, words: &Words) -> Result<(), Failure> {
    loop {
        edit(file)?;
        let Err(failure) = check_file(file) else { return Ok(()) };
        if !ask::can() {
            return Err(failure);
        }
        eprint!("{}", say_as("sepctl", &failure, words.locale()));
        if !ask::ask(&words.text("edit-again", &[]), words) {
            return Err(failure);
        }
    }
}

/// Runs the editor as the user's shell would: its variable may hold words.
fn edit(file: &Path) -> Result<(), Failure> {
    let editor = editor();
    let failed = |how: &str| Failure::new(Stage::Run, Code::EditorFailed, &[&editor.to_string_lossy(), how]);
    let line = ["trap : INT QUIT; ".into(), editor.clone(), " \"$1\"".into()].into_iter().collect::<OsString>();
    // Ctrl-C is the editor's, neither this process's nor the shell's
    let held = Held::hold().map_err(|cause| Failure::system(Stage::Run, "block", "SIGINT", cause))?;
    let ended = Command::new("/bin/sh").arg("-c").arg(line).arg("sh").arg(file).status();
    drop(held);
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(match (status.code(), status.signal()) {
            (None, Some(signal)) => failed(&format!("signal {signal}")),
            (status, _) => failed(&format!("status {}", status.unwrap_or(-1))),
        }),
        Err(cause) => Err(Failure::system(Stage::Run, "start", "/bin/sh", cause)),
    }
}

fn editor() -> OsString {
    let named = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| USUAL.into())
}

/// One rename, after the bytes are on the disk. A link in its place is replaced, not followed.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let next = path.with_added_extension(format!("{:016x}", random::number()?));
    let written = File::options().write(true).create_new(true).mode(0o600).open(&next).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&next, path)).inspect_err(|_| {
        let _ = fs::remove_file(&next);
    })
}

fn answer(options: &Options, path: &Path, changed: bool, words: &Words) -> Shown {
    let shown = path.to_string_lossy();
    if options.json {
        return json::answer(&json!({ "profile": options.profile, "file": shown, "changed": changed }));
    }
    let key = if changed { "edit-done" } else { "edit-nothing" };
    Shown::answer(words.text(key, &[("file", &shown)]) + "\n")
}

fn say<E: Into<io::Error>>(verb: &'static str, path: &Path) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Run, verb, path.display())
}
