//! A zone whose very init lies: what it says is judged before any file is made.

use std::fs;
use std::os::fd::AsFd;

use sep_run::audit::Direction;
use sep_run::client::files::{Order, Outcome, Talk, Watch, get, list};
use sep_run::files::Trail;
use sep_run::policy::{Host, Places, Plan, load, resolve};
use sep_run::wire::files::{Digest, Entry, FileTold, Kind, Part};
use sep_run::wire::{Code, Connection, Failure, FromInit, Stage};

struct Nobody;

impl Watch for Nobody {
    fn begin(&mut self, _: &str, _: u64, _: u64) {}
    fn at(&mut self, _: u64) {}
    fn record(&mut self, _: Direction, _: &str, _: u64, _: &Digest) -> Result<(), Failure> {
        Ok(())
    }
    fn end(&mut self) {}
}

fn plan() -> Plan {
    let host = Host::gather();
    resolve(&load("strict", &Places { folders: vec![], programs: vec![] }).unwrap(), &host).unwrap()
}

fn entry(name: &[u8], kind: Kind) -> Entry {
    Entry { name: name.to_vec(), kind, size: 3, modified: 0, target: vec![] }
}

/// A zone that says these things whatever it is asked, and what it gets out of the client.
fn told(says: Vec<FileTold>, ask: impl FnOnce(&Talk, &Plan)) {
    let (here, there) = Connection::pair().unwrap();
    there.answer(Stage::Run, &FromInit::Accepted, &[]).unwrap();
    let speaking = std::thread::spawn(move || {
        for told in says {
            // with a descriptor beside each, which is closed unseen
            let null = fs::File::open("/dev/null").unwrap();
            if there.answer(Stage::Run, &FromInit::Files(told), &[null.as_fd()]).is_err() {
                return;
            }
        }
        while let Ok(Some(_)) = there.receive() {}
    });
    let talk = Talk::open(here, &mut |_| {}).unwrap();
    ask(&talk, &plan());
    drop(talk);
    speaking.join().unwrap();
}

/// What `get -r` makes of it, in a folder of its own: the outcome, and what is there afterwards.
fn got(test: &str, says: Vec<FileTold>) -> (Outcome, Vec<String>) {
    let top = std::env::temp_dir().join(format!("lying-{}-{test}", std::process::id()));
    fs::create_dir_all(top.join("to")).unwrap();
    let order =
        Order { paths: vec!["x".into()], to: Some(top.join("to/").into()), recursive: true, ..Order::default() };
    let mut outcome = Outcome::default();
    told(says, |talk, plan| outcome = get(talk, plan, &order, &mut Nobody).unwrap());
    let listed =
        std::process::Command::new("find").arg(&top).args(["-mindepth", "1", "-printf", "%P\n"]).output().unwrap();
    let mut names: Vec<String> = String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
    names.sort();
    fs::remove_dir_all(&top).unwrap();
    (outcome, names)
}

fn look(kind: Kind) -> Vec<FileTold> {
    vec![FileTold::Entries(vec![entry(b"x", kind)]), FileTold::Done]
}

fn after_look(says: &[FileTold]) -> Vec<FileTold> {
    look(Kind::File).into_iter().chain(says.iter().cloned()).collect()
}

#[test]
fn file_06_an_honest_file_is_made() {
    let says = [FileTold::File(3, 0), FileTold::Chunk(b"abc".to_vec()), FileTold::Done];
    let (outcome, names) = got("honest", after_look(&says));
    assert_eq!((outcome.moved.len(), outcome.left), (1, vec![]));
    assert_eq!(names, ["to", "to/x"], "the twin of all that follows");
}

#[test]
fn file_06_sizes_and_positions_that_can_not_be_make_no_file() {
    let chunk = |bytes: &[u8]| FileTold::Chunk(bytes.to_vec());
    let cases: [&[FileTold]; 8] = [
        &[FileTold::File(3, 0), chunk(b"abcd"), FileTold::Done],
        &[FileTold::File(3, 0), chunk(b"")],
        &[FileTold::File(3, 0), chunk(b"ab"), FileTold::Done],
        &[FileTold::File(3, 0), chunk(b"abc"), chunk(b"d")],
        &[FileTold::File(3, 2), chunk(b"c"), FileTold::Done],
        &[FileTold::File(3, 9), FileTold::Done],
        &[FileTold::Done],
        &[FileTold::Offer(Part::default(), true)],
    ];
    for (number, says) in cases.into_iter().enumerate() {
        let (outcome, names) = got(&format!("size{number}"), after_look(says));
        assert_eq!((outcome.moved.len(), outcome.left.len()), (0, 1), "{says:?}");
        assert_eq!((outcome.left[0].code, names), (Code::Protocol, vec!["to".to_owned()]), "{says:?}");
    }
}

#[test]
fn file_06_names_that_lead_elsewhere_make_no_file() {
    for name in [&b"../x"[..], b"..", b".", b"a/b", b"/etc/passwd", b"", b"a\0b", b"\x1b[2J", b"\xff"] {
        let mut says = look(Kind::Folder);
        says.extend([FileTold::Entries(vec![entry(name, Kind::File)]), FileTold::Done]);
        let (outcome, names) = got("name", says);
        assert_eq!(outcome.left.iter().map(|f| f.code).collect::<Vec<_>>(), [Code::BadName], "{name:?}");
        assert_eq!((outcome.moved.len(), names), (0, vec!["to".to_owned(), "to/x".to_owned()]), "{name:?}");
    }
}

#[test]
fn file_06_a_list_without_end_is_ended() {
    let full = || FileTold::Entries((0..200).map(|_| entry(&[b'n'; 255], Kind::File)).collect());
    let check = |says: Vec<FileTold>, codes: &[Code]| {
        told(look(Kind::Folder).into_iter().chain(says).collect(), |talk, _| {
            let failure: Failure = list(talk, &Trail::default()).unwrap_err();
            assert!(codes.contains(&failure.code), "{failure:?}");
        });
    };
    check((0..3000).map(|_| full()).collect(), &[Code::TooMany]);
    check((0..3000).map(|_| FileTold::Entries(vec![])).collect(), &[Code::TooMany]);
    check(vec![FileTold::Entries(vec![entry(b"a", Kind::File)]), full()], &[Code::TooMany]);
}
