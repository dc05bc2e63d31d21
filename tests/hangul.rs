//! Hangul: a real input method on the desktop composes what is typed, and the window with the focus gets it, in a
//! zone as outside. The input method is the desktop's own; nothing of it is in the zone but the text it commits.

#[path = "support/desk.rs"]
mod desk;
#[path = "support/internet.rs"]
mod internet;
mod support;
#[path = "support/wayland.rs"]
mod wayland;

use std::cell::RefCell;
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use desk::{Desk, Ends, until};
use internet::{Pc, SITE, on_a_pc};
use nix::sys::memfd::{MFdFlags, memfd_create};
use support::person::{Running, wait_for};
use wayland::{Args, Raw};

/// The longest that a browser may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(90);

/// The keys of 한글 on the usual Korean keyboard, which are `gksrmf` of an English one, and what is shown after each.
const KEYS: [u32; 6] = [34, 37, 31, 19, 50, 33];
const STEPS: [&str; 6] = ["ㅎ", "하", "한", "ㄱ", "그", "글"];

/// The key that turns Hangul off and on, the one that ends a line, and a letter: `o`.
const HANGUL: u32 = 122;
const RETURN: u32 = 28;
const O: u32 = 24;

/// An English keyboard, in words of the keyboard description that every PC has.
const KEYMAP: &str = r#"xkb_keymap {
    xkb_keycodes { include "evdev+aliases(qwerty)" };
    xkb_types { include "complete" };
    xkb_compat { include "complete" };
    xkb_symbols { include "pc+us+inet(evdev)" };
};"#;

/// What a terminal window writes down: every line that is typed into it.
const WRITES: &str = "exec cat >typed";

/// A zone with windows, which is not the one of `internet`.
const LAB: &str = r#"{"files": {"exec_home": false}, "network": {"card": "none"}, "display": true}"#;

/// fcitx5 with its Hangul engine, which talks `input-method-v2` with the compositor and nothing else: no bus, no X11.
struct InputMethod {
    log: PathBuf,
    _fcitx: Ends,
}

impl InputMethod {
    fn start(desk: &Desk) -> Self {
        let settings = desk.dir.join(".config/fcitx5");
        fs::create_dir_all(&settings).unwrap();
        let engines = "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=hangul\n\n\
                       [Groups/0/Items/0]\nName=keyboard-us\n\n[Groups/0/Items/1]\nName=hangul\n\n\
                       [GroupOrder]\n0=Default\n";
        fs::write(settings.join("profile"), engines).unwrap();
        fs::write(settings.join("config"), "[Behavior]\nActiveByDefault=True\n").unwrap();
        let log = desk.dir.join("fcitx.log");
        let mut fcitx = desk.direct("fcitx5");
        fcitx.args(["--disable=all", "--enable=wayland,waylandim,keyboard,hangul"]);
        fcitx.env("WAYLAND_DEBUG", "1").stderr(fs::File::create(&log).unwrap());
        let ime = Self { log, _fcitx: Ends(fcitx.spawn().unwrap()) };
        until("the input method", || ime.says().contains(".get_input_method(").then_some(()));
        ime
    }

    fn says(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    /// How often it took the keyboard, which it does once for each window that wants text and has the focus.
    fn taken(&self) -> usize {
        self.says().matches(".grab_keyboard(").count()
    }

    /// Waits until it serves a window that it did not serve when `taken` was `before`, and has come to rest.
    #[track_caller]
    fn serves_another(&self, before: usize) {
        let state = || {
            let text = self.says();
            let last = ["activate(", "deactivate("].map(|word| text.rfind(&format!(".{word}")));
            (last[0] > last[1] && text.rfind(".grab_keyboard(") > last[0]).then(|| self.taken())
        };
        let served = || {
            let now = state();
            std::thread::sleep(Duration::from_millis(300));
            now.is_some_and(|count| count > before) && now == state()
        };
        wait_for(PATIENCE, served, || format!("{before} before, {:?}", self.says()));
    }
}

/// A terminal window whose program keeps what is typed, and whose own Wayland library says what it was told.
struct Terminal<'a> {
    desk: &'a Desk,
    ime: &'a InputMethod,
    app_id: &'a str,
    foot: Running,
    typed: PathBuf,
}

impl<'a> Terminal<'a> {
    /// Opens it: it has the focus, and the input method serves it.
    #[track_caller]
    fn open(pc: &Pc, desk: &'a Desk, ime: &'a InputMethod, zone: Option<&str>, app_id: &'a str) -> Self {
        let words = ["env", "WAYLAND_DEBUG=1", "foot", "-a", "typed", "sh", "-c", WRITES];
        let mut command = match zone {
            Some(zone) => pc.person.sep_run(zone, words),
            None => pc.person.command(words[0]),
        };
        if zone.is_none() {
            command.args(&words[1..]);
        }
        command.env("WAYLAND_DISPLAY", &desk.display);
        let home = zone.map_or(pc.person.top.join("home"), |zone| pc.person.home_of(zone));
        let before = ime.taken();
        let foot = pc.person.start(command);
        desk.window(app_id);
        ime.serves_another(before);
        Self { desk, ime, app_id, foot, typed: home.join("typed") }
    }

    /// Gives it the focus.
    #[track_caller]
    fn focus(&self) {
        let before = self.ime.taken();
        self.desk.swaymsg(&[&format!("[app_id=\"^{}$\"] focus", self.app_id)]).unwrap();
        self.ime.serves_another(before);
    }

    /// What it was told to show while the syllable is not done, and what was committed.
    fn told(&self) -> [Vec<String>; 2] {
        let log = self.foot.complained();
        ["preedit_string", "commit_string"].map(|event| {
            let begin = format!(".{event}(\"");
            log.lines().filter_map(|line| Some(line.split_once(&begin)?.1.split('"').next()?.to_owned())).collect()
        })
    }

    #[track_caller]
    fn until_told(&self, preedit: &[&str], committed: &[&str]) {
        let is = || self.told() == [preedit, committed];
        wait_for(PATIENCE, is, || format!("{preedit:?}, {committed:?}: {:?} {}", self.told(), self.foot.complained()));
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.typed).unwrap()
    }

    #[track_caller]
    fn until_text(&self, text: &str) {
        wait_for(PATIENCE, || self.text() == text, || format!("{text:?} in {:?} of {}", self.text(), self.app_id));
    }
}

/// A keyboard as a PC has one: it is there before anything opens and stays. A new one for each word, as `wtype` makes
/// it, begins every program's input anew, and sway 1.7 crashes when one goes that an input method has taken.
struct Keyboard {
    raw: RefCell<Raw>,
    id: u32,
}

impl Keyboard {
    fn plug(desk: &Desk) -> Self {
        let mut raw = Raw::new(UnixStream::connect(&desk.display).unwrap());
        let [seat, manager] = ["wl_seat", "zwp_virtual_keyboard_manager_v1"].map(|interface| raw.bind_named(interface));
        let (id, keymap) = (raw.id(), memfd_create("keymap", MFdFlags::MFD_CLOEXEC).unwrap());
        nix::unistd::write(&keymap, &[KEYMAP.as_bytes(), &[0]].concat()).unwrap();
        raw.send(manager, 0, Args::default().word(seat).word(id));
        raw.send_with(id, 0, Args::default().word(1).word(KEYMAP.len() as u32 + 1), &[keymap.as_fd()]);
        raw.round_trip().unwrap();
        Self { raw: raw.into(), id }
    }

    /// Presses keys one after another, by their kernel numbers; whoever has the focus gets them.
    #[track_caller]
    fn press(&self, keys: &[u32]) {
        let mut raw = self.raw.borrow_mut();
        for (key, state) in keys.iter().flat_map(|key| [(*key, 1), (*key, 0)]) {
            raw.send(self.id, 1, Args::default().word(0).word(key).word(state));
            raw.round_trip().unwrap();
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn what_is_composed_reaches_the_window_with_the_focus_in_a_zone_as_outside() {
    on_a_pc(&["sway", "foot", "fcitx5-hangul"], |pc| {
        pc.person.profile("lab", LAB);
        let desk = Desk::start("hangul");
        let keyboard = Keyboard::plug(&desk);
        let ime = InputMethod::start(&desk);
        let own = Terminal::open(pc, &desk, &ime, None, "typed");
        let lab = Terminal::open(pc, &desk, &ime, Some("lab"), "lab.typed");
        let zone = Terminal::open(pc, &desk, &ime, Some("internet"), "internet.typed");

        // each step is shown, and no syllable is the program's before it is done
        keyboard.press(&KEYS);
        zone.until_told(&STEPS, &["한"]);
        keyboard.press(&[RETURN]);
        zone.until_told(&STEPS, &["한", "글"]);
        zone.until_text("한글\n");
        // the key that turns Hangul off and on: letters are letters
        keyboard.press(&[HANGUL]);
        keyboard.press(&KEYS);
        keyboard.press(&[RETURN]);
        keyboard.press(&[HANGUL]);
        zone.until_text("한글\ngksrmf\n");
        for other in [&own, &lab] {
            assert_eq!((other.told().concat(), other.text()), (vec![], String::new()), "without the focus");
        }

        // the same keys outside give the same steps and the same text, and another zone has its turn
        for (terminal, focus) in [(&own, "outside"), (&lab, "another zone")] {
            terminal.focus();
            keyboard.press(&KEYS);
            keyboard.press(&[RETURN]);
            terminal.until_text("한글\n");
            assert_eq!(terminal.told(), [&STEPS[..], &["한", "글"]], "{focus}");
            assert_eq!(zone.told(), [&STEPS[..], &["한", "글"]], "without the focus, {focus}");
        }
        assert_eq!(zone.text(), "한글\ngksrmf\n");
    });
}

#[test]
fn a_browser_in_a_zone_shows_each_step_and_keeps_the_text() {
    on_a_pc(&["sway", "firefox-esr", "fcitx5-hangul"], |pc| {
        let desk = Desk::start("hangul-browser");
        let keyboard = Keyboard::plug(&desk);
        let ime = InputMethod::start(&desk);
        let mut command: Command = pc.person.sep_run("internet", ["firefox", &format!("http://{SITE}/field")]);
        command.env("WAYLAND_DISPLAY", &desk.display);
        let firefox = pc.person.start(command);
        let title = || desk.windows().into_iter().map(|(title, _)| title).collect::<Vec<_>>();
        let shows = |words: &str| {
            let is = || title().iter().any(|t| t.starts_with(&format!("[internet] {words}")));
            wait_for(PATIENCE, is, || format!("{words:?} in {:?}: {}", title(), firefox.complained()));
        };
        shows("type here");
        ime.serves_another(0);
        keyboard.press(&KEYS);
        shows(&format!("한글 by {}", STEPS.join(",")));
        keyboard.press(&[HANGUL]);
        keyboard.press(&[O, O]);
        shows(&format!("한글oo by {}", STEPS.join(",")));
    });
}
