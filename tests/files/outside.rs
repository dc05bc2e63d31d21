//! Words of a command line that name files of the PC: what is said, and that the command which is said carries them in.

use std::fs;
use std::process::Command;

use super::{Ended, Person, ZONE, here, ready};
use crate::support::person::{LIMIT, listens, wait_for};
use crate::support::program;

fn launch(person: &Person, switches: &[&str], argv: &[&str]) -> Ended {
    let mut command: Command = person.command(program("sep-run"));
    command.args(switches).arg(ZONE).arg("--").args(argv);
    person.run(command)
}

/// The lines about files of the PC.
fn hints(ended: &Ended) -> Vec<&str> {
    ended.err.lines().filter_map(|line| line.strip_prefix("hint: ").or(line.strip_prefix("도움말: "))).collect()
}

/// Executes the command of a hint as a person does who copies it.
#[track_caller]
fn done(person: &Person, hint: &str) {
    let (_, command) = hint.split_once(" in the zone").unwrap();
    let (_, command) = command.split_once(": ").unwrap();
    let folder = program("sepctl").parent().unwrap().display().to_string();
    person.outside(&format!("PATH={folder}:$PATH; {command}")).good();
}

#[test]
fn a_file_of_the_pc_in_a_programs_words_is_named_with_what_carries_it_in() {
    let Some(person) = ready(&[]) else { return };
    let file = here(&person, "it's a.pdf");
    fs::write(&file, "content").unwrap();
    let typed = file.to_str().unwrap();
    let ended = launch(&person, &[], &["cat", typed]);
    assert_eq!(ended.status, 1, "the program ran and did not find it: {ended:?}");
    let command = format!("sepctl put {ZONE} '{}'", typed.replace('\'', r"'\''"));
    assert_eq!(hints(&ended), [format!("'{typed}' is on the PC and not in the zone: {command}")]);
    // relative, as an option's value, as an address: the same file
    let address = format!("file://{}", typed.replace(' ', "%20"));
    for words in [vec!["true", "it's a.pdf"], vec!["true", &format!("--in={typed}")], vec!["true", &address]] {
        let ended = launch(&person, &[], &words);
        assert_eq!((ended.status, hints(&ended).len()), (0, 1), "{words:?}: {ended:?}");
        assert!(hints(&ended)[0].contains("it's a.pdf' is on the PC"), "{ended:?}");
    }
    done(&person, hints(&ended)[0]);
    let twin = launch(&person, &[], &["cat", "it's a.pdf"]);
    assert_eq!((hints(&twin), twin.text()), (vec![], "content".into()), "the zone has it now");
    assert_eq!(hints(&launch(&person, &["-q"], &["true", typed])), [""; 0]);
}

#[test]
fn what_the_zone_has_itself_is_not_named() {
    let Some(person) = ready(&[]) else { return };
    person.outside("mkdir -p work sub; echo x >work/a; echo x >sub/b; ln -s /usr/share link; echo x >-o").good();
    person.inside(ZONE, "ln -s / sub; mkdir -p own; echo y >own/file").good();
    let (home, work) = (person.inside(ZONE, "echo ~").good(), here(&person, "work"));
    let (shared, host) = (work.join("a"), here(&person, "own"));
    let share = format!("--share={}", work.display());
    fs::create_dir(&host).unwrap();
    fs::write(host.join("file"), "x").unwrap();
    let of_zone = format!("{home}/own/file");
    for words in [
        vec!["true", "/usr/share", "/bin/sh", "/etc/hostname", "/dev/null", "/proc/self", "/", "/tmp", "/home"],
        vec!["true", "https://example.org/", "-o", "not-there", "/not/there", "--color=work", &home, &of_zone],
        vec!["true", "own/file", "./own/../own/file"],
        // behind a link of the zone's nobody looks
        vec!["true", "sub/b"],
    ] {
        let ended = launch(&person, &[], &words);
        assert_eq!((ended.status, hints(&ended)), (0, vec![]), "{words:?}");
    }
    assert_eq!(hints(&launch(&person, &[&share], &["true", shared.to_str().unwrap()])), [""; 0]);
    let twin = launch(&person, &[], &["true", shared.to_str().unwrap()]);
    assert_eq!(hints(&twin).len(), 1, "without the switch: {twin:?}");
}

#[test]
fn names_drive_no_terminal_and_three_are_enough() {
    let Some(person) = ready(&[]) else { return };
    let odd = "a\x1b]0;x\x07.pdf";
    person.outside("mkdir folder; echo x >folder/x; echo x >1; echo x >2; ln -s folder/x led").good();
    fs::write(here(&person, odd), "").unwrap();
    let ended = launch(&person, &[], &["true", odd, "folder", "led", "1", "2"]);
    let said = hints(&ended);
    assert_eq!(said.len(), 3, "{ended:?}");
    assert_eq!(said[0], r"'a\u{1b}]0;x\u{7}.pdf' is on the PC and not in the zone");
    assert_eq!(said[1], format!("'folder' is on the PC and not in the zone: sepctl put -r {ZONE} folder"));
    said[1..].iter().for_each(|hint| done(&person, hint));
    assert_eq!(person.inside(ZONE, "cat folder/x x").good(), "x\nx");
    let mut korean = person.sep_run(ZONE, ["true", "1"]);
    korean.env("LC_ALL", "ko_KR.UTF-8");
    let korean = person.run(korean);
    let expected = format!("'1' 항목은 PC에 있고 존에는 없습니다. 존에 넣는 명령: sepctl put {ZONE} 1");
    assert_eq!(hints(&korean), [expected]);
}

#[test]
fn a_home_in_memory_takes_files_while_its_zone_runs() {
    let Some(person) = ready(&[]) else { return };
    fs::write(here(&person, "a"), "content").unwrap();
    let mut command = person.command(program("sep-run"));
    let script = "while ! cat a 2>/dev/null; do sleep 0.05; done";
    command.args(["--disposable", ZONE, "sh", "-c", script, "a"]);
    let running = person.start(command);
    wait_for(LIMIT, || running.complained().contains('\n'), || "no hint".into());
    let said = running.complained();
    let hint = said.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap();
    assert_eq!(
        hint,
        format!("'a' is on the PC and not in the zone; while the zone runs: sepctl put {ZONE}-disposable a")
    );
    // the client has said so before the zone stands
    let socket = person.runtime_of(&format!("{ZONE}-disposable")).join("init.sock");
    wait_for(LIMIT, || listens(&socket), || "no zone".into());
    done(&person, hint);
    assert_eq!(running.end().good(), "content");
}
