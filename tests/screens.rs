//! Windows of a managed zone on its user's desktop: a real `sepd`, a headless sway of the user's, programs with windows.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/managed.rs"]
mod lab;
#[path = "support/pc.rs"]
mod pc;
mod support;
#[path = "support/wayland.rs"]
mod wayland;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use desk::Desk;
use lab::{Managed, on_managed_pc};
use nix::mount::{MsFlags, mount};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pc::{USER, as_root};
use support::person::{Process, processes, wait_for};

/// Programs with and without windows.
const WINDOWS: &str = r#"{"display": true, "bus": true, "windows": ["foot"],
    "launch": {"stdio": true, "programs": {"foot": ["<any>"], "sh": ["<any>"]}}}"#;

/// What another process of the user may do to one of its own, and not to this.
const SHUT: &[&str] =
    &["trace", "read-memory", "write-memory", "take-descriptor", "enter-all", "mem", "fd", "maps", "environ", "exe"];

/// A managed PC whose user sits at a desktop.
fn at_a_desktop(further: &[&str], body: impl FnOnce(&Managed, &Desk)) {
    on_managed_pc(&[&["sway", "foot", "python3"], further].concat(), |managed: &Managed| {
        managed.profile("lab", WINDOWS);
        let desk = Desk::start("managed");
        let login = format!("/run/user/{USER}");
        as_root(|| {
            fs::create_dir_all(&login).unwrap();
            mount(Some(&desk.dir), login.as_str(), None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
        });
        body(managed, &desk);
    });
}

/// Puts the proxy's program as the package has it: root's, and nobody else may read it.
fn installed() {
    as_root(|| {
        let (own, copy) = (support::program("sep-desktop"), std::env::temp_dir().join("sep-desktop"));
        fs::copy(&own, &copy).unwrap();
        chown(&copy, Some(0), Some(0)).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o711)).unwrap();
        mount(Some(&copy), &own, None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
    });
}

fn typed(managed: &Managed, desk: &Desk, profile: &str, argv: &[&str]) -> Command {
    let mut command = managed.pc.person.sep_run(profile, argv);
    command.env("XDG_RUNTIME_DIR", format!("/run/user/{USER}"));
    command.env("WAYLAND_DISPLAY", desk.display.file_name().unwrap());
    command
}

fn proxies() -> Vec<Process> {
    processes().into_iter().filter(|p| p.name == "sep-desktop").collect()
}

#[test]
fn own_12_windows_are_shown_by_a_process_that_no_other_of_its_user_can_trace() {
    at_a_desktop(&[], |managed, desk| {
        let _broker = managed.broker();
        let person = &managed.pc.person;
        // whoever could read the program's file could trace the process
        person.run(typed(managed, desk, "lab", &["foot", "--version"])).refused(125, "sep-desktop");
        installed();
        let zone = person.start(typed(managed, desk, "lab", &["foot", "-a", "window", "sleep", "62.1"]));
        assert!(desk.window("lab.window").starts_with("[lab] "), "{:?}", desk.windows());
        let attack = |pid: &str| {
            let mut command = person.command("/usr/bin/python3");
            command.args(["-I", "-c", include_str!("managed/attack.py"), pid]);
            person.run(command).good()
        };
        let sleep = person.start({
            let mut sleep = person.command("/bin/sleep");
            sleep.arg("62.2");
            sleep
        });
        let control = attack(&sleep.pid().to_string());
        // the proxy and its dialer: they can be ended, which ends windows and nothing else
        assert_eq!(proxies().len(), 2, "{:?}", proxies());
        for proxy in proxies() {
            assert_eq!(fs::metadata(format!("/proc/{}/fd", proxy.pid)).unwrap().permissions().mode() & 0o077, 0);
            let rows = attack(&proxy.pid.to_string());
            let is = |rows: &str, what: &str, how: &str| rows.lines().any(|row| row == format!("{what} {how}"));
            let (is_shut, is_open) = (|what: &&str| is(&rows, what, "shut"), |what: &&str| is(&control, what, "open"));
            let missing: Vec<_> = SHUT.iter().filter(|what| !is_shut(what) || !is_open(what)).collect();
            assert!(missing.is_empty(), "{missing:?}: {rows}\nthe control: {control}");
        }
        drop(sleep);
        // its user may end it, and another launch shows windows again
        let other = person.start(typed(managed, desk, "lab", &["sh", "-c", "echo there; exec sleep 62.3"]));
        other.until_said("there");
        let ended = proxies();
        for proxy in ended {
            kill(Pid::from_raw(proxy.pid), Signal::SIGKILL).unwrap();
        }
        zone.end();
        let again = person.start(typed(managed, desk, "lab", &["foot", "-a", "again", "sleep", "62.1"]));
        assert!(managed.root("pgrep -u 2100000000 -f 'sleep 62.3'").status == 0, "windows ended, and nothing else");
        assert!(desk.window("lab.again").starts_with("[lab] "), "{:?}", desk.windows());
        managed.root("pkill -9 -u 2100000000; true").good();
        other.end();
        again.end();
        wait_for(lab::PATIENCE, || proxies().is_empty(), || format!("{:?}", proxies()));
    });
}

#[test]
fn own_12_a_window_needs_a_desktop_of_the_users_own() {
    at_a_desktop(&[], |managed, desk| {
        installed();
        let _broker = managed.broker();
        let person = &managed.pc.person;
        let mut without = typed(managed, desk, "lab", &["foot", "true"]);
        without.env_remove("WAYLAND_DISPLAY");
        person.run(without).refused(125, "cannot open a window for 'foot'");
        // a name with a way in it is none
        let mut elsewhere = typed(managed, desk, "lab", &["foot", "true"]);
        elsewhere.env("WAYLAND_DISPLAY", Path::new("/tmp").join(desk.display.file_name().unwrap()));
        person.run(elsewhere).refused(125, "cannot open a window for 'foot'");
        person.run(typed(managed, desk, "lab", &["foot", "true"])).good();
        // a PC that lets its user trace what has changed its ids. The zone runs: nobody gets a new /proc where one is covered
        let mut before = typed(managed, desk, "lab", &["sh", "-c", "echo there; exec sleep 62.5"]);
        before.env_remove("WAYLAND_DISPLAY");
        let zone = person.start(before);
        zone.until_said("there");
        let setting = |value: &str| {
            let file = std::env::temp_dir().join("dumpable").display().to_string();
            managed.root(&format!("echo {value} >{file}; mount --bind {file} /proc/sys/fs/suid_dumpable")).good()
        };
        setting("1");
        person.run(typed(managed, desk, "lab", &["foot", "true"])).refused(125, "/proc/sys/fs/suid_dumpable");
        setting("2");
        person.run(typed(managed, desk, "lab", &["foot", "true"])).good();
        managed.root("pkill -9 -u 2100000000; true").good();
        zone.end();
    });
}

/// What docs/operations.md says to type: the built-in profile, with a card of the organisation's.
#[test]
fn a_browser_in_a_managed_zone_opens_a_page_of_the_internet_in_a_window() {
    at_a_desktop(&["firefox-esr"], |managed, desk| {
        installed();
        managed.two_networks();
        managed.site(&lab::TWO_NETWORKS.replace("\"lab\"", "\"internet\""));
        managed.profile("internet", r#"{"network": {"card": "macvlan"}}"#);
        managed.root("echo '<title>Out there</title>' >/run/www/index.html").good();
        let _broker = managed.broker();
        let words = ["firefox", "http://198.51.100.10/"];
        let browser = managed.pc.person.start(typed(managed, desk, "internet", &words));
        let is_there = || desk.windows().iter().any(|(title, _)| title.starts_with("[internet] Out there"));
        wait_for(Duration::from_secs(90), is_there, || format!("{:?} {}", desk.windows(), browser.complained()));
        managed.root("pkill -9 -u 2100000000; true").good();
        browser.end();
    });
}

#[test]
fn own_12_a_zone_that_takes_its_display_away_has_one_proxy_all_the_same() {
    at_a_desktop(&[], |managed, desk| {
        installed();
        let _broker = managed.broker();
        let person = &managed.pc.person;
        let script = "echo there; while :; do rm -f /run/user/*/wayland-0; sleep 0.02; done";
        let zone = person.start(typed(managed, desk, "lab", &["sh", "-c", script]));
        zone.until_said("there");
        // what a zone makes the PC run would count for its user, and for the broker's service
        let launches = (0..8).map(|_| person.run(typed(managed, desk, "lab", &["sh", "-c", "sleep 0.1"])));
        launches.for_each(|launch| assert_eq!(launch.good(), ""));
        wait_for(lab::PATIENCE, || proxies().len() == 2, || format!("{:?}", proxies()));
        managed.root("pkill -9 -u 2100000000; true").good();
        zone.end();
        wait_for(lab::PATIENCE, || proxies().is_empty(), || format!("{:?}", proxies()));
        person.run(typed(managed, desk, "lab", &["foot", "true"])).good();
    });
}

#[test]
fn own_12_who_stops_the_proxy_keeps_nothing_of_the_zone() {
    at_a_desktop(&[], |managed, desk| {
        installed();
        managed.two_networks();
        managed.profile("lab", &WINDOWS.replacen('{', r#"{"network": {"card": "macvlan"}, "#, 1));
        let _broker = managed.broker();
        let person = &managed.pc.person;
        for _ in 0..2 {
            let zone = person.start(typed(managed, desk, "lab", &["sh", "-c", "echo there; exec sleep 62.4"]));
            zone.until_said("there");
            wait_for(lab::PATIENCE, || proxies().len() == 2, || format!("{:?}", proxies()));
            for proxy in proxies() {
                kill(Pid::from_raw(proxy.pid), Signal::SIGSTOP).unwrap();
            }
            managed.root("pkill -9 -u 2100000000; true").good();
            zone.end();
            person.run(typed(managed, desk, "lab", &["foot", "true"])).good();
            wait_for(lab::PATIENCE, || proxies().is_empty(), || format!("{:?}", proxies()));
        }
    });
}
