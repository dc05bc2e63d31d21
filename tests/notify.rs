//! The desktop notification, on a real message bus with a small service that writes down what it is asked to show.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::needs;

const SERVICE: &str = r#"
import sys, json, dbus, dbus.service, dbus.mainloop.glib
from gi.repository import GLib
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
class Notifications(dbus.service.Object):
    @dbus.service.method("org.freedesktop.Notifications", in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        with open(sys.argv[1] + ".new", "w") as f:
            json.dump([str(app), str(icon), str(summary), str(body), len(actions)], f)
        import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
        return 1
bus = dbus.SessionBus()
name = dbus.service.BusName("org.freedesktop.Notifications", bus)
Notifications(bus, "/org/freedesktop/Notifications")
open(sys.argv[1] + ".ready", "w").close()
GLib.MainLoop().run()
"#;

struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn quiet(program: &str, bus: &str) -> Command {
    let mut command = Command::new(program);
    command.env("DBUS_SESSION_BUS_ADDRESS", bus).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn until(what: &str, mut there: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !there() {
        assert!(Instant::now() < end, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The exit status of one try to show an error.
fn notify(bus: &str) -> Option<i32> {
    let words = ["--notify", "sep-run: connect", "cannot reach <b>'resolver'</b> & more\u{1b}[31m"];
    let mut child = Ends(quiet(support::program("sep-desktop").to_str().unwrap(), bus).args(words).spawn().unwrap());
    let mut status = None;
    until("its end", || {
        status = child.0.try_wait().unwrap();
        status.is_some()
    });
    status.and_then(|status| status.code())
}

#[test]
fn a_bus_that_does_not_answer_holds_nobody() {
    let socket = std::env::temp_dir().join(format!("sep-notify-silent-{}", std::process::id()));
    let _silent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let begun = Instant::now();
    assert_eq!(notify(&format!("unix:path={}", socket.display())), Some(125));
    assert!(begun.elapsed() > Duration::from_secs(4), "it was waited for, and the wait had an end");
    fs::remove_file(&socket).unwrap();
    assert_eq!(notify("unix:path=/nonexistent/bus"), Some(125));
}

/// A bus of the test's own with a service on it that writes down what it is asked to show; ends with this value.
struct Shows {
    dir: PathBuf,
    bus: String,
    _daemon: Ends,
    service: Option<Ends>,
}

impl Shows {
    /// A bus that nobody shows notifications on yet.
    fn start(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("sep-notify-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir(&dir).unwrap();
        let socket = dir.join("bus");
        let bus = format!("unix:path={}", socket.display());
        // no service folders: nothing of the machine is activated
        let config = dir.join("bus.conf");
        let rules = "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
                     <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>";
        let text = format!("<busconfig><type>session</type><listen>{bus}</listen>{rules}</busconfig>");
        fs::write(&config, text).unwrap();
        let mut daemon = quiet("dbus-daemon", &bus);
        let daemon = daemon.arg("--nofork").arg(format!("--config-file={}", config.display())).spawn();
        let shows = Self { dir, bus, _daemon: Ends(daemon.unwrap()), service: None };
        until("the bus", || socket.exists());
        shows
    }

    fn serve(&mut self) {
        let service = quiet("/usr/bin/python3", &self.bus).args(["-c", SERVICE]).arg(self.record()).spawn();
        self.service = Some(Ends(service.unwrap()));
        until("the service", || self.dir.join("record.ready").exists());
    }

    fn record(&self) -> PathBuf {
        self.dir.join("record")
    }

    /// What was shown last, which is then forgotten.
    fn shown(&self) -> serde_json::Value {
        let shown = serde_json::from_str(&fs::read_to_string(self.record()).unwrap()).unwrap();
        fs::remove_file(self.record()).unwrap();
        shown
    }
}

impl Drop for Shows {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

#[test]
fn an_error_is_shown_as_plain_words() {
    if !needs(&["dbus-daemon", "account", "python3-dbus"]) {
        return;
    }
    let mut shows = Shows::start("plain");
    assert_eq!(notify(&shows.bus), Some(125), "nobody shows notifications on this bus");
    shows.serve();
    assert_eq!(notify(&shows.bus), Some(0));
    let body = "cannot reach &lt;b&gt;'resolver'&lt;/b&gt; &amp; more[31m";
    assert_eq!(shows.shown(), serde_json::json!(["sep-run", "dialog-error", "sep-run: connect", body, 0]));
}

/// `sep-run` with a profile that is not there, as a desktop starts it: its standard output and error lead to nobody.
fn failing(bus: &str) -> Command {
    let mut command = quiet(support::program("sep-run").to_str().unwrap(), bus);
    command.args(["internat", "firefox"]).env("LC_ALL", "C.UTF-8").env("WAYLAND_DISPLAY", "wayland-7");
    command
}

/// Runs it to its end and gives a notifier the time to come.
fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert_eq!(status.code(), Some(125));
}

#[test]
fn an_error_of_a_program_without_a_terminal_is_shown_on_the_desktop() {
    if !needs(&["dbus-daemon", "account", "python3-dbus"]) {
        return;
    }
    let mut shows = Shows::start("error");
    shows.serve();
    let body = "no profile 'internat'\nhint: did you mean: sep-run internet firefox";
    let expected = serde_json::json!(["sep-run", "dialog-error", "sep-run: resolve", body, 0]);
    run(&mut failing(&shows.bus));
    until("the notification", || shows.record().exists());
    assert_eq!(shows.shown(), expected);
    run(failing(&shows.bus).env("LC_ALL", "ko_KR.UTF-8"));
    until("the notification", || shows.record().exists());
    assert!(shows.shown()[3].as_str().unwrap().contains("프로파일"), "in the user's language");
    // somebody at a terminal reads it there, and without a desktop there is nobody to show it to
    let terminal = nix::pty::openpty(None, None).unwrap();
    run(failing(&shows.bus).stderr(Stdio::from(terminal.slave)));
    run(failing(&shows.bus).env_remove("WAYLAND_DISPLAY"));
    run(failing(&shows.bus).env("WAYLAND_DISPLAY", ""));
    std::thread::sleep(Duration::from_secs(2));
    assert!(!shows.record().exists(), "{}", shows.shown());
    // whoever started it does not wait for a bus that does not answer
    let silent = shows.dir.join("silent");
    let _silent = std::os::unix::net::UnixListener::bind(&silent).unwrap();
    let begun = Instant::now();
    run(&mut failing(&format!("unix:path={}", silent.display())));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
