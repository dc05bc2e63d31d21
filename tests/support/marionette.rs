//! Firefox and its kin, asked by their own remote protocol (Marionette) from within the zone.
#![allow(dead_code)]

use std::fs;
use std::time::Duration;

use crate::internet::Pc;
use crate::support::person::Running;

const ASK: &str = include_str!("marionette.py");

/// Starts a program of the family without a window; it listens on a port that the kernel picks.
pub fn start(pc: &Pc, program: &str, env: &[(&str, &str)]) -> Running {
    let profile = pc.person.home_of("internet").join("profile");
    fs::create_dir_all(&profile).unwrap();
    fs::write(profile.join("user.js"), "user_pref('marionette.port', 0);\n").unwrap();
    let _ = fs::remove_file(profile.join("MarionetteActivePort"));
    let words = [program, "--headless", "--marionette", "--remote-allow-system-access", "--profile", "profile"];
    let mut command = pc.person.sep_run("internet", words);
    command.envs(env.iter().copied());
    pc.person.start(command)
}

/// Asks it, by a second launch into the same zone: pairs of `navigate` and an address, or `chrome` or `content` and a
/// script. The answers come in the same order.
#[track_caller]
pub fn ask(pc: &Pc, program: &Running, asked: &[(&str, &str)]) -> serde_json::Value {
    let mut argv = vec!["/usr/bin/python3", "-I", "-c", ASK, "profile"];
    argv.extend(asked.iter().flat_map(|(context, script)| [*context, *script]));
    let ended = pc.person.start(pc.person.sep_run("internet", argv)).end_within(Duration::from_secs(100));
    let seen = || (program.said(), program.complained(), pc.person.left());
    assert_eq!(ended.status, 0, "{ended:?}, and the program: {:?}", seen());
    serde_json::from_str(&ended.text()).unwrap()
}
