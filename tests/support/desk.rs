//! A desktop for the tests: a headless sway of an ordinary user, and `sep-desktop` between it and a zone's socket.
#![allow(dead_code)]

use std::fs;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::needs;
use crate::wayland::Raw;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use sep_run::wire::{Connection, FromInit};

/// The user of the tests: nobody's number, no entry in any database.
pub const UID: u32 = 54_321;

/// A child that ends with the test, whatever the test does.
pub struct Ends(pub Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A headless compositor with a runtime folder of its own.
pub struct Desk {
    pub dir: PathBuf,
    pub display: PathBuf,
    _compositor: Ends,
}

/// A running proxy. Dropping it ends the zone.
pub struct Zone {
    pub socket: PathBuf,
    pub child: Ends,
    pub control: Option<Connection>,
}

/// A command as the user, with nothing inherited but a way to the display.
pub fn as_user(program: impl AsRef<std::ffi::OsStr>, dir: &Path, display: &Path) -> Command {
    let mut command = Command::new(program);
    if nix::unistd::geteuid().is_root() {
        command.uid(UID).gid(UID);
    }
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", dir).env("LANG", "C.UTF-8");
    command.env("XDG_RUNTIME_DIR", dir).env("WAYLAND_DISPLAY", display).current_dir(dir);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Waits until something is there, at most ten seconds.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs to the end, at most `seconds`; what it wrote comes back. Files, not pipes: a child that stays behind
/// (wl-copy does) must not hold the test.
pub fn run(command: &mut Command, seconds: u64, dir: &Path) -> (Option<i32>, Output) {
    let files = [dir.join("run.out"), dir.join("run.err")];
    let [out, err] = files.each_ref().map(|path| fs::File::create(path).unwrap());
    let mut child = command.stdout(out).stderr(err).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(seconds);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > end => {
                child.kill().unwrap();
                break child.wait().unwrap();
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let [stdout, stderr] = files.map(|path| fs::read(path).unwrap());
    (status.code(), Output { status, stdout, stderr })
}

impl Desk {
    pub fn start(name: &str) -> Self {
        let dir = folder(name);
        let file = dir.join("sway.conf");
        fs::write(&file, "default_border normal\nxwayland disable\n").unwrap();
        let mut sway = as_user("sway", &dir, Path::new(""));
        sway.args(["-c", "sway.conf"]);
        sway.env("WLR_BACKENDS", "headless").env("WLR_RENDERER", "pixman").env("WLR_LIBINPUT_NO_DEVICES", "1");
        let desk = Self::with(dir, sway, "sway.log");
        until("sway's control socket", || desk.swaymsg(&["-t", "get_outputs"]));
        desk
    }

    /// Another compositor than sway, of another family: no input devices, and `swaymsg` knows nothing of it. What
    /// programs say to it is in [`Self::heard`].
    pub fn weston(name: &str) -> Self {
        let dir = folder(name);
        let mut weston = as_user("weston", &dir, Path::new(""));
        weston.args(["--backend=headless-backend.so", "--shell=kiosk-shell.so", "--no-config", "--idle-time=0"]);
        weston.args(["--socket=wayland-weston", "--log=weston.log", "--logger-scopes=log,proto"]);
        Self::with(dir, weston, "weston.err")
    }

    fn with(dir: PathBuf, mut compositor: Command, log: &str) -> Self {
        compositor.env_remove("WAYLAND_DISPLAY").stderr(fs::File::create(dir.join(log)).unwrap());
        let compositor = Ends(compositor.spawn().unwrap());
        let is_socket = |name: &str| name.starts_with("wayland-") && !name.ends_with("lock");
        let display = until("the compositor's socket", || find(&dir, is_socket));
        Self { dir, display, _compositor: compositor }
    }

    /// Requests of this name that programs sent to weston, as it wrote them down.
    pub fn heard(&self, request: &str) -> Vec<String> {
        let text = String::from_utf8_lossy(&fs::read(self.dir.join("weston.log")).unwrap()).into_owned();
        text.lines().filter_map(|line| Some(line.split_once(&format!(".{request}("))?.1.to_owned())).collect()
    }

    /// A program directly on the desktop.
    pub fn direct(&self, program: &str) -> Command {
        as_user(program, &self.dir, &self.display)
    }

    /// What `swaymsg` answers.
    pub fn swaymsg(&self, args: &[&str]) -> Option<serde_json::Value> {
        let socket = find(&self.dir, |name| name.starts_with("sway-ipc"))?;
        let (code, output) = run(self.direct("swaymsg").env("SWAYSOCK", socket).arg("-r").args(args), 5, &self.dir);
        (code == Some(0)).then(|| serde_json::from_slice(&output.stdout).ok()).flatten()
    }

    /// Title and app_id of every window.
    pub fn windows(&self) -> Vec<(String, String)> {
        fn walk(node: &serde_json::Value, found: &mut Vec<(String, String)>) {
            if let Some(id) = node["app_id"].as_str() {
                found.push((node["name"].as_str().unwrap_or("").to_owned(), id.to_owned()));
            }
            for nodes in ["nodes", "floating_nodes"] {
                node[nodes].as_array().into_iter().flatten().for_each(|n| walk(n, found));
            }
        }
        let mut found = Vec::new();
        walk(&self.swaymsg(&["-t", "get_tree"]).unwrap(), &mut found);
        found
    }

    /// The window with this app_id, as soon as it is there.
    pub fn window(&self, app_id: &str) -> String {
        until(app_id, || self.windows().into_iter().find(|(_, id)| id == app_id)).0
    }

    /// A screenshot: width, height and pixels (PPM, three bytes each).
    pub fn screenshot(&self) -> Vec<u8> {
        let (code, output) = run(self.direct("grim").args(["-t", "ppm", "-"]), 10, &self.dir);
        assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// A keyboard on the seat for as long as the result lives: a headless seat has none.
    pub fn keyboard(&self) -> Ends {
        let keyboard = Ends(self.direct("wtype").args(["-s", "600000", "a"]).spawn().unwrap());
        until("a keyboard", || {
            let seats = self.swaymsg(&["-t", "get_seats"])?;
            seats[0]["devices"].as_array().is_some_and(|d| !d.is_empty()).then_some(())
        });
        keyboard
    }

    /// A proxy for a zone.
    pub fn zone(&self, name: &str) -> Zone {
        let socket = self.dir.join(format!("zone-{name}"));
        let listener = UnixListener::bind(&socket).unwrap();
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
        let (control, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
        let mut command = as_user(self.dir.join("sep-desktop"), &self.dir, Path::new("none"));
        command.args(["--zone", name, "--listener", &listener.as_raw_fd().to_string()]);
        command.arg("--upstream").arg(&self.display).args(["--control", &theirs.as_raw_fd().to_string()]);
        command.stderr(fs::File::create(self.dir.join(format!("{name}.log"))).unwrap());
        for fd in [&listener as &dyn std::os::fd::AsFd, &theirs] {
            fcntl(fd.as_fd(), FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
        }
        let child = Ends(command.spawn().unwrap());
        Zone { socket, child, control: Some(control.into()) }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for name in ["sway.log", "internet.log"] {
                let mut text = String::new();
                let _ = fs::File::open(self.dir.join(name)).map(|mut f| f.read_to_string(&mut text));
                println!("{name}: {text}");
            }
        }
        let _ = fs::remove_dir_all(&self.dir);
    }
}

impl Zone {
    /// A program of the zone.
    pub fn inside(&self, program: &str, desk: &Desk) -> Command {
        as_user(program, &desk.dir, &self.socket)
    }

    /// A raw connection to the zone's socket.
    pub fn connect(&self) -> UnixStream {
        UnixStream::connect(&self.socket).unwrap()
    }

    /// What the proxy says of itself: ready, or why not.
    pub fn says(&self) -> FromInit {
        let message = self.control.as_ref().unwrap().receive().unwrap().expect("a word before the end");
        FromInit::decode(&message.bytes).unwrap()
    }

    /// The proxy and its dialer.
    pub fn processes(&self) -> (u32, u32) {
        let proxy = self.child.0.id();
        let children = format!("/proc/{proxy}/task/{proxy}/children");
        let dialer = until("the dialer", || fs::read_to_string(&children).ok()?.trim().parse().ok());
        (proxy, dialer)
    }
}

/// A runtime folder of the user's.
fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("sep-desk-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).unwrap();
    fs::copy(crate::support::program("sep-desktop"), dir.join("sep-desktop")).unwrap();
    if nix::unistd::geteuid().is_root() {
        chown(&dir, Some(UID), Some(UID)).unwrap();
    }
    dir
}

fn find(dir: &Path, matches: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().flatten();
    entries.map(|e| e.path()).find(|p| matches(&p.file_name().unwrap().to_string_lossy()))
}

/// A desk and a zone on it; `None` where the machine lacks something.
pub fn start(name: &str, more: &[&str]) -> Option<(Desk, Zone)> {
    if !needs(&[&["sway"], more].concat()) {
        return None;
    }
    let desk = Desk::start(name);
    let zone = desk.zone("internet");
    Some((desk, zone))
}

/// That the proxy still serves.
pub fn lives(zone: &mut Zone) {
    Raw::new(zone.connect()).round_trip().unwrap();
    assert!(zone.child.0.try_wait().unwrap().is_none(), "the proxy ended");
}
