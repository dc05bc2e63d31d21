//! The hidden desktop entries of a program whose windows the user's desktop shows.
//!
//! A desktop takes a window's icon and name from the file named as its app_id, which the proxy changes
//! (`desktop::entry`). They are written once, at the first launch that may open a window, by a child that nobody waits
//! for; a later launch finds the file and looks no further. Nothing here is an error: without the file a window has a
//! plain icon. Nothing that is there is ever replaced.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::desktop::entry::{hidden_entry, hidden_entry_name, value_of};
use crate::policy::Plan;
use crate::sys;

/// Where programs of the PC have their entries.
const ENTRIES: [&str; 2] = ["/usr/local/share/applications", "/usr/share/applications"];

/// The most that is read of an entry, in bytes; one with forty languages has 20,000.
const MAX_ENTRY: u64 = 256 * 1024;

/// Sees to the entries of the program in `argv`, in the user's own folder `applications`. Does not wait.
pub fn install(plan: &Plan, argv: &[OsString], applications: &Path) {
    let Some(name) = argv.first().and_then(|word| Path::new(word).file_name()?.to_str()) else { return };
    let own = applications.join(hidden_entry_name(&plan.zone, name));
    let has_entry = || ENTRIES.iter().any(|folder| Path::new(folder).join(format!("{name}.desktop")).exists());
    if own.symlink_metadata().is_ok() || !(plan.opens_window(argv) || has_entry()) {
        return;
    }
    if let Ok(None) = sys::process::split() {
        let _ = sys::process::detach(&[]).and_then(|()| write_all(plan, name, applications));
        sys::process::exit(0)
    }
}

/// The entry of the typed name last: it is the one that later launches look for.
fn write_all(plan: &Plan, name: &str, applications: &Path) -> io::Result<()> {
    fs::create_dir_all(applications)?;
    let names: Vec<String> =
        plan.names_of(name.as_ref()).iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let found = originals(&names);
    for (stem, text) in &found {
        for app_id in [Some(stem.as_str()), value_of(text, "StartupWMClass")].into_iter().flatten() {
            write(&plan.zone, app_id, Some(text), applications)?;
        }
    }
    write(&plan.zone, name, found.first().map(|(_, text)| text.as_str()), applications)
}

/// Name without ending, and text, of every entry that starts one of these programs.
fn originals(names: &[String]) -> Vec<(String, String)> {
    let files = ENTRIES.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let entries = files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|e| e == "desktop"));
    entries.filter_map(|path| original(&path, names)).collect()
}

fn original(path: &Path, names: &[String]) -> Option<(String, String)> {
    let stem = path.file_stem()?.to_str()?.to_owned();
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_ENTRY).read_to_string(&mut text).ok()?;
    let command = value_of(&text, "Exec")?.split_whitespace().next()?.trim_matches('"');
    let program = Path::new(command).file_name()?.to_str()?;
    names.iter().any(|name| *name == stem || name == program).then_some((stem, text))
}

/// The file appears whole or not at all, and never in place of another.
fn write(zone: &str, app_id: &str, original: Option<&str>, applications: &Path) -> io::Result<()> {
    let path = applications.join(hidden_entry_name(zone, app_id));
    let fresh: PathBuf = applications.join(format!(".sep-run-{}", std::process::id()));
    let mut file = File::options().write(true).create_new(true).mode(0o644).open(&fresh)?;
    let written = file.write_all(hidden_entry(zone, app_id, original).as_bytes());
    let linked = written.and_then(|()| fs::hard_link(&fresh, &path));
    fs::remove_file(&fresh)?;
    match linked {
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}
