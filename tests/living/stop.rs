//! `sepctl stop`.

use std::time::{Duration, Instant};

use super::{answered, ready, sepctl};

#[test]
fn living_02_programs_are_asked_and_who_does_not_listen_is_named() {
    let Some(person) = ready(&["script"]) else { return };
    let heeds = "trap 'echo saved >~/saved; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    let running = person.start_inside("strict", heeds);
    running.until_said("ready");
    let begin = Instant::now();
    assert_eq!(answered(&person, &["stop", "strict", "--json"])["unheeding"], serde_json::json!([]));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(running.end().status, 0);
    assert_eq!(std::fs::read_to_string(person.home_of("strict").join("saved")).unwrap(), "saved\n");
    person.nothing_is_left();
    // one that does not listen, and one beside it that does
    let deaf = person.start_inside("strict", "trap '' TERM; echo ready; while :; do sleep 0.05; done");
    deaf.until_said("ready");
    let heeding = person.start_inside("strict", "echo ready; exec sleep 61.5");
    heeding.until_said("ready");
    let begin = Instant::now();
    let said = sepctl(&person, &["stop", "strict", "--within", "1"]).good();
    assert!(begin.elapsed() >= Duration::from_secs(1), "{:?}", begin.elapsed());
    assert!(said.starts_with("not ended within 1 s") && said.contains("sh ("), "{said}");
    assert_eq!(heeding.end().status, 128 + 15);
    assert_eq!(deaf.end().status, 125, "its zone ended");
    person.nothing_is_left();
    // stopped already
    assert_eq!(answered(&person, &["stop", "strict", "--json"])["stopped"], false);
    assert_eq!(sepctl(&person, &["stop", "strikt"]).status, 125);
}

#[test]
fn a_shell_with_a_terminal_and_a_program_that_was_stopped_end() {
    let Some(person) = ready(&["script"]) else { return };
    let shell =
        person.start_inside("strict", "echo ready; exec script -qc 'trap \"\" TERM; sleep 61.6; sleep 61.6' /dev/null");
    shell.until_said("ready");
    let stopped = person.start_inside("strict", "echo ready; kill -STOP $$; sleep 61.7");
    stopped.until_said("ready");
    let said = answered(&person, &["stop", "strict", "--json"]);
    assert_eq!((&said["stopped"], &said["unheeding"]), (&true.into(), &serde_json::json!([])));
    shell.end();
    stopped.end();
    person.nothing_is_left();
}
