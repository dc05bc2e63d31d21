//! Bad days: folders that are not ours, full disks, limits, words without end. One clear error or success, and
//! nothing left.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::geteuid;

use super::ready;
use crate::support::person::{Ended, Person, unnamed_runtime};

fn plain(person: &Person) -> Ended {
    person.run(person.sep_run("office", ["echo", "ran"]))
}

/// It ran, or it said one thing; and nothing is left.
#[track_caller]
fn ran_or_refused(person: &Person, ended: &Ended, what: &str) -> bool {
    person.nothing_is_left();
    if ended.status == 0 {
        assert_eq!((ended.text().as_str(), ended.err.as_str()), ("ran", ""), "{what}");
        return true;
    }
    assert!([125, 126].contains(&ended.status), "{what}: {ended:?}");
    let first = ended.err.lines().next().unwrap_or_default();
    assert!(first.starts_with("sep-run: ") && first.contains(": cannot "), "{what}: {ended:?}");
    assert!(ended.err.lines().count() <= 2, "{what}: {ended:?}");
    assert_eq!(ended.text(), "", "{what}");
    false
}

#[test]
fn zone_16_a_home_that_can_not_be_written_is_named() {
    let Some(person) = ready(&[]) else { return };
    for folder in ["run", "data"] {
        let path = person.top.join(folder);
        fs::set_permissions(&path, Permissions::from_mode(0o500)).unwrap();
        let ended = plain(&person);
        fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        ended.refused(125, path.to_str().unwrap());
        assert!(ended.err.contains("permission denied"), "{ended:?}");
    }
    assert_eq!(plain(&person).good(), "ran");
    person.nothing_is_left();
    // read-only once the zone has been there
    let data = person.top.join("data/sep-run/office");
    fs::write(data.join("etc.stamp"), "old").unwrap();
    fs::set_permissions(&data, Permissions::from_mode(0o500)).unwrap();
    let ended = plain(&person);
    fs::set_permissions(&data, Permissions::from_mode(0o700)).unwrap();
    ended.refused(125, "office");
    assert_eq!(plain(&person).good(), "ran");
}

#[test]
fn zone_16_a_folder_of_somebody_else_is_refused() {
    let Some(person) = ready(&[]) else { return };
    let (runtime, data) = (person.top.join("run/sep-run"), person.top.join("data/sep-run"));
    let elsewhere = person.top.join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for (place, target) in [
        (runtime.clone(), elsewhere.clone()),
        (runtime.join("office"), elsewhere.clone()),
        (runtime.join("office"), "/usr".into()),
        (data.clone(), elsewhere.clone()),
        (data.join("office"), elsewhere.clone()),
        (data.join("office/home"), person.top.join("home")),
    ] {
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        [&runtime, &data].iter().for_each(|f| {
            let _ = fs::set_permissions(f, Permissions::from_mode(0o700));
        });
        symlink(&target, &place).unwrap();
        let ended = plain(&person);
        fs::remove_file(&place).unwrap();
        ended.refused(125, &format!("cannot use '{}': it is a symbolic link", place.display()));
    }
    for place in [&runtime, &runtime.join("office"), &data.join("office")] {
        fs::create_dir_all(place).unwrap();
        fs::set_permissions(place, Permissions::from_mode(0o777)).unwrap();
        let ended = plain(&person);
        fs::set_permissions(place, Permissions::from_mode(0o700)).unwrap();
        ended.refused(125, "others may write to it");
    }
    fs::remove_dir_all(&runtime).unwrap();
    fs::write(&runtime, "").unwrap();
    let ended = plain(&person);
    fs::remove_file(&runtime).unwrap();
    ended.refused(125, runtime.to_str().unwrap());
    assert_eq!(plain(&person).good(), "ran");
}

/// Root's folders stand for another user's: this one can not make any.
#[test]
fn zone_16_a_runtime_folder_of_another_owner_is_not_used() {
    let Some(mut person) = ready(&[]) else { return };
    let name = format!("p{}", std::process::id());
    let named = |person: &Person| {
        let mut command = person.command(crate::support::program("sep-run"));
        command.args(["--name", &name, "office", "echo", "ran"]);
        person.run(command)
    };
    person.env.push(("XDG_RUNTIME_DIR".into(), "/usr/share".into()));
    assert_eq!(named(&person).good(), "ran");
    assert!(!std::path::Path::new("/usr/share/sep-run").join(format!("office-{name}")).exists());
    assert!(!person.runtime_of(&format!("office-{name}")).exists(), "it has another one");
    person.env.pop();
    assert_eq!(named(&person).good(), "ran");
    assert!(person.runtime_of(&format!("office-{name}")).exists(), "the twin: its own");
    person.settle();
    fs::remove_dir_all(unnamed_runtime().join(format!("office-{name}"))).unwrap();
}

#[test]
fn zone_16_stale_and_foreign_things_in_our_folder() {
    let Some(person) = ready(&[]) else { return };
    let folder = person.runtime_of("office");
    let socket = folder.join("init.sock");
    assert_eq!(plain(&person).good(), "ran");
    person.nothing_is_left();
    assert!(socket.exists(), "the socket of the zone before");
    assert_eq!(plain(&person).good(), "ran");
    person.nothing_is_left();
    let put = |make: &dyn Fn()| {
        let _ = fs::remove_file(&socket);
        make();
        plain(&person)
    };
    assert_eq!(put(&|| fs::write(&socket, "a file").unwrap()).good(), "ran");
    person.nothing_is_left();
    assert_eq!(put(&|| symlink("/nowhere", &socket).unwrap()).good(), "ran");
    person.nothing_is_left();
    put(&|| fs::create_dir(&socket).unwrap()).refused(125, "init.sock");
    fs::remove_dir(&socket).unwrap();
    // a listener of another kind: it is neither ours nor dead
    put(&|| drop(UnixListener::bind(&socket).unwrap())).good();
    person.nothing_is_left();
    let _ = fs::remove_file(&socket);
    let foreign = UnixListener::bind(&socket).unwrap();
    plain(&person).refused(125, "init.sock");
    drop(foreign);
    let lock = folder.join("lock");
    for make in [&(|| symlink("/etc/passwd", &lock).unwrap()) as &dyn Fn(), &|| fs::create_dir(&lock).unwrap()] {
        let _ = fs::remove_file(&lock);
        let _ = fs::remove_file(&socket);
        make();
        plain(&person).refused(125, "lock");
    }
    fs::remove_dir(&lock).unwrap();
    assert_eq!(plain(&person).good(), "ran");
}

/// The command as on a kernel that answers some calls with an errno, 0 for a kernel that lies.
fn on_kernel(mut command: Command, calls: &[i64], errno: u32) -> Command {
    let jump = |(at, call): (usize, &i64)| (0x15, (calls.len() - at) as u8, 0, *call as u32);
    let mut filter = vec![(0x20_u16, 0_u8, 0_u8, 0_u32)]; // the number of the call
    filter.extend(calls.iter().enumerate().map(jump));
    filter.extend([(0x06, 0, 0, 0x7fff_0000), (0x06, 0, 0, 0x0005_0000 | errno)]); // allowed; the errno
    let bytes =
        |(code, jt, jf, k): &(u16, u8, u8, u32)| [&code.to_ne_bytes()[..], &[*jt, *jf], &k.to_ne_bytes()].concat();
    let filter: Vec<u8> = filter.iter().flat_map(bytes).collect();
    // SAFETY: two system calls; the filter was made before.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_no_new_privs()?;
            sep_run::sys::seccomp::install(&filter)
        });
    }
    command
}

#[test]
fn zone_14_a_layer_that_only_seems_to_be_there_ends_the_launch() {
    use nix::libc::*;
    let Some(person) = ready(&[]) else { return };
    let launch = || person.sep_run("office", ["echo", "ran"]);
    // where a zone's root grows before it is one
    let scaffold =
        || ["bin", "dev", "etc", "home", "proc", "usr", "var"].map(|name| Path::new("/tmp").join(name).exists());
    let before = scaffold();
    for (name, call) in [
        ("mount", SYS_mount),
        ("umount2", SYS_umount2),
        ("pivot_root", SYS_pivot_root),
        ("mount_setattr", SYS_mount_setattr),
        ("move_mount", SYS_move_mount),
        ("sethostname", SYS_sethostname),
        ("capset", SYS_capset),
        ("landlock_restrict_self", SYS_landlock_restrict_self),
        ("unshare", SYS_unshare),
    ] {
        let ended = person.run(on_kernel(launch(), &[call], 0));
        assert!(!ran_or_refused(&person, &ended, name), "{name} was not missed: {ended:?}");
        assert_eq!(scaffold(), before, "{name}: nothing of a root is left on the PC");
    }
    let ended = person.run(on_kernel(launch(), &[SYS_swapon], 0));
    assert!(ran_or_refused(&person, &ended, "the twin"), "a call that is not needed: {ended:?}");
}

#[test]
fn zone_16_a_layer_that_the_kernel_lacks_is_an_error_unless_the_profile_calls_it_optional() {
    let Some(person) = ready(&[]) else { return };
    let bare = [nix::libc::SYS_landlock_create_ruleset, nix::libc::SYS_keyctl];
    let status = ["grep", "-E", "^(NoNewPrivs|Seccomp|CapEff):", "/proc/self/status"];
    let on_bare_kernel =
        |profile: &str, words: &[&str]| on_kernel(person.sep_run(profile, words), &bare, nix::libc::ENOSYS as u32);
    let see = |profile: &str| person.run(on_bare_kernel(profile, &status));
    let profile = |name: &str, optional: &str| {
        person.profile(name, &format!("{{\"seals\": {{\"landlock_min_abi\": 1, \"optional\": [{optional}]}}}}"));
    };
    profile("hard", "");
    see("hard").refused(125, "cannot enforce 'landlock'");
    profile("half", "\"landlock\"");
    see("half").refused(125, "cannot enforce 'keyring'");
    profile("soft", "\"landlock\", \"keyring\"");
    let soft = see("soft");
    assert!(soft.err.contains("'landlock' is weaker") && soft.err.contains("'keyring' is weaker"), "{soft:?}");
    let sealed = soft.good();
    assert!(sealed.contains("NoNewPrivs:\t1") && sealed.contains("Seccomp:\t2"), "the other seals are on: {sealed}");
    assert!(sealed.contains("CapEff:\t0000000000000000"), "{sealed}");
    let keeper = person.start(on_bare_kernel("soft", &["sh", "-c", "echo there; exec sleep 60"]));
    keeper.until_said("there");
    let joined = person.inside("soft", "echo joined");
    assert!(joined.err.contains("'landlock' is weaker"), "who joins is told too: {joined:?}");
    assert_eq!(joined.good(), "joined");
    drop(keeper);
    person.nothing_is_left();
}

/// A mount of this user's own, over one folder, for one command.
fn on_small_disk(person: &Person, folder: &str, options: &str) -> Ended {
    let mut command = person.command("/usr/bin/unshare");
    let script = format!(
        "mount -t tmpfs -o mode=700,{options} none {} && exec setpriv --ambient-caps=-all --inh-caps=-all {} office -- echo ran",
        person.top.join(folder).display(),
        crate::support::program("sep-run").display()
    );
    command.args(["--user", "--map-current-user", "--keep-caps", "--mount", "sh", "-c", &script]);
    person.run(command)
}

#[test]
fn zone_16_a_full_disk_is_one_error() {
    let Some(person) = ready(&[]) else { return };
    for folder in ["data", "run"] {
        let ran = on_small_disk(&person, folder, "size=64m");
        assert!(ran_or_refused(&person, &ran, folder), "{ran:?}");
        let mut refused = 0;
        for options in
            ["size=4k", "size=64k", "nr_inodes=2", "nr_inodes=3", "nr_inodes=4", "nr_inodes=5", "nr_inodes=20"]
        {
            let ended = on_small_disk(&person, folder, options);
            if !ran_or_refused(&person, &ended, &format!("{folder} {options}")) {
                refused += 1;
                assert!(ended.err.contains("no space left"), "{folder} {options}: {ended:?}");
            }
        }
        assert!(refused >= 2, "{folder}: {refused}");
    }
}

/// Runs the plain launch below a limit of the shell's.
fn limited(person: &Person, limit: &str) -> Ended {
    let program = crate::support::program("sep-run");
    person.outside(&format!("ulimit {limit} && exec {} office -- echo ran", program.display()))
}

#[test]
fn zone_16_no_descriptors_is_one_error() {
    let Some(person) = ready(&[]) else { return };
    assert!(ran_or_refused(&person, &limited(&person, "-n 256"), "256"));
    let ran =
        (3..40).filter(|n| ran_or_refused(&person, &limited(&person, &format!("-n {n}")), &n.to_string())).count();
    assert!(ran > 0 && ran < 37, "{ran} of 37 ran");
}

#[test]
fn zone_16_no_processes_is_one_error() {
    let Some(person) = ready(&[]) else { return };
    let tasks = || {
        let own = fs::read_dir("/proc").unwrap().flatten().filter(|p| {
            use std::os::unix::fs::MetadataExt;
            p.metadata().is_ok_and(|m| m.uid() == geteuid().as_raw()) && p.path().join("task").exists()
        });
        own.map(|p| fs::read_dir(p.path().join("task")).map_or(0, Iterator::count)).sum::<usize>()
    };
    let here = tasks();
    let mut ran = 0;
    for more in 0..12 {
        // dash names it -p, bash -u
        let limit = here + more;
        let mut command = person.command("/bin/bash");
        let program = crate::support::program("sep-run");
        command.args(["-c", &format!("ulimit -u {limit} && exec {} office -- echo ran", program.display())]);
        let ended = person.run(command);
        ran += usize::from(ran_or_refused(&person, &ended, &format!("{limit} of {here}")));
    }
    assert!(ran < 12, "no limit was felt");
    assert_eq!(plain(&person).good(), "ran");
}

#[test]
fn zone_16_words_longer_than_a_message_are_refused() {
    let Some(person) = ready(&[]) else { return };
    let long = |count: usize| {
        let mut words: Vec<OsString> = vec!["sh".into(), "-c".into(), "printf %s \"$@\" | wc -c".into(), "sh".into()];
        words.extend((0..count).map(|_| "x".repeat(100 * 1024).into()));
        person.run(person.sep_run("office", words))
    };
    assert_eq!(long(1).good(), (100 * 1024).to_string());
    for count in [2, 10] {
        long(count).refused(125, "cannot send the command line");
        person.nothing_is_left();
    }
    let many: Vec<OsString> = ["true".into()].into_iter().chain((0..100_000).map(|_| OsString::from("x"))).collect();
    person.run(person.sep_run("office", many)).refused(125, "cannot send the command line");
}

#[test]
fn zone_16_a_launch_without_home_or_runtime_folder() {
    let Some(person) = ready(&[]) else { return };
    let without = |names: &[&str]| {
        let mut command = person.sep_run("office", ["echo", "ran"]);
        for name in names {
            command.env_remove(name);
        }
        let ended = person.run(command);
        ran_or_refused(&person, &ended, &format!("{names:?}"))
    };
    assert!(without(&["HOME"]), "the XDG folders are enough");
    let fallback = unnamed_runtime();
    let before = fs::symlink_metadata(&fallback).is_ok();
    assert!(without(&["XDG_RUNTIME_DIR"]), "{fallback:?} takes its place");
    without(&["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"]);
    if !before {
        fs::remove_dir_all(&fallback).unwrap();
        symlink(person.top.join("home"), &fallback).unwrap();
        let mut command = person.sep_run("office", ["echo", "ran"]);
        command.env_remove("XDG_RUNTIME_DIR");
        let ended = person.run(command);
        fs::remove_file(&fallback).unwrap();
        ended.refused(125, "it is a symbolic link");
    }
    let deep = person.top.join("run").join("d".repeat(100));
    fs::create_dir(&deep).unwrap();
    let mut command = person.sep_run("office", ["echo", "ran"]);
    command.env("XDG_RUNTIME_DIR", deep);
    person.run(command).refused(125, "the name is too long");
}

#[test]
fn net_07_a_large_audit_log_makes_room_for_another() {
    let Some(person) = ready(&["tun"]) else { return };
    let log = person.top.join("state/sep-run/audit.jsonl");
    let (aside, large) = (log.with_added_extension("1"), 64 * 1024 * 1024 + 1);
    person.inside("strict", "true").good();
    let small = fs::metadata(&log).unwrap().len();
    person.inside("strict", "true").good();
    assert!(!aside.exists(), "the twin: {small} bytes stay where they are");
    let writer = person.start_inside("internet", "echo there; exec sleep 60");
    writer.until_said("there");
    fs::File::options().write(true).open(&log).unwrap().set_len(large).unwrap();
    person.inside("strict", "true").good();
    assert!(!aside.exists(), "not while another zone writes it");
    drop(writer);
    person.settle();
    person.inside("strict", "true").good();
    assert!(fs::metadata(&aside).unwrap().len() > large, "with what was written meanwhile");
    assert!(fs::metadata(&log).unwrap().len() <= small + 4096);
    person.nothing_is_left();
}
