//! What a zone whose home is in memory says of its downloads before it ends, on a terminal and without one.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};

use super::watch::View;
use super::{ready, sepctl};
use crate::support::person::{Person, Running};
use crate::support::program;

const ZONE: &str = "strict-disposable";
/// Leaves a file, and ends as only this script does.
const DOWNLOAD: &str = "mkdir Downloads; echo kept >Downloads/report.pdf; exit 7";

/// A program in the disposable zone, on a terminal.
fn on_terminal(person: &Person, script: &str, locale: &str) -> View {
    View::start(person, ["sep-run", "--disposable", "strict", "sh", "-c", script], 24, 100, locale)
}

/// The same without a terminal.
fn beside(person: &Person, switches: &[&str], script: &str) -> Running {
    let mut command = person.command(program("sep-run"));
    command.args(switches).args(["--disposable", "strict", "sh", "-c", script]);
    person.start(command)
}

#[test]
fn downloads_are_told_of_and_the_zone_waits_until_they_are_kept() {
    let Some(person) = ready(&[]) else { return };
    let mut view = on_terminal(&person, DOWNLOAD, "C.UTF-8");
    let said = view.until(|text| text.contains("Enter ends the zone."));
    assert!(said.contains("zone strict-disposable ends now, and these downloads with it:"), "{said}");
    assert!(said.contains("  Downloads/report.pdf (5 B)"), "{said}");
    let command = format!("sepctl get {ZONE} Downloads/report.pdf");
    assert!(said.contains(&format!("to keep them, in another terminal: {command}")), "{said}");
    let folder = program("sepctl").parent().unwrap().display().to_string();
    person.outside(&format!("PATH={folder}:$PATH; {command}")).good();
    assert_eq!(fs::read_to_string(person.top.join("home/report.pdf")).unwrap(), "kept\n");
    view.press("\r");
    view.ends(7);
    person.nothing_is_left();
    // in the log the program has ended when it did, and as it did
    let log = sepctl(&person, &["log", "--json"]).good();
    assert!(log.lines().any(|line| line.contains("\"status\":7")), "{log}");
    // the twins: nothing there, hidden or another folder's
    for script in ["exit 7", "mkdir Downloads; exit 7", "mkdir Downloads; touch Downloads/.x file; exit 7"] {
        on_terminal(&person, script, "C.UTF-8").ends(7);
        person.nothing_is_left();
    }
}

#[test]
fn whatever_ends_the_waiting_ends_the_zone() {
    let Some(person) = ready(&[]) else { return };
    for keys in ["\u{3}", "\u{4}", "x\r"] {
        let mut view = on_terminal(&person, DOWNLOAD, "C.UTF-8");
        view.until(|text| text.contains("Enter ends the zone."));
        view.press(keys);
        view.ends(7);
        person.nothing_is_left();
    }
    let mut view = on_terminal(&person, DOWNLOAD, "C.UTF-8");
    view.until(|text| text.contains("Enter ends the zone."));
    kill(view.own(), Signal::SIGHUP).unwrap();
    view.ends(7);
    person.nothing_is_left();
    // a terminal that is gone
    let mut view = on_terminal(&person, DOWNLOAD, "C.UTF-8");
    view.until(|text| text.contains("Enter ends the zone."));
    drop(view);
    person.nothing_is_left();
    // somebody else ends it
    let mut view = on_terminal(&person, DOWNLOAD, "C.UTF-8");
    view.until(|text| text.contains("Enter ends the zone."));
    sepctl(&person, &["end", ZONE]).good();
    view.ends(7);
    person.nothing_is_left();
}

#[test]
fn while_another_program_runs_nothing_is_said() {
    let Some(person) = ready(&[]) else { return };
    let other = beside(&person, &[], "echo up; while ! test -e stop; do sleep 0.05; done");
    other.until_said("up");
    let begun = Instant::now();
    let view = on_terminal(&person, DOWNLOAD, "C.UTF-8");
    view.ends(7);
    assert!(begun.elapsed() < Duration::from_secs(2), "nobody waits for it: {:?}", begun.elapsed());
    // the last one says it, also of what others left; without a terminal it ends all the same
    beside(&person, &["-q"], "touch stop").end().good();
    let ended = other.end();
    assert_eq!((ended.status, ended.err.lines().count()), (0, 1), "{ended:?}");
    assert!(ended.err.contains("sep-run: gone with zone strict-disposable: Downloads/report.pdf"), "{ended:?}");
    person.nothing_is_left();
}

#[test]
fn a_program_that_is_left_behind_and_ends_is_waited_for_and_many_files_are_counted() {
    let Some(person) = ready(&[]) else { return };
    let script = "mkdir -p 다운로드/folder; cd 다운로드; for n in 1 2 3 4 5 6; do head -c 1500000 /dev/zero >$n; done; \
                  printf '' >\"$(printf 'a\\033b')\"; sleep 0.3 & exit 0";
    let mut view = on_terminal(&person, script, "ko_KR.UTF-8");
    let said = view.until(|text| text.contains("Enter 키를 누르면 존이 끝납니다."));
    assert!(said.contains("다운로드/1 (1.5 MB)") && said.contains("외 2개"), "{said}");
    assert!(said.contains(&format!("sepctl get -r {ZONE} 다운로드")), "{said}");
    sepctl(&person, &["get", "-r", ZONE, "다운로드"]);
    assert_eq!(fs::metadata(person.top.join("home/다운로드/6")).unwrap().len(), 1_500_000);
    view.press("\r");
    view.ends(0);
    person.nothing_is_left();
    let quiet = beside(&person, &["-q"], "mkdir Downloads; echo >Downloads/x").end();
    assert_eq!((quiet.status, quiet.err.as_str()), (0, ""), "silence was asked for");
}

#[test]
fn what_is_proposed_works_whatever_switches_the_zone_was_launched_with() {
    let Some(person) = ready(&[]) else { return };
    let held =
        beside(&person, &["--deny=192.0.2.0/24"], "mkdir Downloads; echo x >Downloads/x; echo up; exec sleep 61");
    held.until_said("up");
    sepctl(&person, &["get", ZONE, "Downloads/x"]).good();
    fs::write(person.top.join("home/y"), "y").unwrap();
    assert!(sepctl(&person, &["put", ZONE, "y"]).good().contains("Downloads/y"));
    assert!(sepctl(&person, &["ls", ZONE, "Downloads"]).good().contains("  y"));
    // a launch with other switches is another zone, and still refused
    let refused = beside(&person, &[], "true").end();
    refused.refused(125, "its plan is another one");
    drop(held);
    person.settle();
}
