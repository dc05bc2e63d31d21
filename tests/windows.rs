//! Windows of real programs: the real `sep-run` on a headless sway, both of one ordinary user, on a made-up internet.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/hint.rs"]
mod hint;
#[path = "support/internet.rs"]
mod internet;
mod support;
#[path = "support/wayland.rs"]
mod wayland;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use desk::{Desk, Ends};
use internet::{Pc, SITE, on_a_pc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::needs;
use support::person::{Process, processes, wait_for};

/// The longest that a browser may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(90);

/// `sep-run internet ARGV…` as it is typed on this desk.
fn on_desk(pc: &Pc, desk: &Desk, argv: &[&str]) -> Command {
    let mut command = pc.person.sep_run("internet", argv);
    command.env("WAYLAND_DISPLAY", &desk.display);
    command
}

/// A command line as it is proposed, in a shell that finds our programs.
fn as_typed(pc: &Pc, line: &str) -> Command {
    let mut command = pc.person.command("/bin/sh");
    let own = support::program("sep-run");
    command
        .args(["-c", &format!("exec {line}")])
        .env("PATH", format!("{}:/usr/bin:/bin", own.parent().unwrap().display()));
    command
}

/// Titles of the windows with an app_id.
fn titles(desk: &Desk, app_id: &str) -> Vec<String> {
    desk.windows().into_iter().filter(|(_, id)| id == app_id).map(|(title, _)| title).collect()
}

#[track_caller]
fn until_title(desk: &Desk, app_id: &str, begins: &str) {
    let is_there = || titles(desk, app_id).iter().any(|title| title.starts_with(begins));
    wait_for(PATIENCE, is_there, || format!("{begins:?} of {app_id} in {:?}", desk.windows()));
}

/// How many pixels of a screenshot have the colour of the lab's pages.
fn page_pixels(desk: &Desk) -> usize {
    let shot = desk.screenshot();
    let start = shot.len() % 3; // the header's length may shift the pixels
    shot[start..].chunks_exact(3).filter(|p| *p == [0, 0xaa, 0x77]).count()
}

fn proxies() -> Vec<Process> {
    processes().into_iter().filter(|p| p.name == "sep-desktop").collect()
}

/// A message bus of the desktop's own, as a session has one.
fn session_bus(desk: &Desk) -> (Ends, String) {
    let socket = desk.dir.join("bus");
    let address = format!("unix:path={}", socket.display());
    let config = desk.dir.join("bus.conf");
    let rules = "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
                 <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>";
    let text = format!("<busconfig><type>session</type><listen>{address}</listen>{rules}</busconfig>");
    fs::write(&config, text).unwrap();
    let mut daemon = desk.direct("dbus-daemon");
    let daemon = Ends(daemon.arg("--nofork").arg(format!("--config-file={}", config.display())).spawn().unwrap());
    wait_for(PATIENCE, || socket.exists(), || "the bus".into());
    (daemon, address)
}

#[test]
fn firefox_opens_one_window_and_then_tabs_in_it() {
    on_a_pc(&["sway", "grim", "firefox-esr", "dbus-daemon"], |pc| {
        let desk = Desk::start("firefox");
        let (_daemon, bus) = session_bus(&desk);
        // the PC's own Firefox, which must not be taken for the zone's
        let mut own = desk.direct("firefox-esr");
        own.env("DBUS_SESSION_BUS_ADDRESS", &bus).env("MOZ_ENABLE_WAYLAND", "1");
        let own = Ends(own.arg(format!("http://{SITE}/own")).spawn().unwrap());
        until_title(&desk, "firefox-esr", "page own");
        assert_eq!(titles(&desk, "internet.firefox-esr"), [""; 0]);

        let proposed = hint::hint(&pc.person.run(as_typed(pc, "sep-run -q")).err, "code-no-profile-named.hint");
        let mut first = as_typed(pc, &proposed);
        first.env("WAYLAND_DISPLAY", &desk.display).env("DBUS_SESSION_BUS_ADDRESS", &bus);
        let first = pc.person.start(first);
        until_title(&desk, "internet.firefox-esr", "[internet] ");
        let mut one = on_desk(pc, &desk, &["firefox", &format!("http://{SITE}/one")]);
        one.env("DBUS_SESSION_BUS_ADDRESS", &bus);
        assert_eq!(pc.person.start(one).end_within(PATIENCE).status, 0);
        until_title(&desk, "internet.firefox-esr", "[internet] page one");
        let mut second = on_desk(pc, &desk, &["firefox", &format!("http://{SITE}/two")]);
        second.env("DBUS_SESSION_BUS_ADDRESS", &bus);
        let second = pc.person.start(second).end_within(PATIENCE);
        assert_eq!(second.status, 0, "it hands the page over and ends: {second:?}");
        until_title(&desk, "internet.firefox-esr", "[internet] page two");
        assert_eq!(titles(&desk, "internet.firefox-esr").len(), 1, "a tab, no window: {:?}", desk.windows());
        let others = titles(&desk, "firefox-esr");
        assert!(others.len() == 1 && others[0].starts_with("page own"), "the PC's own: {others:?}");
        assert_eq!(proxies().len(), 2, "one proxy and its dialer: {:?}", proxies());
        has_entry(pc, "firefox-esr");

        drop(own);
        wait_for(PATIENCE, || titles(&desk, "firefox-esr").is_empty(), || "the end of the PC's own".into());
        wait_for(PATIENCE, || page_pixels(&desk) > 50_000, || format!("the page: {} pixels", page_pixels(&desk)));
        drop(first);
        wait_for(PATIENCE, || desk.windows().is_empty(), || format!("left: {:?}", desk.windows()));
        wait_for(PATIENCE, || proxies().is_empty(), || format!("left: {:?}", proxies()));
        wait_for(PATIENCE, || page_pixels(&desk) == 0, || format!("the twin: {} pixels", page_pixels(&desk)));
    });
}

/// The hidden entry that gives the window its name and icon.
#[track_caller]
fn has_entry(pc: &Pc, app_id: &str) {
    let folder = pc.person.top.join("data/applications");
    let file = folder.join(format!("internet.{app_id}.desktop"));
    wait_for(PATIENCE, || file.exists(), || format!("{}", file.display()));
    let text = fs::read_to_string(&file).unwrap();
    let original = fs::read_to_string(format!("/usr/share/applications/{app_id}.desktop")).unwrap();
    let value = |text: &str, key: &str| {
        text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('=').map(str::to_owned)).unwrap()
    };
    assert_eq!(value(&text, "Name"), format!("{} (Internet)", value(&original, "Name")));
    assert_eq!(value(&text, "Icon"), value(&original, "Icon"));
    assert_eq!(value(&text, "Exec"), format!("sep-run internet -- {}", value(&original, "Exec")));
    assert!(text.contains("\nNoDisplay=true\n"), "{text}");
    if needs(&["desktop-file-validate"]) {
        is_valid(&file);
    }
}

#[track_caller]
fn is_valid(file: &Path) {
    let done = Command::new("desktop-file-validate").arg(file).stdin(Stdio::null()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

#[test]
fn an_entry_is_written_where_a_window_may_come_and_never_over_another() {
    on_a_pc(&["sway", "foot"], |pc| {
        let desk = Desk::start("entries");
        let folder = pc.person.top.join("data/applications");
        let list = || fs::read_dir(&folder).into_iter().flatten().map(|f| f.unwrap().file_name()).collect::<Vec<_>>();
        pc.person.inside("internet", "foot --version").good();
        pc.person.run(on_desk(pc, &desk, &["true"])).good();
        pc.person.settle();
        assert!(list().is_empty(), "no window can come: {:?}", list());
        pc.person.run(on_desk(pc, &desk, &["foot", "--version"])).good();
        has_entry(pc, "foot");
        let file = folder.join("internet.foot.desktop");
        fs::write(&file, "[Desktop Entry]\n").unwrap();
        pc.person.run(on_desk(pc, &desk, &["foot", "--version"])).good();
        pc.person.settle();
        assert_eq!(fs::read_to_string(&file).unwrap(), "[Desktop Entry]\n", "what is there stays");
        let half = |name: &std::ffi::OsString| name.as_encoded_bytes().starts_with(b".");
        assert!(!list().iter().any(half), "nothing half written is left: {:?}", list());
    });
}

#[test]
fn without_a_display_it_says_so_and_what_it_proposes_works() {
    on_a_pc(&["firefox-esr"], |pc| {
        let tried = pc.person.run(pc.person.sep_run("internet", ["firefox"]));
        tried.refused(125, "cannot open a window for 'firefox': no Wayland display");
        assert!(pc.person.left().is_empty(), "no zone was made for it");
        let hint = hint::hint(&tried.err, "code-no-display.hint");
        let zone = pc.person.start_inside("internet", "echo up; exec sleep 600");
        zone.until_said("up");
        let done = pc.person.start(as_typed(pc, &hint)).end_within(PATIENCE);
        assert_eq!(done.status, 0, "{done:?}");
        let picture = hint.split_whitespace().find(|word| word.ends_with(".png")).unwrap();
        assert_eq!(pc.person.inside("internet", &format!("head -c 4 {picture} | tail -c 3")).good(), "PNG");
        drop(zone);
        // a socket that nobody listens at is no display either
        let mut stale = pc.person.sep_run("internet", ["firefox"]);
        stale.env("WAYLAND_DISPLAY", pc.person.top.join("nothing"));
        pc.person.run(stale).refused(125, "cannot open a window for 'firefox'");
    });
}

#[test]
fn the_end_of_the_proxy_ends_windows_only() {
    on_a_pc(&["sway", "foot"], |pc| {
        let desk = Desk::start("proxy");
        let mut stays = pc.person.start(on_desk(pc, &desk, &["sh", "-c", "echo up; exec sleep 600"]));
        stays.until_said("up");
        let open = || {
            let foot = pc.person.start(on_desk(pc, &desk, &["foot", "-a", "window", "sleep", "600"]));
            wait_for(PATIENCE, || !titles(&desk, "internet.window").is_empty(), || "a window".into());
            foot
        };
        let foot = open();
        let served = proxies();
        assert_eq!(served.len(), 2, "{served:?}");
        for process in &served {
            let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
        }
        wait_for(PATIENCE, || desk.windows().is_empty(), || format!("{:?}", desk.windows()));
        assert_ne!(foot.end_within(PATIENCE).status, 0, "the program lost its display");
        assert!(!stays.is_over(), "what has no window goes on");
        // the next program that wants a window gets a new proxy, in the same zone
        let again = open();
        assert!(proxies().iter().all(|p| served.iter().all(|old| old.pid != p.pid)));
        drop(again);
        drop(stays);
        wait_for(PATIENCE, || proxies().is_empty(), || format!("left: {:?}", proxies()));
    });
}
