//! The audit log: who may not change it unseen, who may be killed at it, and what is not done unless it is written there.
//! Real programs in real zones, on a PC on the internet.

#[path = "support/hint.rs"]
mod hint;
#[path = "support/internet.rs"]
mod internet;
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use internet::{ADDRESS, PRIVATE, Pc, on_a_pc};
use nix::mount::{MsFlags, mount};
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;
use sep_run::audit::{Direction, Event, Fault, Kind, Verdict, verify};
use sep_run::broker::audit::{LONG, SHORT, open};
use sep_run::wire::Stage;
use support::person::{Ended, Person, wait_for};
use support::{clone3, fork_wait, needs, program};

/// `sepctl`, as the person types it.
fn sepctl(person: &Person, words: &[&str]) -> Ended {
    person.run(person.sepctl(words))
}

fn log_of(person: &Person) -> PathBuf {
    person.top.join("state/sep-run/audit.jsonl")
}

/// The lines of a kind, in order.
fn lines(pc: &Pc, kind: &str) -> Vec<serde_json::Value> {
    pc.audited().into_iter().filter(|line| line["event"] == kind).collect()
}

/// Writes so many events of a zone, as whoever crosses a file does.
fn write(path: &Path, count: u64) {
    let log = open(Stage::Run, path, LONG).unwrap();
    (0..count).for_each(|n| log.write(&Event::file("office", Direction::Out, "a", n, "00")).unwrap());
}

#[test]
fn audit_01_what_was_done_to_the_log_is_named_with_file_and_line() {
    let person = Person::new();
    let path = log_of(&person);
    let check = |status: i32, words: &str| {
        let said = sepctl(&person, &["log", "--verify"]);
        assert_eq!(said.status, status, "{said:?}");
        assert!(said.text().contains(words) && said.err.is_empty(), "{words:?} in {said:?}");
    };
    check(0, "nothing is recorded yet");
    write(&path, 9);
    check(0, "whole: lines 1 to 9");
    let text = fs::read_to_string(&path).unwrap();
    let all: Vec<&str> = text.lines().collect();
    let with = |lines: Vec<&str>| fs::write(&path, lines.join("\n") + "\n").unwrap();
    let changed = all[4].replace("\"size\":4", "\"size\":5");
    with([&all[..4], &[&changed], &all[5..]].concat());
    check(1, "audit.jsonl:5: this line was changed");
    with([&all[..4], &all[5..]].concat());
    check(1, "audit.jsonl:5: before this line those with the numbers 5 to 5 are missing");
    with([&all[..4], &[all[5], all[4]], &all[6..]].concat());
    check(1, "audit.jsonl:5: this line stands in another place");
    with(all[..4].to_vec());
    check(1, "audit.jsonl:4: the log was cut: behind this line those with the numbers 5 to 9 are missing");
    with(all.clone());
    check(0, "whole: lines 1 to 9");
    fs::remove_file(sep_run::audit::head(&path)).unwrap();
    check(1, "audit.jsonl:9: the file with the end of the log");
}

/// Runs a writer up to its nth stop at a system call, and kills it there. False where it has ended before.
fn killed_at(path: &Path, stop: usize) -> bool {
    let pid = clone3(nix::sched::CloneFlags::empty()).unwrap();
    if pid == 0 {
        let log = open(Stage::Run, path, LONG).unwrap();
        ptrace::traceme().unwrap();
        raise(Signal::SIGSTOP).unwrap();
        let written = log.write(&Event::file("office", Direction::In, "killed", 1, "00"));
        std::process::exit(i32::from(written.is_err()));
    }
    let pid = Pid::from_raw(pid);
    assert!(matches!(waitpid(pid, None).unwrap(), WaitStatus::Stopped(..)));
    for _ in 0..stop {
        ptrace::syscall(pid, None).unwrap();
        if let WaitStatus::Exited(_, status) = waitpid(pid, None).unwrap() {
            assert_eq!(status, 0);
            return false;
        }
    }
    kill(pid, Signal::SIGKILL).unwrap();
    waitpid(pid, None).unwrap();
    true
}

#[test]
fn audit_02_a_writer_killed_at_any_system_call_leaves_a_whole_log() {
    let person = Person::new();
    let path = log_of(&person);
    write(&path, 1);
    let (mut stop, mut behind) = (0, 0);
    while killed_at(&path, stop) {
        let noted = fs::read_to_string(sep_run::audit::head(&path)).unwrap();
        let written = fs::read_to_string(&path).unwrap().lines().count() as u64;
        behind += u64::from(!noted.starts_with(&format!("{written:020} ")));
        assert_eq!(verify(&path).unwrap(), Verdict::Whole(1, written), "killed at {stop}");
        write(&path, 1);
        assert_eq!(verify(&path).unwrap(), Verdict::Whole(1, written + 1), "the next writer after {stop}");
        stop += 1;
    }
    // lock, head, length, line, head, unlock: each has two stops
    assert!(stop >= 12, "{stop} stops");
    assert!(behind >= 2, "a line was there that the head did not know");
}

#[test]
fn audit_02_a_large_log_is_put_aside_and_the_chain_goes_on() {
    let person = Person::new();
    let path = log_of(&person);
    write(&path, 2);
    // nothing of the chain, but large
    fs::File::options().append(true).open(&path).unwrap().set_len(65 * 1024 * 1024).unwrap();
    let held = open(Stage::Run, &path, SHORT).map(|log| log.write(&Event::new(Kind::Failed, "z")));
    assert!(held.unwrap().is_ok() && sep_run::audit::aside(&path).exists());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.lines().next().unwrap().contains("\"event\":\"continued\""), "{text}");
    let aside = sep_run::audit::aside(&path);
    assert_eq!(verify(&path).unwrap(), Verdict::Broken { file: aside.clone(), line: 3, fault: Fault::Unreadable });
    // without what was put there it is whole, both files
    fs::File::options().write(true).open(&aside).unwrap().set_len(whole(&aside)).unwrap();
    assert_eq!(verify(&path).unwrap(), Verdict::Whole(1, 4));
    fs::remove_file(&aside).unwrap();
    assert_eq!(verify(&path).unwrap(), Verdict::Broken { file: path, line: 1, fault: Fault::Missing(1, 2) });
}

/// Bytes of the first two lines.
fn whole(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    bytes.split_inclusive(|byte| *byte == b'\n').take(2).map(|line| line.len() as u64).sum()
}

/// A small disk of its own for the log; what fills it is the file that is given.
fn small_disk(pc: &Pc) -> PathBuf {
    let state = pc.person.top.join("state");
    mount(Some("small"), &state, Some("tmpfs"), MsFlags::empty(), Some("mode=700,size=256k")).unwrap();
    state.join("full")
}

fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    while std::io::Write::write(&mut file, &[b'x'; 4096]).is_ok_and(|written| written == 4096) {}
}

#[test]
fn audit_03_on_a_full_disk_nothing_is_started_and_what_runs_goes_on() {
    on_a_pc(&["python3", "curl"], |pc| {
        let full = small_disk(pc);
        assert_eq!(pc.person.inside("internet", "echo ran").good(), "ran", "the twin");
        let script = "import socket, sys
def refused(port):
    s = socket.socket(); s.settimeout(20)
    try:
        s.connect(('10.20.0.10', port)); s.recv(1)
    except ConnectionResetError:
        return
    sys.exit('not reset')
print('up', flush=True)
for n, line in enumerate(sys.stdin):
    for port in range(20): refused(9000 + port)
    s = socket.create_connection(('198.51.100.10', 80), 20); s.send(b'GET / HTTP/1.0\\r\\n\\r\\n'); print('allowed', n, s.recv(4), flush=True)
";
        let fifo = pc.person.top.join("words");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let mut running = pc.person.sep_run("internet", ["/usr/bin/python3", "-I", "-c", script]);
        let words = fs::File::options().read(true).write(true).open(&fifo).unwrap();
        running.stdin(fs::File::open(&fifo).unwrap());
        let running = pc.person.start(running);
        running.until_said("up");
        fill(&full);
        // until the page that the log has is full
        let mut more = 0;
        while open(Stage::Run, &log_of(&pc.person), LONG).unwrap().write(&Event::new(Kind::Failed, "z")).is_ok() {
            more += 1;
        }
        assert!(more < 100, "{more}");
        let refused = pc.person.inside("internet", "echo ran");
        refused.refused(125, "cannot write the audit log");
        assert!(refused.out.is_empty() && refused.err.contains("no space left"), "{refused:?}");
        let looks = pc.person.outside(&hint::hint(&refused.err, "code-not-recorded.hint"));
        assert!(looks.text().contains("100%") && looks.text().contains("audit.jsonl"), "{looks:?}");
        pc.person.inside("strict", "echo ran").refused(125, "cannot write the audit log");
        std::io::Write::write_all(&mut &words, b"go\n").unwrap();
        running.until_said("allowed 0 b'HTTP'");
        fs::remove_file(&full).unwrap();
        assert_eq!(pc.person.inside("internet", "echo ran").good(), "ran", "the twin");
        std::io::Write::write_all(&mut &words, b"go\n").unwrap();
        running.until_said("allowed 1 b'HTTP'");
        drop(running);
        pc.person.settle();
        let left_out: u64 = lines(pc, "suppressed").iter().map(|line| line["count"].as_u64().unwrap()).sum();
        assert_eq!(lines(pc, "refused").len() as u64 + left_out, 40, "{:?}", pc.audited());
        assert!(left_out > 0);
        let said = sepctl(&pc.person, &["log", "--verify"]);
        assert_eq!(said.status, 0, "{said:?}");
    });
}

#[test]
fn audit_03_a_log_that_others_hold_or_that_is_a_link_starts_nothing() {
    on_a_pc(&[], |pc| {
        let path = log_of(&pc.person);
        write(&path, 1);
        let head = fs::File::open(sep_run::audit::head(&path)).unwrap();
        head.lock().unwrap();
        pc.person.inside("strict", "echo ran").refused(125, "cannot write the audit log");
        head.unlock().unwrap();
        assert_eq!(pc.person.inside("strict", "echo ran").good(), "ran", "the twin");
        for name in [path.clone(), sep_run::audit::head(&path)] {
            let aside = name.with_added_extension("real");
            fs::rename(&name, &aside).unwrap();
            std::os::unix::fs::symlink(&aside, &name).unwrap();
            let refused = pc.person.inside("strict", "echo ran");
            refused.refused(125, "cannot write the audit log");
            assert!(refused.out.is_empty());
            fs::rename(&aside, &name).unwrap();
        }
        assert_eq!(pc.person.inside("strict", "echo ran").good(), "ran", "the twin");
    });
}

#[test]
fn audit_04_ten_thousand_refusals_a_second_are_all_counted_and_hold_nobody_up() {
    on_a_pc(&["python3"], |pc| {
        let flood = "import socket, time
def dropped(): return int(next(l for l in open('/proc/net/dev') if 'inet0' in l).split()[12])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
before, sent, begin = dropped(), 0, time.monotonic()
while time.monotonic() - begin < 3:
    for _ in range(30):
        s.sendto(b'x', ('10.20.0.10', 9000 + sent % 2000)); sent += 1
    time.sleep(0.001)
took = time.monotonic() - begin
time.sleep(0.5)
print(sent, dropped() - before, took, flush=True)";
        let flood = pc.person.start(pc.person.sep_run("internet", ["/usr/bin/python3", "-I", "-c", flood]));
        wait_for(Duration::from_secs(20), || lines(pc, "refused").len() > 100, || "no flood".to_owned());
        let quick = "import socket, time
took = []
for _ in range(20):
    begin = time.monotonic()
    s = socket.create_connection(('198.51.100.10', 80), 20); s.send(b'GET / HTTP/1.0\\r\\n\\r\\n'); s.recv(4)
    took.append(time.monotonic() - begin)
print(sorted(took)[10])";
        let quick = pc.person.run(pc.person.sep_run("internet", ["/usr/bin/python3", "-I", "-c", quick])).good();
        let said = flood.end().good();
        let numbers: Vec<f64> = said.split_whitespace().map(|word| word.parse().unwrap()).collect();
        let heard = (numbers[0] - numbers[1]) as u64;
        println!("{} sent, {heard} heard in {} s, half of the connections within {quick} s", numbers[0], numbers[2]);
        assert!(heard as f64 / numbers[2] > 10_000.0, "{said}");
        assert!(quick.parse::<f64>().unwrap() < 0.1, "{quick} s");
        pc.person.settle();
        let written = lines(pc, "refused").len() as u64;
        let left_out: u64 = lines(pc, "suppressed").iter().map(|line| line["count"].as_u64().unwrap()).sum();
        assert_eq!(written + left_out, heard, "{written} lines and {left_out} that were left out");
        assert!(written < 2_000, "the rate holds: {written}");
        assert_eq!(sepctl(&pc.person, &["log", "--verify"]).status, 0);
    });
}

#[test]
fn audit_05_what_is_shown_drives_no_terminal_and_no_spreadsheet() {
    on_a_pc(&["python3"], |pc| {
        let hostile = "=1+1\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}";
        assert_eq!(pc.person.run(pc.person.sep_run("internet", [hostile])).status, 127);
        assert_eq!(pc.person.run(pc.person.sep_run(hostile, ["ls"])).status, 125);
        // as a program in the zone asks for a name
        let ask = "import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5)
name = b'\\x0c@\\x1b]0;owned\\x07=1\\x04test\\x00'
s.sendto(b'\\x00\\x01\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00' + name + b'\\x00\\x01\\x00\\x01', ('192.0.2.1', 53))
try: s.recv(512)
except OSError: pass";
        pc.person.profile("internet", r#"{"network": {"names_allowed": []}}"#);
        pc.person.settle();
        pc.person.run(pc.person.sep_run("internet", ["/usr/bin/python3", "-I", "-c", ask])).good();
        pc.person.settle();
        for words in [&["log"][..], &["log", "--csv"], &["log", "--json"], &["log", "--verify"]] {
            for locale in ["C.UTF-8", "ko_KR.UTF-8"] {
                let mut command = pc.person.sepctl(words);
                command.env("LC_ALL", locale);
                let shown = pc.person.run(command).good();
                let bad = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
                assert!(!shown.contains(bad), "{words:?}: {shown:?}");
                assert!(words.len() > 1 && words[1] == "--verify" || shown.contains("owned"), "the twin: {shown}");
                let formula = |cell: &str| cell.trim_matches('"').starts_with(['=', '+', '-', '@']);
                assert!(words != ["log", "--csv"] || !shown.lines().any(|l| l.split(',').any(formula)), "{shown}");
            }
        }
    });
}

#[test]
fn audit_06_launches_refused_launches_and_ends_are_recorded() {
    on_a_pc(&[], |pc| {
        assert_eq!(pc.person.inside("strict", "exit 3").status, 3);
        assert_eq!(pc.person.inside("strict", "kill -9 $$").status, 137);
        assert_eq!(pc.person.run(pc.person.sep_run("strict", ["no-such-program"])).status, 127);
        assert_eq!(pc.person.run(pc.person.sep_run("strikt", ["ls"])).status, 125);
        pc.person.settle();
        let launches = lines(pc, "launch");
        let programs: Vec<_> = launches.iter().map(|l| l["program"].as_str().unwrap()).collect();
        assert_eq!(programs, ["sh", "sh", "no-such-program"]);
        assert!(launches.iter().all(|l| l["zone"] == "strict" && l["profile"] == "strict"));
        let ended = lines(pc, "ended");
        assert_eq!((&ended[0]["status"], &ended[1]["signal"], ended.len()), (&3.into(), &9.into(), 2), "{ended:?}");
        assert!(ended.iter().all(|l| l["seconds"].as_f64().unwrap() < 30.0));
        let refused = lines(pc, "launch-refused");
        let why: Vec<_> = refused.iter().map(|l| (l["stage"].as_str().unwrap(), l["code"].as_str().unwrap())).collect();
        assert_eq!(why, [("run", "not-found"), ("resolve", "no-profile")], "{refused:?}");
        let dry = pc.person.audited_after(&["--dry-run", "strikt"]);
        assert_eq!(dry, refused.len(), "what was to start nothing is no launch");
    });
}

trait Dry {
    fn audited_after(&self, words: &[&str]) -> usize;
}

impl Dry for Person {
    /// How many refused launches there are after a command line that launches nothing.
    fn audited_after(&self, words: &[&str]) -> usize {
        let mut command = self.command(program("sep-run"));
        command.args(words);
        assert_eq!(self.run(command).status, 125);
        let text = fs::read_to_string(log_of(self)).unwrap();
        text.lines().filter(|line| line.contains("\"event\":\"launch-refused\"")).count()
    }
}

#[test]
fn the_log_is_read_by_zone_by_time_and_by_kind() {
    on_a_pc(&["curl"], |pc| {
        pc.person.profile("internet", r#"{"network": {"log": {"connections": "all"}}}"#);
        let both =
            format!("curl -sS --max-time 20 http://{ADDRESS}/; curl -sS --max-time 20 http://{PRIVATE}:22/; true");
        pc.person.inside("internet", &both);
        pc.person.inside("strict", "true").good();
        pc.person.settle();
        let shown = |words: &[&str]| sepctl(&pc.person, &[&["log"], words].concat()).good();
        let all = shown(&[]);
        assert!(all.lines().next().unwrap().starts_with("time"), "{all}");
        for part in
            ["launch", "ended", &format!("→ {ADDRESS}:80/tcp"), &format!("→ {PRIVATE}:22/tcp, closed by private")]
        {
            assert!(all.contains(part), "{part:?} in {all}");
        }
        assert!(!shown(&["--zone", "strict"]).contains("internet") && shown(&["--zone", "strict"]).contains("sh"));
        assert_eq!(shown(&["--refused"]).lines().count(), 2, "{}", shown(&["--refused"]));
        assert!(shown(&["--connections"]).lines().skip(1).all(|line| line.contains(ADDRESS)));
        assert_eq!(shown(&["--since", "1h"]), all);
        assert_eq!(shown(&["--until", "1h"]).lines().count(), 1);
        assert_eq!(shown(&["--since", "today", "--until", "2099-01-01"]), all);
        let json = shown(&["--json", "--refused"]);
        let line: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&line["destination"], &line["port"]), (&PRIVATE.into(), &22.into()));
        let csv = shown(&["--csv"]);
        assert_eq!(csv.lines().count(), all.lines().count());
        assert!(csv.lines().all(|line| line.matches(',').count() == 24), "{csv}");
        let wrong = sepctl(&pc.person, &["log", "--since", "soon"]);
        assert_eq!((wrong.status, wrong.err.contains("'soon' is no time")), (125, true), "{wrong:?}");
        let proposed = hint::hint(&wrong.err, "code-bad-time.hint");
        let words: Vec<&str> = proposed.split_whitespace().skip(1).collect();
        assert_eq!(sepctl(&pc.person, &words).good(), all);
    });
}

#[test]
fn who_follows_the_log_hears_what_comes() {
    on_a_pc(&[], |pc| {
        pc.person.inside("strict", "true").good();
        let follows = pc.person.start(pc.person.sepctl(["log", "--follow"]));
        follows.until_said("exit status 0");
        let begin = Instant::now();
        pc.person.inside("strict", "exit 7");
        follows.until_said("exit status 7");
        println!("after {:?}", begin.elapsed());
        let path = log_of(&pc.person);
        pc.person.settle_but(follows.pid());
        fs::File::options().append(true).open(&path).unwrap().set_len(65 * 1024 * 1024).unwrap();
        pc.person.inside("strict", "exit 8");
        follows.until_said("exit status 8");
        assert_eq!(follows.said().matches("exit status").count(), 3, "{}", follows.said());
    });
}

trait But {
    fn settle_but(&self, pid: Pid);
}

impl But for Person {
    /// Waits until nothing is left but one process.
    fn settle_but(&self, pid: Pid) {
        let left = || self.left().into_iter().filter(|p| p.pid != pid.as_raw()).collect::<Vec<_>>();
        wait_for(Duration::from_secs(30), || left().is_empty(), || format!("{:?}", left()));
    }
}

#[test]
fn many_launches_at_once_make_one_chain() {
    if !needs(&["user", "zone", "tun"]) {
        return;
    }
    fork_wait(|| {
        let person = Person::new();
        let all: Vec<_> = (0..12).map(|n| person.start_inside("strict", &format!("exit {n}"))).collect();
        for (n, running) in all.into_iter().enumerate() {
            assert_eq!(running.end().status, n as i32);
        }
        person.settle();
        assert_eq!(verify(&log_of(&person)).unwrap(), Verdict::Whole(1, 24));
    });
}
