//! Hints about what was typed.

use std::fs;

use crate::hint::{hint, mend};
use crate::pc::{Pc, as_root, on_own_pc};
use crate::support::person::Ended;

/// The first command fails with a hint, what that says is run, and it succeeds.
#[track_caller]
fn proposes(pc: &Pc, line: &str, key: &str) -> Ended {
    let tried = pc.types(line);
    assert_eq!(tried.status, 125, "{tried:?}");
    let done = pc.obeys(&hint(&tried.err, key));
    assert_eq!(done.status, 0, "{line}: {done:?}");
    done
}

#[test]
fn the_name_of_a_profile() {
    on_own_pc(&[], |pc| {
        let done = proposes(pc, "sep-run offise echo 'it ran'", "code-no-profile.hint[other]");
        assert_eq!(done.text(), "it ran");
        // a program without its profile
        let tried = pc.types("sep-run --dry-run firefox about:blank");
        let proposed = hint(&tried.err, "code-no-profile.hint[other]");
        assert_eq!(proposed, "sep-run --dry-run internet firefox about:blank");
        assert!(pc.obeys(&proposed).good().contains("\"profile\":\"internet\""));
        proposes(pc, "sepctl explain internt", "code-no-profile.hint[other]");
        let tried = pc.types("sep-run --dry-run zzzzzz ls");
        let names = hint(&tried.err, "code-no-profile.hint[no]");
        assert!(names.split(", ").count() >= 3, "{names}");
        for name in names.split(", ") {
            pc.types(&format!("sep-run --dry-run {name} ls")).good();
        }
    });
}

#[test]
fn a_key_of_a_profile() {
    on_own_pc(&[], |pc| {
        let profile = |key: &str| pc.person.profile("mine", &format!("{{\"{key}\": true}}"));
        profile("buss");
        let first = "sep-run mine echo ran";
        let tried = pc.types(first);
        let near = hint(&tried.err, "code-bad-profile.hint[other]");
        // a word, not a command: it goes to the place that the error names
        profile(near.trim_start_matches("did you mean '").trim_end_matches("'?"));
        assert_eq!(pc.types(first).good(), "ran");
    });
}

#[test]
fn a_switch_or_verb() {
    on_own_pc(&[], |pc| {
        let done = proposes(pc, "sep-run --timming office echo \"it's\"", "code-unknown-switch.hint[other]");
        assert!(done.text() == "it's" && done.err.contains(" us"), "{done:?}");
        proposes(pc, "sepctl explian office", "code-unknown-switch.hint[other]");
        for first in ["sep-run --zzzzzz office", "sepctl zzzzzz"] {
            let done = proposes(pc, first, "code-unknown-switch.hint[no]");
            assert!(done.text().contains("Usage:") || done.text().contains("사용법:"), "{done:?}");
        }
    });
}

#[test]
fn a_value_that_is_missing() {
    on_own_pc(&[], |pc| {
        let done = proposes(pc, "sepctl explain", "code-usage.hint");
        assert!(done.text().contains("explain"), "it names what is missing: {done:?}");
    });
}

#[test]
fn a_switch_behind_the_profile() {
    on_own_pc(&[], |pc| {
        let done = proposes(pc, "sep-run office --timing echo 'a b'", "code-late-switch.hint[other]");
        assert!(done.text() == "a b" && done.err.contains(" us"), "{done:?}");
        let tried = pc.types("sep-run -q office -odd x");
        assert_eq!(hint(&tried.err, "code-late-switch.hint[other]"), "sep-run -q office -- -odd x");
        let long = format!("sep-run office --timing echo {}", "x".repeat(500));
        let help = proposes(pc, &long, "code-late-switch.hint[no]").text();
        assert!(help.contains("--timing"), "{help}");
    });
}

#[test]
fn what_can_not_be_passed_to_a_zone() {
    on_own_pc(&[], |pc| {
        let first = "sep-run office cat";
        fs::write(pc.person.top.join("home/text"), "of a file").unwrap();
        let tried = pc.types(&format!("{first} <."));
        let words = hint(&tried.err, "code-bad-stdio.hint");
        let before = words.split('\'').nth(1).unwrap();
        let piped = pc.types(&format!("{} {first}", before.replace("FILE", "text")));
        assert_eq!(piped.good(), "of a file");
        let tried = pc.types("sep-run office echo ran 1<>.");
        if tried.status == 125 && tried.err.contains("stdout") {
            let behind = hint(&tried.err, "code-bad-stdio.hint").split('\'').nth(3).unwrap().to_owned();
            assert_eq!(pc.types(&format!("sep-run office echo ran {behind}")).good(), "ran");
        }
    });
}

#[test]
fn root_is_nobody_who_works_here() {
    on_own_pc(&[], |pc| {
        let as_root = |line: &str| {
            let mut command = pc.typed(line);
            std::os::unix::process::CommandExt::uid(&mut command, 0).env("HOME", "/nonexistent");
            for name in ["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
                command.env(name, "/nonexistent");
            }
            as_root(|| pc.person.start(command)).end()
        };
        let first = "sep-run office echo ran";
        let tried = as_root(first);
        assert_eq!(tried.status, 125, "{tried:?}");
        let words = hint(&tried.err, "code-root.hint");
        assert_eq!(words, "run it as the user whose programs they are");
        let looked = as_root("sepctl doctor office");
        assert_eq!(looked.status, 1, "{looked:?}");
        assert_eq!(words, mend(&looked.text(), "why-root.mend"));
        assert_eq!(pc.types(first).good(), "ran", "as the user");
        pc.types("sepctl doctor office").good();
    });
}
