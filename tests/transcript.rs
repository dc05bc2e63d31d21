//! The first ten minutes of somebody new: every line of `docs/ten-minutes.txt` and `docs/ten-minutes.ko.txt` is typed at
//! a terminal, and what the terminal shows is what stands there. `SEP_WRITE=1` writes the answers anew.
//!
//! The PC, its two networks and the web server are the test's own, and so is the home. What differs from one time to
//! the next has a mark in its place, see [`marks`].

#[path = "support/internet.rs"]
mod internet;
mod support;

#[path = "transcript/marks.rs"]
mod marks;
#[path = "transcript/session.rs"]
mod session;
#[path = "transcript/terminal.rs"]
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use internet::{Pc, on_a_pc};
use session::{Command, Part, Session};
use support::person::{SOON, processes, wait_for};
use terminal::Terminal;

/// Who is new here.
const NAME: &str = "kim";

#[test]
fn ten_minutes() {
    follow("ten-minutes.txt", "C.UTF-8");
}

#[test]
fn ten_minutes_in_korean() {
    follow("ten-minutes.ko.txt", "ko_KR.UTF-8");
}

fn follow(file: &str, locale: &str) {
    on_a_pc(&["curl", "firefox-esr"], |pc| {
        furnish(pc, locale);
        let mut found = Session::read(file);
        assert!(commands(&found) >= 30, "{} commands", commands(&found));
        let mut shell = Terminal::new(&environment(pc, &home(pc), locale));
        for part in &mut found.parts {
            if let Part::Command(command) = part {
                *command = typed(pc, &mut shell, command);
            }
        }
        drop(shell);
        if std::env::var_os("SEP_WRITE").is_some() {
            found.write();
        }
        compare(file, &Session::read(file), &found);
    });
}

fn commands(session: &Session) -> usize {
    session.parts.iter().filter(|part| matches!(part, Part::Command(_))).count()
}

/// Types one command, and waits as long as the person needs to read: the zone that it made has ended then, or, with `&`,
/// runs.
fn typed(pc: &Pc, shell: &mut Terminal, command: &Command) -> Command {
    let (mut said, jobs) = shell.run(command);
    let kept = said.output.iter().filter(|line| !marks::is_of_the_kernel(line));
    said.output = kept.map(|line| marks::marked(line)).collect();
    said.status = marks::status(&said.line, said.status);
    if command.line.ends_with('&') {
        let up = || processes().iter().any(|p| p.is_ours && p.name == "sleep" && p.inner != p.pid);
        wait_for(Duration::from_secs(10), up, || format!("{command:?} does not run"));
    } else if jobs == 0 {
        wait_for(SOON, || pc.person.left().is_empty(), || format!("left after {command:?}: {:?}", pc.person.left()));
    }
    said
}

/// Every command whose answer is another one, with both; nothing else would tell a reader what was meant.
fn compare(file: &str, expected: &Session, found: &Session) {
    let both = expected.parts.iter().zip(&found.parts);
    let differs = both.filter_map(|(expected, found)| match (expected, found) {
        (Part::Command(expected), Part::Command(found)) if expected != found => {
            Some(format!("expected:\n{expected}found:\n{found}"))
        }
        _ => None,
    });
    let differs: Vec<String> = differs.collect();
    assert!(differs.is_empty(), "docs/{file}; SEP_WRITE=1 writes it anew\n{}", differs.join("\n"));
}

/// What the web server has, and what the administrator of this PC has set: no limits for the zones of every day, because
/// no systemd of the user could enforce them here.
fn furnish(pc: &Pc, locale: &str) {
    let pages = match locale.starts_with("ko") {
        true => [("welcome", "인터넷에 오신 것을 환영합니다.\n"), ("orders", "7병동 처방 3건\n")],
        false => [("welcome", "Welcome to the internet.\n"), ("orders", "3 orders for ward 7\n")],
    };
    for (name, text) in pages {
        fs::write(pc.files.join(name), text).unwrap();
    }
    let none = "{\n  \"limits\": {\"memory_mib\": null, \"processes\": null, \"cpu_weight\": null}\n}\n";
    for profile in ["internet", "office"] {
        pc.etc(&format!("sep-run/profiles/{profile}.json"), none);
    }
}

/// `/home/kim`, in this test's own mounts, with nothing in it. This repository stays where it is, also below /home.
fn home(pc: &Pc) -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let open = fs::File::open(repository).unwrap();
    let home = pc.cover("/home").join(NAME);
    if !repository.exists() {
        fs::create_dir_all(repository).unwrap();
        let from = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&open));
        let flags = nix::mount::MsFlags::MS_BIND | nix::mount::MsFlags::MS_REC;
        nix::mount::mount(Some(from.as_str()), repository, None::<&str>, flags, None::<&str>).unwrap();
    }
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    let known = fs::read_to_string("/etc/passwd").unwrap();
    let others: Vec<&str> = known.lines().filter(|line| line.split(':').nth(2) != Some(&uid.to_string())).collect();
    let own = format!("{NAME}:x:{uid}:{gid}:Kim:/home/{NAME}:/bin/bash");
    pc.etc("passwd", &format!("{}\n{own}\n", others.join("\n")));
    home
}

fn environment(pc: &Pc, home: &Path, locale: &str) -> Vec<(&'static str, String)> {
    let programs = support::program("sep-run");
    let programs = programs.parent().unwrap().display();
    vec![
        ("HOME", home.display().to_string()),
        ("USER", NAME.into()),
        ("LOGNAME", NAME.into()),
        ("PATH", format!("{programs}:/usr/local/bin:/usr/bin:/bin")),
        ("XDG_RUNTIME_DIR", pc.person.top.join("run").display().to_string()),
        ("LC_ALL", locale.into()),
    ]
}
