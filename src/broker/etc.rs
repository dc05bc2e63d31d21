//! The zone's own /etc: a small folder prepared once, then mounted read-only at each launch.
//!
//! It holds copies of what programs need of the PC's (fonts, certificates, alternatives, locale), and files of its
//! own in place of those that would tell about the PC or its people. It is made anew when one of them has changed.

use std::ffi::{CStr, CString};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use nix::sys::stat::lstat;
use nix::unistd::geteuid;

use crate::policy::Plan;
use crate::policy::plan::{Addressing, Card, Macvlan};
use crate::wire::{Failure, Stage};

/// The zone's resolver, answered by the relay (docs/architecture.md, "Names").
const RESOLVER: &str = "192.0.2.1";

/// The zone's message bus: everybody in the zone may talk, nobody is started (no service folders).
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>systemd:</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
"#;

/// Its program takes no settings that belong to others than root or the user. What a link into /usr leads to belongs to
/// nobody in a zone, so there the file is copied.
const OWNED: &str = "/etc/ssh";

/// Depth to which folders are copied: a loop of links can not go deeper.
const MAX_DEPTH: u32 = 8;

/// Makes `etc/` in the zone's folder what the plan and the PC say, if it is not that already.
pub fn prepare(plan: &Plan, machine_id: &str) -> Result<(), Failure> {
    let (etc, stamp) = (plan.store.data.join("etc"), plan.store.data.join("etc.stamp"));
    let own = own_files(plan, machine_id);
    let head = head(plan, &own);
    if fs::read(&stamp).is_ok_and(|found| is_current(&found, &head)) && etc.is_dir() {
        return Ok(());
    }
    let fresh = plan.store.data.join("etc.new");
    remove(&fresh).and_then(|()| remove_file(&stamp)).map_err(say("replace", &fresh))?;
    // before the copy, so that what changes meanwhile is seen at the next launch
    let records = describe(plan, head);
    fill(&fresh, plan, &own).map_err(say("prepare", &fresh))?;
    remove(&etc).and_then(|()| fs::rename(&fresh, &etc)).map_err(say("replace", &etc))?;
    fs::write(&stamp, records).map_err(say("write", &stamp))
}

/// What the folder depends on beside the PC's entries: this program, the plan's list, the zone's own files.
fn head(plan: &Plan, own: &[(&'static str, String)]) -> Vec<u8> {
    let own: Vec<String> = own.iter().map(|(name, content)| format!("{name}={content}")).collect();
    format!("{}\n{}\n{}\0", env!("CARGO_PKG_VERSION"), plan.files.etc.join("\n"), own.concat()).into_bytes()
}

/// Whether every entry that was noted is still as it was. A new one changes its folder, which is noted too, so nothing
/// is listed here: this runs at each launch.
fn is_current(stamp: &[u8], head: &[u8]) -> bool {
    let Some(mut records) = stamp.strip_prefix(head).and_then(|rest| rest.strip_suffix(END)) else { return false };
    while let Some((noted, rest)) = records.split_at_checked(STATE) {
        let Ok(path) = CStr::from_bytes_until_nul(rest) else { return false };
        if state(path) != noted {
            return false;
        }
        records = rest.get(path.count_bytes() + 1..).unwrap_or_default();
    }
    records.is_empty()
}

/// Stands after the last record: a stamp that was cut short is none.
const END: &[u8] = b".";

/// Bytes of an entry's state in the stamp.
const STATE: usize = 24;

/// Size and time of an entry of the PC's; zeros where it is not there. The time is that of its last change of any kind:
/// another mode gives a file or takes it away, and nobody can set it back.
fn state(path: &CStr) -> [u8; STATE] {
    let found = lstat(path).map_or([0; 3], |found| [found.st_size, found.st_ctime, found.st_ctime_nsec]);
    let mut state = [0; STATE];
    state.iter_mut().zip(found.into_iter().flat_map(i64::to_ne_bytes)).for_each(|(to, from)| *to = from);
    state
}

/// The stamp: the head, then the state and the path of each entry of the plan's list and below.
fn describe(plan: &Plan, head: Vec<u8>) -> Vec<u8> {
    let mut stamp = head;
    for name in &plan.files.etc {
        note(&mut stamp, &Path::new("/etc").join(name), MAX_DEPTH);
    }
    stamp.extend(END);
    stamp
}

/// Notes a file, or a folder and what is below it: a policy that is edited in its place changes no folder. A link below
/// a folder can only be replaced, which changes the folder's time, so the hundreds of them are not looked at.
fn note(stamp: &mut Vec<u8>, path: &Path, depth: u32) {
    // a path that has a zero byte in it can not be there
    let Ok(path_c) = CString::new(path.as_os_str().as_bytes()) else { return };
    stamp.extend(state(&path_c));
    stamp.extend(path_c.as_bytes_with_nul());
    if depth == 0 || path.is_symlink() {
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| !kind.is_symlink()) {
            note(stamp, &entry.path(), depth - 1);
        }
    }
}

fn fill(to: &Path, plan: &Plan, own: &[(&'static str, String)]) -> io::Result<()> {
    fs::create_dir(to)?;
    for name in &plan.files.etc {
        let target = to.join(name);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        copy(&Path::new("/etc").join(name), &target, MAX_DEPTH)?;
    }
    for (name, content) in own {
        // a link that was copied from the PC must not be written through
        remove_file(&to.join(name))?;
        fs::write(to.join(name), content)?;
    }
    symlink("/proc/self/mounts", to.join("mtab"))
}

/// Copies a file, link or folder. What is not there or not readable by the user is left out, as the zone's programs
/// could not read it either.
fn copy(from: &Path, to: &Path, depth: u32) -> io::Result<()> {
    let found = match fs::symlink_metadata(from) {
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => return Ok(()),
        other => other?,
    };
    let target = (found.is_symlink() && from.starts_with(OWNED)).then(|| fs::metadata(from).ok()).flatten();
    let found = target.filter(fs::Metadata::is_file).unwrap_or(found);
    if is_hidden(&found) {
        Ok(())
    } else if found.is_symlink() {
        symlink(fs::read_link(from)?, to)
    } else if found.is_dir() {
        copy_folder(from, to, depth)
    } else if found.is_file() {
        copy_file(from, to)
    } else {
        Ok(())
    }
}

/// Root can read what users can not, and reads for them.
fn is_hidden(found: &fs::Metadata) -> bool {
    let needed = if found.is_dir() { 0o005 } else { 0o004 };
    geteuid().is_root() && !found.is_symlink() && found.mode() & needed != needed
}

fn copy_folder(from: &Path, to: &Path, depth: u32) -> io::Result<()> {
    let entries = match fs::read_dir(from) {
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied => return Ok(()),
        other => other?,
    };
    fs::create_dir_all(to)?;
    if depth == 0 {
        return Ok(());
    }
    for entry in entries {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()), depth - 1)?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    match fs::read(from) {
        Ok(content) => fs::write(to, content),
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied => Ok(()),
        Err(cause) => Err(cause),
    }
}

/// Files in place of the PC's own.
fn own_files(plan: &Plan, machine_id: &str) -> Vec<(&'static str, String)> {
    let person = &plan.person;
    let (name, uid, gid, home, host) = (&person.name, person.uid, person.gid, person.home.display(), &person.hostname);
    let resolver = match &plan.card {
        Card::None => String::new(),
        Card::Relay(_) => format!("nameserver {RESOLVER}\noptions edns0\n"),
        Card::Macvlan(Macvlan { addressing: Addressing::Fixed(place), .. }) => place.resolver_file(),
        // the agent writes it, when somebody has told it
        Card::Macvlan(_) => String::new(),
    };
    vec![
        (
            "passwd",
            format!("{name}:x:{uid}:{gid}::{home}:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"),
        ),
        ("group", format!("{name}:x:{gid}:\nnogroup:x:65534:\n")),
        ("hostname", format!("{host}\n")),
        ("hosts", format!("127.0.0.1 localhost {host}\n::1 localhost ip6-localhost ip6-loopback\n")),
        (
            "nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n".to_owned(),
        ),
        ("resolv.conf", resolver),
        ("machine-id", machine_id.to_owned()),
        ("sep-run-bus.conf", BUS.to_owned()),
        ("shells", "/bin/sh\n/bin/bash\n".to_owned()),
    ]
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn say<E: Into<io::Error>>(verb: &'static str, path: &Path) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Resolve, verb, path.display())
}
