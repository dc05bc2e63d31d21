//! The writer with files of its own, as others may have left them.

use super::*;
use crate::audit::{Fault, Verdict, head, verify};
use std::fs;
use std::path::PathBuf;

/// A log in a folder of its own, gone with the value.
pub struct Place(pub PathBuf);

impl Place {
    /// An empty folder.
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sep-run-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        Self(folder.join("audit.jsonl"))
    }

    /// One more writer.
    pub fn log(&self) -> Log {
        let log = File::options().create(true).read(true).append(true).open(&self.0).unwrap();
        let mut options = File::options();
        let head = options.create(true).truncate(false).read(true).write(true).open(head(&self.0)).unwrap();
        Log::new(log, head, Duration::from_millis(5))
    }

    /// Writes so many events.
    pub fn write(&self, count: u64) {
        let log = self.log();
        (0..count).for_each(|n| log.write(&Event { count: Some(n), ..event() }).unwrap());
    }

    /// What is found.
    pub fn verdict(&self) -> Verdict {
        verify(&self.0).unwrap()
    }

    /// The lines as they are.
    pub fn text(&self) -> String {
        fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0.parent().unwrap());
    }
}

fn event() -> Event {
    Event::new(Kind::Refused, "internet")
}

#[test]
fn a_name_can_not_forge_a_second_line() {
    let place = Place::new("log-forge");
    let name = Some("a\n{\"event\":\"connection\"}\u{1b}[2J".to_owned());
    place.log().write(&Event { name, port: Some(53), ..event() }).unwrap();
    let text = place.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&value["event"], &value["port"], &value["seq"]), (&"refused".into(), &53.into(), &1.into()));
    assert!(value.get("up").is_none() && !text.contains('\u{1b}'));
    assert_eq!(place.verdict(), Verdict::Whole(1, 1));
}

#[test]
fn several_writers_make_one_chain() {
    let place = Place::new("log-several");
    let logs = [place.log(), place.log(), place.log().try_clone().unwrap()];
    for _ in 0..5 {
        logs.iter().for_each(|log| log.write(&event()).unwrap());
    }
    assert_eq!(place.verdict(), Verdict::Whole(1, 15));
}

#[test]
fn whole_lines_that_the_head_does_not_know_are_taken_up() {
    for (known, more) in [(0, 1), (1, 2), (2, 5)] {
        let place = Place::new("log-behind");
        place.write(known);
        let noted = fs::read(head(&place.0)).unwrap();
        place.write(more);
        fs::write(head(&place.0), noted).unwrap();
        assert_eq!(place.verdict(), Verdict::Whole(1, known + more), "before the next writer");
        place.write(1);
        assert_eq!(place.verdict(), Verdict::Whole(1, known + more + 1));
    }
}

#[test]
fn a_piece_of_a_line_is_taken_away() {
    let place = Place::new("log-piece");
    place.write(2);
    let whole = place.text();
    let piece = whole.lines().next().unwrap();
    for end in [1, 20, piece.len()] {
        fs::write(&place.0, format!("{whole}{}", &piece[..end])).unwrap();
        assert_eq!(place.verdict(), Verdict::Whole(1, 2), "before the next writer");
        let noted = fs::read(head(&place.0)).unwrap();
        place.write(1);
        assert_eq!((place.verdict(), place.text().lines().count()), (Verdict::Whole(1, 3), 3));
        fs::write(head(&place.0), noted).unwrap();
    }
}

#[test]
fn what_does_not_continue_the_chain_stays_and_is_found() {
    let place = Place::new("log-foreign");
    place.write(2);
    fs::write(&place.0, format!("{}{{\"seq\":3}}\nand more", place.text())).unwrap();
    place.write(2);
    assert_eq!(place.text().lines().count(), 6, "{}", place.text());
    let broken = |line, fault| Verdict::Broken { file: place.0.clone(), line, fault };
    assert_eq!(place.verdict(), broken(3, Fault::Unreadable));
}

#[test]
fn a_cut_log_goes_on_with_a_gap() {
    let place = Place::new("log-cut");
    place.write(3);
    let text = place.text();
    let first = text.lines().next().unwrap().len() + 1;
    let broken = |line, fault| Verdict::Broken { file: place.0.clone(), line, fault };
    fs::write(&place.0, &text[..first]).unwrap();
    assert_eq!(place.verdict(), broken(1, Fault::Cut(2, 3)));
    place.write(1);
    assert_eq!(place.verdict(), broken(2, Fault::Missing(2, 3)));
    fs::write(&place.0, &text[..first + 10]).unwrap();
    place.write(1);
    assert_eq!(place.text().lines().count(), 3, "no line ends in a piece of another: {}", place.text());
    fs::remove_file(&place.0).unwrap();
    place.write(1);
    assert_eq!(place.verdict(), broken(1, Fault::Missing(1, 5)));
}

#[test]
fn a_lock_that_others_hold_costs_a_moment_once() {
    let place = Place::new("log-lock");
    let (log, other) = (place.log(), place.log());
    other.head.lock().unwrap();
    let begin = Instant::now();
    for _ in 0..100 {
        assert_eq!(log.write(&event()).unwrap_err().raw_os_error(), Some(libc::EAGAIN));
    }
    assert!(begin.elapsed() < Duration::from_millis(100), "{:?}", begin.elapsed());
    other.head.unlock().unwrap();
    log.write(&event()).unwrap();
    assert_eq!(place.verdict(), Verdict::Whole(1, 1));
}

#[test]
fn the_chain_goes_on_in_another_file_also_after_a_writer_that_was_killed_on_the_way() {
    for noted in [true, false] {
        let place = Place::new("log-aside");
        let aside = crate::audit::aside(&place.0);
        let put_aside = || {
            place.write(2);
            match noted {
                true => place.log().begin_file(|| fs::rename(&place.0, &aside)).unwrap(),
                false => fs::rename(&place.0, &aside).unwrap(),
            }
        };
        put_aside();
        place.write(2);
        assert_eq!((place.verdict(), place.text().lines().count()), (Verdict::Whole(1, 5), 3));
        put_aside();
        assert_eq!(
            place.verdict(),
            Verdict::Whole(3, 7),
            "the first file has made room, and no line was written since"
        );
        place.write(1);
        assert_eq!(place.verdict(), Verdict::Whole(3, 9));
        let both = (fs::read_to_string(&aside).unwrap(), place.text());
        fs::write(&aside, both.0.replacen("internet", "internal", 1)).unwrap();
        assert_eq!(place.verdict(), Verdict::Broken { file: aside.clone(), line: 1, fault: Fault::Changed });
        fs::remove_file(&aside).unwrap();
        assert_eq!(place.verdict(), Verdict::Broken { file: place.0.clone(), line: 1, fault: Fault::Missing(1, 7) });
    }
}
