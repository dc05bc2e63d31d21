//! What was done to a log, and what is found of it.

use super::super::log::tests::Place;
use super::*;
use crate::audit::head;
use std::fs;

/// A log of ten lines to which something is done.
fn after(change: impl FnOnce(&mut Vec<String>)) -> Verdict {
    let place = Place::new("verify");
    place.write(10);
    let mut lines: Vec<String> = place.text().lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(&place.0, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    place.verdict()
}

#[track_caller]
fn is_broken(verdict: &Verdict, at: u64, what: &Fault) {
    let Verdict::Broken { line, fault, file } = verdict else { panic!("{verdict:?}") };
    assert_eq!((line, fault, file.ends_with("audit.jsonl")), (&at, what, true), "{verdict:?}");
}

#[test]
fn audit_01_a_log_that_nobody_touched_is_whole() {
    assert_eq!(after(|_| ()), Verdict::Whole(1, 10));
    let place = Place::new("verify-none");
    assert_eq!(place.verdict(), Verdict::Empty);
    place.write(0);
    assert_eq!(place.verdict(), Verdict::Empty);
}

#[test]
fn audit_01_the_first_line_that_is_not_right_is_found() {
    is_broken(&after(|lines| lines[3] = lines[3].replace("internet", "intranet")), 4, &Fault::Changed);
    is_broken(&after(|lines| lines[0] = lines[0].replace("refused", "connection")), 1, &Fault::Changed);
    is_broken(&after(|lines| lines[9] = lines[9].replace("internet", "intranet")), 10, &Fault::Changed);
    is_broken(&after(|lines| lines[3].clear()), 4, &Fault::Unreadable);
    is_broken(&after(|lines| lines.insert(3, "{}".into())), 4, &Fault::Unreadable);
    is_broken(&after(|lines| drop(lines.drain(3..5))), 4, &Fault::Missing(4, 5));
    is_broken(&after(|lines| drop(lines.remove(0))), 1, &Fault::Missing(1, 1));
    is_broken(&after(|lines| lines.swap(3, 6)), 4, &Fault::Order);
    is_broken(&after(|lines| lines.insert(5, lines[2].clone())), 6, &Fault::Order);
    is_broken(&after(|lines| lines.truncate(7)), 7, &Fault::Cut(8, 10));
    is_broken(&after(Vec::clear), 0, &Fault::Cut(1, 10));
}

#[test]
fn audit_01_who_makes_new_hashes_is_found_by_the_head() {
    let place = Place::new("verify-new");
    place.write(3);
    let other = Place::new("verify-other");
    std::thread::sleep(std::time::Duration::from_millis(2));
    other.write(3);
    fs::copy(&other.0, &place.0).unwrap();
    is_broken(&place.verdict(), 3, &Fault::Changed);
    fs::copy(head(&other.0), head(&place.0)).unwrap();
    assert_eq!(place.verdict(), Verdict::Whole(1, 3), "whoever owns both can do this, as the documents say");
}

#[test]
fn audit_01_a_head_that_is_gone_is_found() {
    let place = Place::new("verify-head");
    place.write(3);
    fs::write(head(&place.0), "0").unwrap();
    is_broken(&place.verdict(), 3, &Fault::Head);
    fs::remove_file(head(&place.0)).unwrap();
    is_broken(&place.verdict(), 3, &Fault::Head);
    place.write(1);
    assert_eq!(place.verdict(), Verdict::Whole(1, 4), "a writer finds the end of the chain in the log");
}
