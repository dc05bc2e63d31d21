//! The desktop notification, on a real message bus with a small service that writes down what it is asked to show.

mod support;

use std::fs;
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

#[test]
fn an_error_is_shown_as_plain_words() {
    if !needs(&["dbus-daemon", "python3-dbus"]) {
        return;
    }
    let dir = std::env::temp_dir().join(format!("sep-notify-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).unwrap();
    let (socket, record) = (dir.join("bus"), dir.join("record"));
    let bus = format!("unix:path={}", socket.display());
    // no service folders: nothing of the machine is activated
    let config = dir.join("bus.conf");
    let rules = "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
                 <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>";
    fs::write(&config, format!("<busconfig><type>session</type><listen>{bus}</listen>{rules}</busconfig>")).unwrap();
    let daemon = quiet("dbus-daemon", &bus).arg("--nofork").arg(format!("--config-file={}", config.display())).spawn();
    let _daemon = Ends(daemon.unwrap());
    until("the bus", || socket.exists());
    let notify = || notify(&bus);
    assert_eq!(notify(), Some(125), "nobody shows notifications on this bus");

    let _service = Ends(quiet("/usr/bin/python3", &bus).args(["-c", SERVICE]).arg(&record).spawn().unwrap());
    until("the service", || dir.join("record.ready").exists());
    assert_eq!(notify(), Some(0));
    let shown: serde_json::Value = serde_json::from_str(&fs::read_to_string(&record).unwrap()).unwrap();
    let body = "cannot reach &lt;b&gt;'resolver'&lt;/b&gt; &amp; more[31m";
    assert_eq!(shown, serde_json::json!(["sep-run", "dialog-error", "sep-run: connect", body, 0]));
    fs::remove_dir_all(&dir).unwrap();
}
