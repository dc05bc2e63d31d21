//! What a person types first, and what is answered.

mod support;

use std::process::Command;

use support::needs;
use support::person::{Ended, Person};

fn types(person: &Person, program: &str, words: &[&str], locale: &str) -> Ended {
    let mut command: Command = person.command(support::program(program));
    command.args(words).env("LC_ALL", locale);
    person.run(command)
}

fn ready() -> Option<Person> {
    needs(&["user"]).then(Person::new)
}

#[test]
fn nothing_but_the_name_lists_profiles_and_three_examples_that_work() {
    let Some(person) = ready() else { return };
    person.profile("bank", r#"{"description": {"en": "The bank", "ko": "은행"}}"#);
    person.profile("broken", "{");
    for (locale, own) in [("C", "The bank"), ("ko_KR.UTF-8", "은행")] {
        let said = types(&person, "sep-run", &[], locale);
        assert_eq!(said.status, 125, "nothing was run");
        let listed = |name: &str| said.err.lines().any(|line| line.starts_with(&format!("  {name} ")));
        for name in ["bank", "broken", "dev", "internet", "mail", "office", "strict"] {
            assert!(listed(name), "{name}: {}", said.err);
        }
        assert!(said.err.contains(own), "{}", said.err);
        let examples: Vec<&str> = said.err.lines().filter(|line| line.starts_with("  sep-run ")).collect();
        assert_eq!(examples.len(), 3, "{examples:?}");
        for example in examples {
            let command = example.trim().split("   ").next().unwrap();
            let words: Vec<&str> = std::iter::once("--dry-run").chain(command.split(' ').skip(1)).collect();
            types(&person, "sep-run", &words, locale).good();
        }
    }
}

#[test]
fn a_program_without_a_profile_and_a_verb_of_sepctl_are_answered_with_what_was_meant() {
    let Some(person) = ready() else { return };
    for (words, meant) in [
        (vec!["firefox"], "did you mean: sep-run internet firefox"),
        (vec!["firefox", "-P", "work"], "did you mean: sep-run internet firefox -P work"),
        (vec!["explain", "internet"], "did you mean: sepctl explain internet"),
        (vec!["doctor", "--json"], "did you mean: sepctl doctor --json"),
        (vec!["intrenet", "firefox"], "did you mean: sep-run internet firefox"),
        (vec!["internet", "--quiet", "firefox"], "did you mean: sep-run --quiet internet firefox"),
    ] {
        let said = types(&person, "sep-run", &words, "C");
        assert!(said.status == 125 && said.err.contains(meant), "{words:?}: {said:?}");
    }
    assert!(!types(&person, "sep-run", &["qqq"], "C").err.contains("did you mean"), "the twin");
}

#[test]
fn every_verb_answers_in_json_and_so_does_its_failure() {
    let Some(person) = ready() else { return };
    let json = |words: &[&str]| -> (i32, serde_json::Value) {
        let said = types(&person, "sepctl", words, "ko_KR.UTF-8");
        let text = said.text();
        assert_eq!(text.lines().count(), 1, "{words:?}: {said:?}");
        (said.status, serde_json::from_str(&text).unwrap_or_else(|e| panic!("{words:?}: {e}: {said:?}")))
    };
    person.profile("internet", "{\n \"limits\": {\"memory_mib\": 512}\n}");
    let file = person.top.join("config/sep-run/profiles/internet.json");
    let file = file.to_str().unwrap();
    let (status, explained) = json(&["explain", "internet", "--json", "--name", "bank"]);
    assert_eq!((status, &explained["zone"]), (0, &"internet-bank".into()));
    let (_, difference) = json(&["profile", "diff", "internet", "--json"]);
    let expected =
        serde_json::json!([{"path": "limits.memory_mib", "before": 8192, "value": 512, "file": file, "line": 2}]);
    assert_eq!(difference, expected);
    assert_eq!(json(&["profile", "show", "internet", "--json"]).1["limits"]["memory_mib"], 512);
    assert_eq!(json(&["profile", "check", file, "--json"]), (0, serde_json::json!({"file": file, "errors": []})));
    assert_eq!(json(&["end", "internet", "--json"]), (0, serde_json::json!({"zone": "internet", "ended": false})));
    person.profile("bad", "{\"buss\": true}");
    let bad = file.replace("internet.json", "bad.json");
    let (status, failure) = json(&["profile", "check", &bad, "--json"]);
    assert_eq!(
        (status, &failure["error"]["code"], &failure["error"]["args"][2]),
        (125, &"bad-profile".into(), &"2".into())
    );
    assert_eq!(json(&["explain", "qqq", "--json"]).1["error"]["code"], "no-profile");
    assert!(
        types(&person, "sepctl", &["profile", "diff", "office"], "C").good().is_empty(),
        "the twin: nothing changed"
    );
}

#[test]
fn the_launch_that_makes_a_zone_says_on_a_terminal_what_it_is() {
    if !needs(&["user", "zone", "tun"]) {
        return;
    }
    let person = Person::new();
    let own = support::program("sep-run").display().to_string();
    let on_terminal = |line: &str, locale: &str| {
        let mut script = person.command("/usr/bin/script");
        script.args(["-qec", &format!("{own} {line}"), "/dev/null"]).env("LC_ALL", locale);
        String::from_utf8_lossy(&person.run(script).out).replace('\r', "")
    };
    let line = "zone office: personal mode, no network; files: sepctl ls office\n";
    assert!(on_terminal("office -- true", "C").contains(line));
    person.settle();
    assert!(
        on_terminal("office -- true", "ko_KR.UTF-8")
            .contains("office 존: 개인 모드, 네트워크 없음. 파일 보기: sepctl ls office\n")
    );
    person.settle();
    assert!(
        on_terminal("strict -- true", "C")
            .contains("zone strict: personal mode, relay by the PC's routing; files: sepctl ls strict\n")
    );
    person.settle();
    let nic = on_terminal("--uplink eth9 strict -- true", "C");
    assert!(nic.contains("zone strict: personal mode, relay by eth9; files: sepctl ls strict\n"), "{nic}");
    person.settle();
    assert!(!on_terminal("-q office -- true", "C").contains("zone office"), "silenced");
    person.settle();
    let into_a_pipe = types(&person, "sep-run", &["office", "true"], "C");
    assert!(into_a_pipe.err.is_empty(), "no terminal: {into_a_pipe:?}");
    person.settle();
    let running = person.start_inside("office", "echo up; exec sleep 1000");
    running.until_said("up");
    assert!(!on_terminal("office -- true", "C").contains("zone office"), "it was there already");
    types(&person, "sepctl", &["end", "office"], "C").good();
    running.end();
    person.settle();
}
