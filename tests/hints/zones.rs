//! Hints about zones that run, their folders and their programs.

use std::fs::{self, Permissions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};

use crate::hint::hint;
use crate::pc::{Pc, USER, as_root, cover, on_own_pc};
use crate::support::person::wait_for;

const FIRST: &str = "sep-run office echo ran";

#[track_caller]
fn refused(pc: &Pc, line: &str, key: &str) -> String {
    let tried = pc.types(line);
    assert_eq!(tried.status, if key.starts_with("code-not-found") { 127 } else { 125 }, "{tried:?}");
    hint(&tried.err, key)
}

#[test]
fn a_folder_that_others_may_write_to() {
    on_own_pc(&[], |pc| {
        assert_eq!(pc.types(FIRST).good(), "ran");
        pc.person.nothing_is_left();
        let runtime = pc.person.top.join("run/sep-run");
        fs::set_permissions(&runtime, Permissions::from_mode(0o777)).unwrap();
        pc.obeys(&refused(pc, FIRST, "code-foreign.hint[other]")).good();
        assert_eq!(pc.types(FIRST).good(), "ran");
        // a link in its place, with something else put aside already
        pc.person.nothing_is_left();
        fs::remove_dir_all(&runtime).unwrap();
        fs::remove_dir_all(pc.person.top.join("run/sep-run.aside")).unwrap();
        std::os::unix::fs::symlink("/usr", &runtime).unwrap();
        pc.obeys(&refused(pc, FIRST, "code-foreign.hint[other]")).good();
        assert_eq!(pc.types(FIRST).good(), "ran");
    });
}

#[test]
fn a_folder_of_somebody_else() {
    on_own_pc(&[], |pc| {
        // in /tmp, which is where it lies without a runtime folder, anybody may have made it
        let folder = format!("/tmp/sep-run-{USER}");
        let clear = || as_root(|| [".aside", ""].map(|end| fs::remove_dir_all(format!("{folder}{end}"))));
        let _ = clear();
        as_root(|| fs::create_dir(&folder).unwrap());
        let first = format!("env -u XDG_RUNTIME_DIR {FIRST}");
        let proposed = refused(pc, &first, "code-foreign.hint[owner]");
        assert!(!pc.types(&proposed.replace("sudo ", "")).err.is_empty(), "the user may not do it alone");
        pc.obeys(&proposed).good();
        assert_eq!(pc.types(&first).good(), "ran");
        pc.person.nothing_is_left();
        let _ = clear();
    });
}

#[test]
fn a_running_zone_of_another_plan() {
    on_own_pc(&[], |pc| {
        let before = pc.person.start(pc.typed("exec sep-run office sh -c 'echo up; exec sleep 600'"));
        before.until_said("up");
        assert_eq!(pc.types(FIRST).good(), "ran", "the twin: it joins");
        pc.person.profile("office", "{\"limits\": {\"open_files\": 100}}");
        let proposed = refused(pc, FIRST, "code-plan-differs.hint");
        assert_eq!(proposed, "sepctl end office");
        pc.obeys(&proposed).good();
        assert_ne!(before.end().status, 0, "its program was ended");
        assert_eq!(pc.types(FIRST).good(), "ran");
        pc.obeys(&proposed).good(); // where none runs there is nothing to do
    });
}

/// Answers whoever connects with one message of a version that is none, at the place of a zone's init.
const OTHER: &str = r#"
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(sys.argv[1]); s.listen(8); print("up", flush=True)
while True:
    c, _ = s.accept()
    c.recv(65536); c.send(bytes([250, 0, 0, 0])); c.close()
"#;

#[test]
fn a_running_zone_of_another_version() {
    on_own_pc(&["python3"], |pc| {
        assert_eq!(pc.types(FIRST).good(), "ran");
        pc.person.nothing_is_left();
        let socket = pc.person.runtime_of("office").join("init.sock");
        let _ = fs::remove_file(&socket);
        let mut other = pc.person.command("/usr/bin/python3");
        other.args(["-I", "-c", OTHER]).arg(&socket);
        let other = pc.person.start(other);
        other.until_said("up");
        let proposed = refused(pc, FIRST, "code-version.hint");
        pc.obeys(&proposed).good();
        assert_eq!(other.end().status, 128 + 9, "it was ended");
        assert_eq!(pc.types(FIRST).good(), "ran");
    });
}

#[test]
fn a_zone_with_too_many_waiting() {
    on_own_pc(&[], |pc| {
        let zone = pc.person.start(pc.typed("exec sep-run office sh -c 'echo up; exec sleep 600'"));
        zone.until_said("up");
        let path = pc.person.runtime_of("office").join("init.sock");
        let connect_one = |_| {
            let fd = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).unwrap();
            connect(fd.as_raw_fd(), &UnixAddr::new(&path).unwrap()).unwrap();
            fd
        };
        // each connection that says nothing is a session for two seconds, which a slow machine may use up
        let rounds = (0..5).map(|_| {
            let waiting: Vec<_> = (0..520).map(connect_one).collect();
            let tried = pc.types(FIRST);
            drop(waiting);
            tried
        });
        let tried = rounds.into_iter().find(|tried| tried.status != 0).expect("it was never busy");
        assert_eq!(tried.status, 125, "{tried:?}");
        let words = hint(&tried.err, "code-busy.hint");
        assert_eq!(words, "try again in a moment");
        let again = || pc.types(FIRST).status == 0;
        wait_for(Duration::from_secs(10), again, || "the moment".into());
        assert_eq!(pc.types(FIRST).good(), "ran");
    });
}

/// A program of the PC in a place that the test may change.
fn install(name: &str, text: &str) {
    let file = format!("/usr/local/bin/{name}");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_program_of_the_home() {
    on_own_pc(&[], |pc| {
        as_root(|| cover("/usr/local/bin"));
        let own = pc.person.top.join("home/tool");
        fs::write(&own, "#!/bin/sh\necho tool\n").unwrap();
        fs::set_permissions(&own, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(pc.types("PATH=$HOME:$PATH tool").good(), "tool", "the PC has it");
        let first = "PATH=$HOME:$PATH sep-run office tool";
        let words = refused(pc, first, "code-not-found.hint");
        assert!(words.starts_with("install it below /usr or /opt"), "{words}");
        pc.obeys("sudo install -m 755 tool /usr/local/bin/tool").good();
        assert_eq!(pc.types(first).good(), "tool");
    });
}

#[test]
fn a_program_that_is_a_package() {
    on_own_pc(&[], |pc| {
        as_root(|| {
            cover("/usr/local/bin");
            install("tool", "#!/bin/sh\nexec /snap/bin/tool \"$@\"\n");
        });
        let first = "sep-run office tool";
        let words = refused(pc, first, "code-packaged.hint");
        assert_eq!(words, "install the program as a package of the distribution");
        as_root(|| install("tool", "#!/bin/sh\necho of the distribution\n"));
        assert_eq!(pc.types(first).good(), "of the distribution");
    });
}
