//! `sepctl edit`: a script as the editor.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{answered, sepctl};
use crate::hint::hint;
use crate::support::needs;
use crate::support::person::{Ended, Person};

/// A person whose editor runs this script, with the file as `$1`.
fn with_editor(script: &str) -> Person {
    let mut person = Person::new();
    let path = person.top.join("editor");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    // by a shell, so that no file is executed that somebody may still have open
    person.env.push(("EDITOR".into(), format!("sh {}", path.display()).into()));
    person
}

fn own(person: &Person) -> PathBuf {
    person.top.join("config/sep-run/profiles/strict.json")
}

/// What stands in the folder of profiles.
fn files(person: &Person) -> usize {
    fs::read_dir(own(person).parent().unwrap()).unwrap().count()
}

#[test]
fn a_file_that_is_right_is_put_in_place_and_holds() {
    let person = with_editor("sed -i 's/\"open_files\": *4096/\"open_files\": 1111/' \"$1\"");
    let done = answered(&person, &["edit", "strict", "--json"]);
    assert_eq!((&done["changed"], done["file"].as_str()), (&true.into(), own(&person).to_str()));
    let changes = sepctl(&person, &["profile", "diff", "strict"]).good();
    assert!(changes.contains("limits.open_files: 4096 → 1111") && changes.lines().count() == 1, "{changes}");
    assert_eq!(fs::metadata(own(&person)).unwrap().permissions().mode() & 0o777, 0o600);
    // the user's own file the next time, and nothing to do
    assert!(sepctl(&person, &["edit", "strict"]).good().starts_with("nothing was changed"));
    assert_eq!(files(&person), 1, "no copy is left");
    for wrong in ["strikt", "../strict", ""] {
        let refused = sepctl(&person, &["edit", wrong]);
        assert_eq!((refused.status, refused.err.contains("no profile")), (125, true), "{refused:?}");
    }
}

#[test]
fn a_file_that_is_wrong_is_never_in_place() {
    let person = with_editor("sed -i 's/open_files/open_filse/' \"$1\"");
    person.profile("strict", "{\n  \"limits\": { \"open_files\": 2222 }\n}\n");
    let refused = sepctl(&person, &["edit", "strict"]);
    assert_eq!(refused.status, 125, "{refused:?}");
    assert!(refused.err.contains("strict.json:2:15: "), "it names the place: {refused:?}");
    assert_eq!(hint(&refused.err, "code-bad-profile.hint[other]"), "did you mean 'open_files'?");
    assert!(fs::read_to_string(own(&person)).unwrap().contains("2222"));
    // one that is wrong already can be mended
    person.profile("strict", "{ \"limits\": { \"open_filse\": 700 } }\n");
    let mut mender = person.sepctl(["edit", "strict"]);
    mender.env("VISUAL", "sed -i s/filse/files/");
    person.run(mender).good();
    assert!(sepctl(&person, &["profile", "show", "strict"]).good().contains("\"open_files\": 700"));
    assert_eq!(files(&person), 1);
}

/// `sepctl edit` on a terminal, where this is typed.
fn typed(person: &Person, answers: &str) -> Ended {
    let file = person.top.join("answer");
    fs::write(&file, answers).unwrap();
    let mut command = person.command("script");
    let sepctl = crate::support::program("sepctl");
    command.args(["-qec", &format!("exec {} edit strict", sepctl.display()), "/dev/null"]);
    command.stdin(fs::File::open(file).unwrap());
    person.run(command)
}

#[test]
fn on_a_terminal_it_asks_and_the_next_try_counts() {
    if !needs(&["script"]) {
        return;
    }
    // wrong at first, right then; Ctrl-C is the editor's own
    let script = "if [ -e ~/tried ]; then sed -i 's/filse/files/' \"$1\"; else : >~/tried
trap : INT; kill -INT 0; sed -i 's/open_files/open_filse/; s/4096/3333/' \"$1\"; fi";
    let person = with_editor(script);
    let no = typed(&person, "n\n");
    assert!(no.status == 125 && no.text().contains("Edit again?") && no.text().contains("did you mean"), "{no:?}");
    assert!(!own(&person).exists());
    fs::remove_file(person.top.join("home/tried")).unwrap();
    let yes = typed(&person, "y\n");
    assert!(yes.status == 0 && yes.text().contains("is in place"), "{yes:?}");
    assert!(sepctl(&person, &["profile", "show", "strict"]).good().contains("\"open_files\": 3333"));
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let person = with_editor("echo '{}' >\"$1\"; exit 3");
    let failed = sepctl(&person, &["edit", "strict"]);
    assert_eq!((failed.status, own(&person).exists(), files(&person)), (125, false, 0), "{failed:?}");
    let proposed = hint(&failed.err, "code-editor-failed.hint");
    let (name, value) = proposed.split_once('=').unwrap();
    assert_eq!((name, value), ("EDITOR", "vi"));
    let mut other = person.sepctl(["edit", "strict"]);
    other.env(name, "true");
    assert!(person.run(other).good().contains("nothing was changed"), "another one");
}
