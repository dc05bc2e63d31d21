//! `sepctl status`.

use std::time::Duration;

use super::{answered, ready, sepctl};
use crate::hint::hint;
use crate::internet::on_a_pc;
use crate::support::person::{Person, wait_for};
use serde_json::Value;

/// The zone of this name.
fn zone(person: &Person, name: &str) -> Value {
    let all = answered(person, &["status", "--json"]);
    all["zones"].as_array().unwrap().iter().find(|zone| zone["zone"] == name).cloned().unwrap_or_default()
}

#[test]
fn without_a_zone_it_says_how_to_begin() {
    let Some(person) = ready(&[]) else { return };
    assert!(sepctl(&person, &["status"]).good().contains("sep-run internet firefox"));
    assert_eq!(answered(&person, &["status", "--json"])["zones"], Value::Array(vec![]));
    let missing = sepctl(&person, &["status", "strict"]);
    assert_eq!(missing.status, 125, "{missing:?}");
    let proposed = hint(&missing.err, "code-not-running.hint");
    assert_eq!(proposed, "sepctl status");
    let running = person.start_inside("strict", "echo ready; exec sleep 61.1");
    running.until_said("ready");
    assert!(sepctl(&person, &["status"]).good().starts_with("strict: profile strict"), "it names what runs");
    sepctl(&person, &["end", "strict"]).good();
    running.end();
    assert_eq!(answered(&person, &["status", "--json"])["zones"], Value::Array(vec![]));
}

#[test]
fn living_01_every_program_is_there_whatever_it_calls_itself() {
    let Some(person) = ready(&["script"]) else { return };
    // a name of a shell is its own to write
    let named = |name: &str| format!("sh -c 'printf \"{name}\" >/proc/$$/comm; read -r x <~/hold' & ");
    let script = [
        "mkfifo ~/hold; ",
        &named("sep-run: clerk"),
        &named("a\\033[2J\\rb"),
        &named(") Z 1 ("),
        "echo ready; exec script -qc 'exec sleep 61.2' /dev/null",
    ]
    .concat();
    let running = person.start_inside("strict", &script);
    running.until_said("ready");
    let all = || zone(&person, "strict")["programs"].as_array().cloned().unwrap_or_default();
    let named = |name: &str| all().into_iter().find(|program| program["name"] == name);
    for name in ["sep-run: clerk", "a\u{1b}[2J\rb", ") Z 1 (", "sleep", "script"] {
        wait_for(Duration::from_secs(5), || named(name).is_some(), || format!("{name:?} in {:?}", all()));
    }
    assert_eq!(all().len(), 5, "init and its own are left out: {:?}", all());
    assert_eq!(
        (&named("sleep").unwrap()["terminal"], &named("script").unwrap()["terminal"]),
        (&true.into(), &false.into())
    );
    // both numbers are those of the kernel
    let sleep = named("sleep").unwrap();
    let known = person.left().into_iter().find(|process| process.name == "sleep").unwrap();
    assert_eq!((&sleep["pid"], &sleep["inside"]), (&known.pid.into(), &known.inner.into()));
    let zone = zone(&person, "strict");
    assert_eq!(
        (&zone["profile"], &zone["card"], &zone["mode"]),
        (&"strict".into(), &"relay".into(), &"personal".into())
    );
    assert_eq!(zone["addresses"][0], "192.0.2.2");
    assert!(zone["memory"]["bytes"].as_u64().unwrap() > 100_000 && zone["memory"]["account"] == "pss", "{zone}");
    assert!(zone["seconds"].as_u64().unwrap() < 60 && zone["limits"]["open_files"].is_u64(), "{zone}");
    for (locale, word) in [("C.UTF-8", "programs: 5"), ("ko_KR.UTF-8", "프로그램: 5개")] {
        let mut command = person.sepctl(["status", "strict"]);
        command.env("LC_ALL", locale);
        let shown = person.run(command).good();
        assert!(shown.contains(word) && shown.contains("sep-run: clerk"), "{shown}");
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    }
    let json = sepctl(&person, &["status", "--json"]).good();
    assert!(!json.contains(|c: char| c.is_control()), "{json:?}");
    sepctl(&person, &["end", "strict"]).good();
    running.end();
}

#[test]
fn what_crossed_and_what_was_refused_is_counted() {
    on_a_pc(&["python3"], |pc| {
        let script = "import socket, sys
def get():
    s = socket.create_connection(('198.51.100.10', 80), 20); s.send(b'GET / HTTP/1.0\\r\\n\\r\\n')
    while s.recv(4096): pass
def refused():
    try: socket.create_connection(('10.20.0.10', 80), 20).recv(1)
    except OSError: pass
get(); refused(); refused(); refused()
print('done', flush=True)
import time; time.sleep(61.3)";
        let running = pc.person.start(pc.person.sep_run("internet", ["/usr/bin/python3", "-I", "-c", script]));
        running.until_said("done");
        let told = || zone(&pc.person, "internet");
        wait_for(Duration::from_secs(5), || told()["refused"] == 3, || told().to_string());
        let traffic = told()["traffic"].clone();
        assert_eq!(traffic["up"], 18, "the request: {traffic}");
        assert!(traffic["down"].as_u64().unwrap() > 18, "the answer: {traffic}");
        assert!(sepctl(&pc.person, &["status"]).good().contains("traffic: 18 B sent"));
        sepctl(&pc.person, &["end", "internet"]).good();
        running.end();
        // the numbers are the zone's, not its folder's
        let again = pc.person.start(pc.person.sep_run("internet", ["sh", "-c", "echo up; exec sleep 61.4"]));
        again.until_said("up");
        assert_eq!((&told()["refused"], &told()["traffic"]["up"]), (&0.into(), &0.into()));
        sepctl(&pc.person, &["end", "internet"]).good();
        again.end();
    });
}
