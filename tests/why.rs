//! `sepctl why`, and that the command line which it proposes opens what was refused: real programs in real zones.

#[path = "support/internet.rs"]
mod internet;
mod support;

use std::time::Duration;

use internet::{ADDRESS, OWN, PRIVATE, Pc, on_a_pc};
use support::person::Ended;
use support::program;

fn why(pc: &Pc, words: &[&str], locale: &str) -> Ended {
    let mut command = pc.person.sepctl(["why"]);
    command.args(words).env("LC_ALL", locale);
    pc.person.run(command)
}

/// The only sentence that holds these words.
#[track_caller]
fn sentence(pc: &Pc, words: &str) -> String {
    let said = why(pc, &[], "C.UTF-8").good();
    let found: Vec<&str> = said.lines().filter(|line| line.contains(words)).collect();
    let [line] = found[..] else { panic!("one sentence with {words:?}: {said}") };
    line.to_owned()
}

/// Runs what a sentence proposes, with this program in place of the dots.
#[track_caller]
fn obeys(pc: &Pc, sentence: &str, argv: &[&str]) -> Ended {
    let (_, command) = sentence.split_once("to allow: ").unwrap_or_else(|| panic!("nothing is proposed: {sentence}"));
    let mut words = command.strip_suffix(" …").unwrap().split(' ');
    assert_eq!(words.next(), Some("sep-run"));
    pc.person.settle();
    let mut run = pc.person.command(program("sep-run"));
    run.args(words).args(argv);
    pc.person.run(run)
}

fn curl(to: &str) -> [String; 5] {
    ["curl", "-sS", "--max-time", "20", to].map(str::to_owned)
}

#[test]
fn a_private_address_is_opened_by_what_is_proposed() {
    on_a_pc(&["curl"], |pc| {
        let page = curl(&format!("http://{PRIVATE}:80/page"));
        let page: Vec<&str> = page.iter().map(String::as_str).collect();
        for _ in 0..2 {
            assert_ne!(pc.person.run(pc.person.sep_run("internet", &page)).status, 0);
        }
        pc.refused(PRIVATE, "private");
        let said = sentence(pc, PRIVATE);
        let expected = format!(
            "curl → {PRIVATE}:80 refused by private-address (every zone), 2 times; to allow: sep-run --allow {PRIVATE}:80 internet …"
        );
        assert_eq!(said, expected);
        let opened = obeys(pc, &said, &page);
        assert_eq!((opened.status, opened.text().contains("words of page")), (0, true), "{opened:?}");
        let korean = why(pc, &[], "ko_KR.UTF-8").good();
        let expected = format!(
            "curl → {PRIVATE}:80 차단됨: 사설 주소(모든 존 공통), 2회. 허용하려면: sep-run --allow {PRIVATE}:80 internet …"
        );
        assert!(korean.contains(&expected), "{korean}");
    });
}

#[test]
fn a_name_is_opened_by_what_is_proposed_and_its_file_is_named() {
    on_a_pc(&["curl"], |pc| {
        pc.person.profile("internet", "{\"network\": {\n  \"names_allowed\": [\"other.test\"]\n}}");
        let page = curl(&format!("http://{}/page", internet::SITE));
        let page: Vec<&str> = page.iter().map(String::as_str).collect();
        assert_ne!(pc.person.run(pc.person.sep_run("internet", &page)).status, 0);
        let file = pc.person.top.join("config/sep-run/profiles/internet.json");
        let said = sentence(pc, internet::SITE);
        assert!(
            said.starts_with(&format!("curl → {}/dns refused by name-list ({}:2)", internet::SITE, file.display())),
            "{said}"
        );
        let opened = obeys(pc, &said, &page);
        assert_eq!((opened.status, opened.text().contains("words of page")), (0, true), "{opened:?}");
    });
}

#[test]
fn what_no_switch_opens_says_who_can() {
    on_a_pc(&["curl"], |pc| {
        let own = format!("{{\"network\": {{\n\"business\": [\"10.20.0.0/16\"],\n\"deny\": [\"{ADDRESS}\"]}}}}");
        pc.person.profile("internet", &own);
        let script: String =
            [PRIVATE, ADDRESS, OWN].map(|to| format!("curl -sS --max-time 20 http://{to}:80/; ")).concat();
        pc.person.inside("internet", &(script + "true")).good();
        pc.refused(OWN, "local");
        let file = pc.person.top.join("config/sep-run/profiles/internet.json").display().to_string();
        let yours = "no switch opens it; that file is yours to change";
        assert_eq!(
            sentence(pc, PRIVATE),
            format!("curl → {PRIVATE}:80 refused by business-network ({file}:2); {yours}")
        );
        assert_eq!(sentence(pc, ADDRESS), format!("curl → {ADDRESS}:80 refused by deny-list ({file}:3); {yours}"));
        let always = "(every zone); it is so in every zone, and nothing opens it";
        assert_eq!(sentence(pc, OWN), format!("curl → {OWN}:80 refused by this-pc {always}"));
        // the twin: a switch does not
        pc.person.settle();
        let mut run = pc.person.command(program("sep-run"));
        run.args(["--allow", &format!("{PRIVATE}:80"), "internet"]).args(curl(&format!("http://{PRIVATE}:80/")));
        assert_ne!(pc.person.run(run).status, 0);
    });
}

#[test]
fn launches_are_in_it_the_newest_last_and_by_zone() {
    on_a_pc(&["curl"], |pc| {
        pc.person.run(pc.person.sep_run("strict", ["no-such-program"])).refused(127, "cannot find");
        let to = curl(&format!("http://{PRIVATE}:80/"));
        pc.person.run(pc.person.sep_run("internet", &to));
        pc.refused(PRIVATE, "private");
        pc.person.run(pc.person.sep_run("strict", ["no-such-program"])).refused(127, "cannot find");
        let said = why(pc, &[], "C.UTF-8").good();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{said}");
        assert!(lines[0].starts_with("curl → "));
        let launch = "no-such-program not started in strict, 2 times: run: cannot find 'no-such-program' in the zone; install it";
        assert!(lines[1].starts_with(launch), "{said}");
        assert_eq!(why(pc, &["internet"], "C.UTF-8").good(), lines[0]);
        let json: Vec<serde_json::Value> =
            why(pc, &["--json"], "C.UTF-8").good().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((&json[0]["allow"][2], &json[0]["origin"]), (&format!("{PRIVATE}:80").into(), &"always".into()));
        assert_eq!(
            (&json[1]["count"], &json[1]["code"], &json[1]["sentence"]),
            (&2.into(), &"not-found".into(), &lines[1].into())
        );
    });
}

#[test]
fn who_follows_hears_each_refusal_and_no_terminal_is_driven() {
    on_a_pc(&[], |pc| {
        let hostile = "x\u{1b}]0;owned\u{7}\u{9b}2J";
        pc.person.run(pc.person.sep_run("strict", [hostile]));
        let follows = pc.person.start(pc.person.sepctl(["why", "--follow"]));
        follows.until_said("owned");
        pc.person.run(pc.person.sep_run("strict", ["second"]));
        follows.until_said("second not started in strict: run: cannot find");
        std::thread::sleep(Duration::from_millis(50));
        let json = why(pc, &["--json"], "C.UTF-8").good();
        assert!(json.contains("owned") && !json.contains(|c: char| c.is_control() && c != '\n'), "{json:?}");
        let said = follows.said();
        assert_eq!(said.lines().count(), 2, "{said}");
        assert!(!said.contains(|c: char| c.is_control() && c != '\n'), "{said:?}");
    });
}
