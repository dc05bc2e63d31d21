//! Standard input, output and error: what passes, what a pipe stands for, what is refused.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ready;
use crate::support::person::{Ended, Person};

/// A shell script of the PC in which `$Z` starts a program in the zone.
fn shell(person: &Person, script: &str) -> Ended {
    let mut command = person.command("/bin/bash");
    command.env("Z", format!("{} strict --", crate::support::program("sep-run").display())).args(["-c", script]);
    person.run(command)
}

#[test]
fn pipes_behave_as_in_any_shell() {
    let Some(person) = ready(&[]) else { return };
    let said = |script: &str| shell(&person, script).good();
    for _ in 0..2 {
        assert_eq!(said("timeout 10 $Z true | cat; echo ${PIPESTATUS[0]}"), "0");
    }
    assert_eq!(said("printf 'a\\nb\\n' | $Z sed s/^/x/ | tr a-z A-Z"), "XA\nXB");
    assert_eq!(said("printf hello | $Z cat | $Z cat | $Z wc -c"), "5");
    assert_eq!(said("$Z sh -c 'echo out; echo err >&2' 2>/dev/null"), "out");
    assert_eq!(said("$Z sh -c 'echo out; echo err >&2' 2>&1 >/dev/null | cat"), "err");
    assert_eq!(said("$Z sh -c 'echo 1; echo 2 >&2; echo 3' 2>&1 | cat"), "1\n2\n3");
    assert_eq!(said("yes | head -c 1000000 | $Z cat | wc -c"), "1000000");
    assert_eq!(said("$Z yes | head -n 1; echo ${PIPESTATUS[0]}"), "y\n141");
    assert_eq!(said("$Z head -n 1 < <(yes)"), "y");
    assert_eq!(said("$Z cat </dev/null; $Z sh -c 'exit 3' | cat; echo ${PIPESTATUS[0]}"), "3");
}

#[test]
fn files_and_closed_places_are_what_they_are() {
    let Some(person) = ready(&[]) else { return };
    let said = |script: &str| shell(&person, script).good();
    assert_eq!(said("echo text >in; $Z cat <in >out; cat out"), "text");
    assert_eq!(said("echo 1 >log; $Z echo 2 >>log; $Z echo 3 >>log; cat log"), "1\n2\n3");
    assert_eq!(said("echo text >in; $Z sh -c 'read a; echo $a' <in 2>&1 | cat"), "text");
    for (closed, kind) in [("0", "<&-"), ("1", ">&-"), ("2", "2>&-")] {
        let script = format!("$Z sh -c 'x=$(readlink /proc/$$/fd/{closed}); echo $x >~/closed' {kind}; echo $?");
        assert_eq!(said(&script), "0", "{kind}");
        assert_eq!(fs::read_to_string(person.home_of("strict").join("closed")).unwrap(), "/dev/null\n", "{kind}");
    }
    // other descriptors of the caller do not enter
    assert_eq!(said("exec 7<in; $Z sh -c 'ls /proc/self/fd | grep -c .'"), "4", "0 to 2 and the listing's own");
}

#[test]
fn every_combination_ends() {
    let Some(person) = ready(&[]) else { return };
    let inputs = ["</dev/null", "<in", "< <(printf text)", "<&-"];
    let outputs = [">/dev/null", ">out", "> >(cat >/dev/null)", "| cat"];
    let errors = ["", "2>/dev/null", "2>err", "2>&1"];
    shell(&person, "echo text >in").good();
    for input in inputs {
        let row: Vec<String> = outputs
            .iter()
            .flat_map(|output| {
                errors.map(|error| format!("timeout 20 $Z sh -c 'cat; echo e >&2; exit 0' {input} {error} {output}"))
            })
            .collect();
        let script = format!(
            "set -o pipefail; {}",
            row.iter()
                .map(|one| format!("{one} || echo bad '{output}'", output = one.replace('\'', "\"")))
                .collect::<Vec<_>>()
                .join("; ")
        );
        let said = shell(&person, &script);
        assert!(!said.text().contains("bad"), "{input}: {said:?}");
    }
}

/// Runs a script in the zone with its standard input and output on descriptors of the test's.
fn on(person: &Person, script: &str, stdin: Stdio, stdout: Option<Stdio>) -> Ended {
    let mut command = person.sep_run("strict", ["sh", "-c", script]);
    command.stdin(stdin);
    match stdout {
        None => person.run(command),
        Some(stdout) => {
            let status = command.stdout(stdout).stderr(Stdio::piped()).output().unwrap();
            Ended {
                status: status.status.code().unwrap(),
                out: vec![],
                err: String::from_utf8_lossy(&status.stderr).into(),
            }
        }
    }
}

#[test]
fn zone_13_a_socket_is_replaced_by_a_pipe() {
    let Some(person) = ready(&[]) else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = || {
        let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (here, OwnedFd::from(listener.accept().unwrap().0))
    };
    let unix = || {
        let (here, there) = UnixStream::pair().unwrap();
        (here, OwnedFd::from(there))
    };
    let kind = "readlink /proc/self/fd/0 | cut -d: -f1; cat";
    let (mut here, there) = tcp();
    here.write_all(b"over tcp").unwrap();
    here.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(on(&person, kind, there.into(), None).good(), "pipe\nover tcp");
    let (mut here, there) = unix();
    here.write_all(b"over unix").unwrap();
    drop(here);
    assert_eq!(on(&person, kind, there.into(), None).good(), "pipe\nover unix");
    let (mut here, there) = unix();
    let ended = on(&person, "readlink /proc/self/fd/1 >&2; echo answer", Stdio::null(), Some(there.into()));
    let mut text = String::new();
    here.read_to_string(&mut text).unwrap();
    assert_eq!((ended.status, text.as_str()), (0, "answer\n"));
    assert!(ended.err.starts_with("pipe:"), "{ended:?}");
    // one that never says anything does not keep a program that does not read
    let (_silent, there) = tcp();
    assert_eq!(on(&person, "echo done", there.into(), None).good(), "done");
}

#[test]
fn zone_13_a_directory_is_refused_and_a_device_is_carried() {
    let Some(person) = ready(&[]) else { return };
    let home = person.top.join("home");
    let refused = on(&person, "echo never >~/ran", File::open(&home).unwrap().into(), None);
    refused.refused(125, "cannot pass stdin to the zone: a directory");
    assert!(!person.home_of("strict").join("ran").exists());
    let device = on(
        &person,
        "readlink /proc/self/fd/0 | cut -d: -f1; head -c 3 | od -An -tx1",
        File::open("/dev/zero").unwrap().into(),
        None,
    );
    assert_eq!(device.good(), "pipe\n 00 00 00");
    let file = home.join("file");
    fs::write(&file, "content").unwrap();
    assert_eq!(on(&person, "cat", File::open(&file).unwrap().into(), None).good(), "content");
}

#[test]
fn zone_13_a_passed_file_opens_nothing_else() {
    let Some(person) = ready(&[]) else { return };
    fs::write(person.top.join("home/file"), "content").unwrap();
    fs::write(person.top.join("home/other"), "secret").unwrap();
    let script = "cat <&0 >/dev/null; cat /proc/self/fd/0; cat /proc/self/fd/0/../other; ls -l /proc/self/fd/0 >/dev/null; \
                  echo more >/proc/self/fd/0; true";
    let file = || File::open(person.top.join("home/file")).unwrap();
    let tried = on(&person, script, file().into(), None);
    assert!(!tried.text().contains("secret") && tried.status == 0, "{tried:?}");
    assert_eq!(
        fs::read_to_string(person.top.join("home/file")).unwrap(),
        "content",
        "it can not be opened for writing"
    );
    // the same words on the PC do all of it
    let mut twin = person.command("/bin/sh");
    twin.args(["-c", "echo more >>/proc/self/fd/0"]).stdin(file());
    person.run(twin).good();
    assert_eq!(fs::read_to_string(person.top.join("home/file")).unwrap(), "contentmore\n");
}

#[test]
fn output_that_a_killed_pump_did_not_carry_is_an_error() {
    let Some(person) = ready(&[]) else { return };
    let running = person.start_inside("office", "echo started; sleep 0.5; echo more");
    running.until_said("started");
    let client = running.pid().as_raw();
    let pumps: Vec<_> = person.left().into_iter().filter(|p| p.parent == client).collect();
    assert!(!pumps.is_empty(), "{:?}", person.left());
    pumps.iter().for_each(|pump| kill(Pid::from_raw(pump.pid), Signal::SIGKILL).unwrap());
    let ended = running.end();
    assert!(ended.status != 0 && ended.text() == "started", "{ended:?}");
    let whole = person.inside("office", "echo started; sleep 0.5; echo more");
    assert_eq!(whole.good(), "started\nmore", "the twin");
    person.nothing_is_left();
}
