//! `sepctl reset` and `sepctl snapshot`: what a zone left behind is hostile, and a home is whole or not there.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::{answered, ready, sepctl};
use crate::hint::hint;
use crate::pc::{as_root, on_own_pc};
use crate::support::person::{Ended, Person};

/// Everything that makes a home hard to walk through, made by a program of the zone.
const HOSTILE: &str = r#"
import os, socket
home = os.path.expanduser('~'); os.chdir(home)
os.mkdir('closed'); open('closed/secret', 'w').write('s'); os.setxattr('closed/secret', 'user.a', b'1'); os.chmod('closed/secret', 0); os.chmod('closed', 0)
os.mkdir('half'); open('half/x', 'w').write('x'); os.chmod('half', 0o400)
for n in ('a\x1b[2J', 'b\nc', '-rf', ' ', '\udcff\udcfe', '한글'): open(n, 'w').write(n.encode('utf-8', 'surrogateescape').hex())
os.mkfifo('fifo'); s = socket.socket(socket.AF_UNIX); s.bind('socket')
os.symlink(OUTSIDE, 'link'); os.symlink('/', 'root'); os.symlink('loop', 'loop'); os.symlink(OUTSIDE + '/kept', 'dangling')
os.link('한글', 'second name')
os.mkdir('many')
for n in range(3000): open('many/%d' % n, 'w').close()
open('many/large', 'w').write('m' * 100000)
for n in range(50): os.makedirs('wide/%d/%d' % (n, n))
fd = os.open('sparse', os.O_WRONLY | os.O_CREAT); os.pwrite(fd, b'end', 1 << 30); os.close(fd)
os.setxattr('한글', 'user.origin', b'https://example.org')
os.utime('한글', ns=(1000000000123456789, 1100000000987654321)); os.chmod('한글', 0o640)
os.mkdir('Downloads'); open('Downloads/report', 'w').write('kept')
os.mkdir('deep'); os.chdir('deep')
for n in range(10000): os.mkdir('d'); os.chdir('d')
open('bottom', 'w').write('b'); os.chmod('.', 0o500)
"#;

/// A zone with such a home. A folder of the PC that its links lead to comes back.
#[track_caller]
fn hostile(person: &Person) -> std::path::PathBuf {
    let outside = person.top.join("home/papers");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("kept"), "mine").unwrap();
    let script = HOSTILE.replace("OUTSIDE", &format!("'{}'", outside.display()));
    person.run(person.sep_run("strict", ["/usr/bin/python3", "-I", "-c", &script])).good();
    person.settle();
    outside
}

/// The kinds of the audit log's lines that this file is about.
fn recorded(person: &Person, kind: &str) -> Vec<Value> {
    let text = fs::read_to_string(person.top.join("state/sep-run/audit.jsonl")).unwrap_or_default();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == kind).collect()
}

/// What stands in the zone's folder beside what it always has.
fn leftovers(person: &Person) -> Vec<String> {
    let data = person.home_of("strict").parent().unwrap().to_owned();
    let names = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let usual = ["home", "etc", "etc.stamp", "machine-id", "snapshots"];
    names.filter(|name| !usual.contains(&name.as_str())).collect()
}

/// `sepctl` on a terminal, where this is typed.
fn typed(person: &Person, words: &str, answer: &str) -> Ended {
    let file = person.top.join("answer");
    fs::write(&file, answer).unwrap();
    let sepctl = crate::support::program("sepctl");
    let mut command = person.command("script");
    command.args(["-qec", &format!("{} {words}", sepctl.display()), "/dev/null"]);
    command.stdin(fs::File::open(file).unwrap());
    person.run(command)
}

#[test]
fn living_03_a_hostile_home_is_deleted_and_nothing_outside_of_it() {
    let Some(person) = ready(&["python3", "script"]) else { return };
    let outside = hostile(&person);
    let home = person.home_of("strict");
    let before = fs::read_to_string(home.with_file_name("machine-id")).unwrap();
    // nobody said yes
    let no = typed(&person, "reset strict", "\n");
    assert!(
        no.text().contains("Delete the home of zone strict?") && no.text().contains("nothing was changed"),
        "{}",
        no.text()
    );
    assert!(
        no.text().contains("many") && no.text().contains("more") && !no.text().contains("\u{1b}[2J"),
        "{}",
        no.text()
    );
    let blind = sepctl(&person, &["reset", "strict"]);
    assert_eq!(blind.status, 125, "{blind:?}");
    assert_eq!(hint(&blind.err, "code-unconfirmed.hint"), "sepctl reset strict --yes");
    let wrong = sepctl(&person, &["reset", "strict", "--yes", "--keep", "Download"]);
    assert_eq!((wrong.status, wrong.err.contains("'Download'")), (125, true), "{wrong:?}");
    assert!(home.join("deep").exists() && recorded(&person, "reset").is_empty());
    let done = answered(&person, &["reset", "strict", "--yes", "--keep", "Downloads", "--json"]);
    assert!(done["entries"].as_u64().unwrap() > 13_000, "{done}");
    assert_eq!(fs::read_to_string(home.join("Downloads/report")).unwrap(), "kept");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "mine", "no link was followed");
    assert_eq!((leftovers(&person), recorded(&person, "reset").len()), (vec![], 1));
    person.inside("strict", "ls ~").good();
    assert_ne!(fs::read_to_string(home.with_file_name("machine-id")).unwrap(), before);
    // the yes of a person
    fs::write(home.join("again"), "x").unwrap();
    person.settle();
    assert!(typed(&person, "reset strict", "y\n").text().contains("begins anew"));
    assert!(!home.join("again").exists());
}

#[test]
fn living_04_a_zone_that_runs_loses_nothing() {
    let Some(person) = ready(&[]) else { return };
    let running = person.start_inside("strict", "echo kept >~/file; echo ready; exec sleep 61.8");
    running.until_said("ready");
    for words in [&["reset", "strict", "--yes"][..], &["snapshot", "create", "strict", "one"]] {
        let refused = sepctl(&person, words);
        assert_eq!(refused.status, 125, "{refused:?}");
        assert_eq!(hint(&refused.err, "code-still-running.hint"), "sepctl stop strict");
    }
    assert_eq!(fs::read_to_string(person.home_of("strict").join("file")).unwrap(), "kept\n");
    sepctl(&person, &["stop", "strict"]).good();
    running.end();
    sepctl(&person, &["snapshot", "create", "strict", "one"]).good();
    sepctl(&person, &["reset", "strict", "--yes"]).good();
    assert!(!person.home_of("strict").join("file").exists());
}

#[test]
fn living_05_killed_in_the_middle_a_home_is_whole_or_new() {
    let Some(person) = ready(&[]) else { return };
    let home = person.home_of("strict");
    person.inside("strict", "true").good();
    person.settle();
    let (mut old, mut new) = (0, 0);
    for round in 0..40_u64 {
        let _ = fs::remove_dir_all(&home);
        for n in 0..30 {
            fs::create_dir_all(home.join(format!("d{n}"))).unwrap();
            (0..20).for_each(|m| fs::write(home.join(format!("d{n}/{m}")), "x").unwrap());
        }
        fs::create_dir_all(home.join("Downloads")).unwrap();
        fs::write(home.join("Downloads/file"), "kept").unwrap();
        let running = person.start(person.sepctl(["reset", "strict", "--yes", "--keep", "Downloads"]));
        std::thread::sleep(Duration::from_micros(3_000 + round * 350));
        let _ = nix::sys::signal::kill(running.pid(), nix::sys::signal::Signal::SIGKILL);
        running.end();
        // whoever comes next finds one or the other
        sepctl(&person, &["snapshot", "create", "strict", &format!("r{round}")]).good();
        assert_eq!(fs::read_to_string(home.join("Downloads/file")).unwrap(), "kept", "round {round}");
        match fs::read_dir(&home).unwrap().count() {
            1 => new += 1,
            31 => old += 1,
            _ => panic!("round {round}: half a home: {:?}", fs::read_dir(&home).unwrap().collect::<Vec<_>>()),
        }
        assert_eq!(leftovers(&person), Vec::<String>::new(), "round {round}");
        sepctl(&person, &["snapshot", "remove", "strict", &format!("r{round}")]).good();
    }
    println!("{old} old, {new} new");
    assert!(old > 0 && new > 0, "{old} old, {new} new: the moments are no good");
}

/// What a copy must have of each entry: all of it but the number of the inode.
fn faces(home: &Path) -> Vec<(String, u32, i64, i64, u64)> {
    let mut all: Vec<_> = fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| !entry.file_type().unwrap().is_fifo() && !entry.file_type().unwrap().is_socket())
        .map(|entry| {
            let found = fs::symlink_metadata(entry.path()).unwrap();
            let size = if found.is_dir() { 0 } else { found.size() };
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, found.mode(), found.mtime(), found.mtime_nsec(), size)
        })
        .collect();
    all.sort();
    all
}

#[test]
fn living_06_a_snapshot_has_all_of_a_hostile_home_and_comes_back() {
    let Some(person) = ready(&["python3"]) else { return };
    let outside = hostile(&person);
    let home = person.home_of("strict");
    let before = faces(&home);
    let made = answered(&person, &["snapshot", "create", "strict", "monday", "--json"]);
    assert_eq!(made["files"]["left_out"], 2, "pipe and socket: {made}");
    let files = made["files"]["copied"].as_u64().unwrap() + made["files"]["shared"].as_u64().unwrap();
    assert!(files > 3_000, "{made}");
    assert_eq!(faces(&home), before, "the home is as it was");
    let copy = home.with_file_name("snapshots").join("monday/home");
    assert_eq!(faces(&copy), before);
    assert!(fs::metadata(copy.join("sparse")).unwrap().blocks() < 1_000, "a hole is one");
    assert_eq!(fs::read_link(copy.join("link")).unwrap(), outside);
    let twice = sepctl(&person, &["snapshot", "create", "strict", "monday"]);
    assert_eq!(hint(&twice.err, "code-snapshot-exists.hint"), "sepctl snapshot remove strict monday");
    assert_eq!(sepctl(&person, &["snapshot", "create", "strict", "../x"]).status, 125);
    // another home, and the first again
    sepctl(&person, &["reset", "strict", "--yes"]).good();
    person.inside("strict", "echo new >~/new").good();
    person.settle();
    let blind = sepctl(&person, &["snapshot", "restore", "strict", "monday"]);
    assert_eq!(hint(&blind.err, "code-unconfirmed.hint"), "sepctl snapshot restore strict monday --yes");
    let missing = sepctl(&person, &["snapshot", "restore", "strict", "tuesday", "--yes"]);
    let proposed = hint(&missing.err, "code-no-snapshot.hint");
    assert_eq!(proposed, "sepctl snapshot list strict");
    assert!(sepctl(&person, &["snapshot", "list", "strict"]).good().starts_with("monday"));
    assert!(home.join("new").exists());
    sepctl(&person, &["snapshot", "restore", "strict", "monday", "--yes"]).good();
    assert_eq!(faces(&home), before);
    assert_eq!((leftovers(&person), recorded(&person, "restored").len()), (vec![], 1));
    // by a program of the zone: the bottom, the attribute, what was closed
    let check = "import os
home = os.path.expanduser('~'); os.chdir(home)
assert os.getxattr('한글', 'user.origin') == b'https://example.org'
fd = os.open('sparse', os.O_RDONLY); assert os.pread(fd, 3, 1 << 30) == b'end'
os.chmod('closed', 0o700); assert os.stat('closed/secret').st_mode & 0o777 == 0
os.chmod('closed/secret', 0o600); assert open('closed/secret').read() == 's'
os.chdir('deep')
for n in range(10000): os.chdir('d')
assert open('bottom').read() == 'b' and os.stat('.').st_mode & 0o777 == 0o500; print('all')";
    assert_eq!(person.run(person.sep_run("strict", ["/usr/bin/python3", "-I", "-c", check])).good(), "all");
    person.settle();
    sepctl(&person, &["snapshot", "remove", "strict", "monday"]).good();
    assert_eq!(answered(&person, &["snapshot", "list", "strict", "--json"])["snapshots"], json!([]));
    assert_eq!(fs::read_to_string(outside.join("kept")).unwrap(), "mine");
    assert_eq!(fs::metadata(outside).unwrap().permissions().mode() & 0o777, 0o755);
    sepctl(&person, &["reset", "strict", "--yes"]).good();
}

#[test]
fn a_home_that_was_closed_or_opened_by_its_programs_is_used_as_any_other() {
    let Some(person) = ready(&[]) else { return };
    let inside = |script: &str| {
        let said = person.inside("strict", script).good();
        person.settle();
        said
    };
    inside("echo kept >~/file; chmod 0 ~");
    sepctl(&person, &["snapshot", "create", "strict", "one"]).good();
    inside("chmod 500 ~");
    sepctl(&person, &["snapshot", "restore", "strict", "one", "--yes"]).good();
    inside("chmod 777 ~");
    assert_eq!(inside("cat ~/file; chmod 0 ~"), "kept");
    sepctl(&person, &["reset", "strict", "--yes", "--keep", "file"]).good();
    assert_eq!((inside("cat ~/file"), leftovers(&person)), ("kept".into(), vec![]));
}

#[test]
fn what_is_kept_may_be_named_twice_and_be_closed_to_changes() {
    let Some(person) = ready(&[]) else { return };
    person.inside("strict", "mkdir ~/a; echo kept >~/a/file; chmod 550 ~/a; echo lost >~/b").good();
    person.settle();
    sepctl(&person, &["reset", "strict", "--yes", "--keep", "a", "--keep", "a"]).good();
    let home = person.home_of("strict");
    assert_eq!(fs::read_to_string(home.join("a/file")).unwrap(), "kept\n");
    assert_eq!(fs::metadata(home.join("a")).unwrap().mode() & 0o777, 0o550);
    assert!(!home.join("b").exists());
    assert_eq!(leftovers(&person), Vec::<String>::new());
}

#[test]
fn every_snapshot_that_can_be_made_can_be_restored_and_removed() {
    let Some(person) = ready(&[]) else { return };
    person.inside("strict", "true").good();
    person.settle();
    for name in ["gone-1", "aside", "home"] {
        sepctl(&person, &["snapshot", "create", "strict", name]).good();
        sepctl(&person, &["snapshot", "restore", "strict", name, "--yes"]).good();
        sepctl(&person, &["snapshot", "remove", "strict", name]).good();
    }
}

#[test]
fn while_one_removes_another_copies_and_both_say_what_they_did() {
    let Some(person) = ready(&[]) else { return };
    person.inside("strict", "true").good();
    person.settle();
    let home = person.home_of("strict");
    for n in 0..200 {
        fs::create_dir(home.join(format!("d{n}"))).unwrap();
        (0..100).for_each(|m| fs::write(home.join(format!("d{n}/{m}")), "").unwrap());
    }
    let running = person.start(person.sepctl(["reset", "strict", "--yes"]));
    while home.exists() {
        std::thread::sleep(Duration::from_micros(200));
    }
    let made = sepctl(&person, &["snapshot", "create", "strict", "one"]);
    assert_eq!((running.end().status, made.status, made.err.as_str()), (0, 0, ""), "{made:?}");
    assert_eq!(leftovers(&person), Vec::<String>::new());
}

#[test]
fn where_files_can_share_blocks_a_snapshot_takes_no_room_and_volumes_are_deleted() {
    on_own_pc(&["btrfs"], |pc| {
        let data = pc.person.top.join("data");
        let image = pc.person.top.join("image");
        let script = format!(
            "truncate -s 300M '{0}' && mkfs.btrfs -q '{0}' && mount -o loop '{0}' '{1}' && chown {2} '{1}' && chmod 700 '{1}'",
            image.display(),
            data.display(),
            nix::unistd::geteuid(),
        );
        let root = |line: &str| {
            let mut command = pc.typed(line);
            command.uid(0).gid(0);
            as_root(|| pc.person.start(command)).end().good()
        };
        root(&script);
        let room = || nix::sys::statvfs::statvfs(&data).map(|s| s.blocks_free() * s.fragment_size()).unwrap();
        pc.types("sep-run strict -- sh -c 'head -c 60000000 /dev/urandom >~/large; echo small >~/small'").good();
        pc.person.settle();
        root("sync");
        let before = room();
        let made = pc.types("sepctl snapshot create strict monday --json").good();
        let made: Value = serde_json::from_str(&made).unwrap();
        // what is small stands in the metadata and is shared or copied as the file system likes
        assert!(made["files"]["shared"].as_u64().unwrap() >= 1, "{made}");
        root("sync");
        assert!(before - room() < 20_000_000, "60 MB would not fit into that");
        pc.types("sep-run strict -- sh -c 'echo changed >~/large'").good();
        pc.person.settle();
        pc.types("sepctl snapshot restore strict monday --yes").good();
        assert_eq!(fs::metadata(pc.person.home_of("strict").join("large")).unwrap().size(), 60_000_000);
        // what can not be moved out of a volume is deleted where it is, and nobody tries without an end
        pc.types("sep-run strict -- sh -c 'btrfs subvolume create ~/one && mkdir -p ~/one/a/b/c ~/one/d/e && btrfs subvolume create ~/one/a/b/c/two && mkdir -p ~/one/a/b/c/two/f/g'").good();
        pc.person.settle();
        pc.types("sepctl snapshot create strict tuesday").good();
        pc.types("timeout 20 sepctl reset strict --yes").good();
        assert_eq!(leftovers(&pc.person), Vec::<String>::new());
        root(&format!("umount '{}'", data.display()));
    });
}
