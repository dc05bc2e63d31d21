//! What can be seen of a program before it is launched: whether it is packaged so that no zone can confine it, and
//! whether it will ask for a window that nobody can open.
//!
//! The PC's /usr is the zone's, so the file found here is the one that the zone would execute. Nothing is executed.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::policy::Plan;
use crate::wire::{Code, Failure, Stage};

/// How much of a program's file is looked at: wrappers of package systems are short scripts.
const HEAD: u64 = 4096;

/// Kinds of package that bring a sandbox and a runtime of their own: where their files lie, and what their wrappers say.
const PACKAGES: [(&str, &[&str], &[&str]); 2] = [
    ("snap", &["/snap/", "/var/lib/snapd/"], &["/snap/bin/", "exec snap ", "/usr/bin/snap"]),
    ("flatpak", &["/var/lib/flatpak/"], &["flatpak run "]),
];

/// Refuses what could not run in the zone as it should, before a zone is made for it.
///
/// # Errors
/// [`Code::Packaged`] for a snap, flatpak or AppImage, which would start outside or not at all; [`Code::NoDisplay`] for
/// a program that opens windows where `display` is false.
pub fn judge(argv: &[OsString], plan: &Plan, display: bool) -> Result<(), Failure> {
    let Some(typed) = argv.first() else { return Ok(()) };
    let shown = typed.to_string_lossy();
    if let Some(kind) = find(typed, plan).and_then(|path| package_of(&path)) {
        return Err(Failure::new(Stage::Resolve, Code::Packaged, &[&shown, kind]));
    }
    if !display && plan.opens_window(argv) {
        return Err(Failure::new(Stage::Attach, Code::NoDisplay, &[&shown, &plan.profile]));
    }
    Ok(())
}

/// The file that the zone would execute. A program of another place is not in the zone; that is said there.
fn find(typed: &OsString, plan: &Plan) -> Option<PathBuf> {
    if typed.as_bytes().contains(&b'/') {
        return Some(PathBuf::from(typed));
    }
    plan.candidates(typed).into_iter().find(|path| path.is_file())
}

fn package_of(path: &Path) -> Option<&'static str> {
    let real = path.canonicalize().ok()?;
    let mut head = Vec::with_capacity(HEAD as usize);
    File::open(&real).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    // an ELF file with these bytes in its padding (the AppImage specification, type 1 and 2)
    if matches!(head.get(8..11), Some([b'A', b'I', 1 | 2])) {
        return Some("AppImage");
    }
    let script = if head.starts_with(b"#!") { String::from_utf8_lossy(&head) } else { "".into() };
    PACKAGES.iter().find_map(|(kind, places, words)| {
        let lies = places.iter().any(|place| real.starts_with(place)) || real.file_name().is_some_and(|n| n == *kind);
        (lies || words.iter().any(|word| script.contains(word))).then_some(*kind)
    })
}

#[cfg(test)]
mod tests {
    use super::package_of;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn packages_are_known_by_their_wrappers() {
        let folder = std::env::temp_dir().join(format!("sep-run-packages-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = |name: &str, content: &[u8]| {
            let path = folder.join(name);
            fs::write(&path, content).unwrap();
            path
        };
        // the shape of the transitional package of Ubuntu
        let firefox = file(
            "firefox",
            b"#!/bin/sh\nif ! [ -x /snap/bin/firefox ]; then exit 1; fi\nexec /snap/bin/firefox \"$@\"\n",
        );
        let flatpak =
            file("org.gnome.Evince", b"#!/bin/sh\nexec /usr/bin/flatpak run --branch=stable org.gnome.Evince \"$@\"\n");
        let image = file("tool.AppImage", b"\x7fELF\x02\x01\x01\x00AI\x02\x00\x00");
        let snap = file("snap", b"\x7fELF");
        symlink(&snap, folder.join("chromium")).unwrap();
        let plain = file("plain", b"#!/bin/sh\nexec /usr/lib/firefox-esr/firefox-esr \"$@\"\n");
        assert_eq!(package_of(&firefox), Some("snap"));
        assert_eq!(package_of(&folder.join("chromium")), Some("snap"));
        assert_eq!(package_of(&flatpak), Some("flatpak"));
        assert_eq!(package_of(&image), Some("AppImage"));
        assert_eq!(package_of(&plain), None, "the control");
        fs::remove_dir_all(&folder).unwrap();
    }
}
