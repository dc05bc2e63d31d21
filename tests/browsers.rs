//! Browsers in the zone of the built-in profile `internet`, started by an ordinary user of a PC that is on a made-up
//! internet (tests/support/internet.rs): pages, letters, language, and the browsers' own sandbox.
//!
//! No browser is ever started with its sandbox off.

#[path = "browsers/inside.rs"]
mod inside;
#[path = "support/internet.rs"]
mod internet;
#[path = "support/marionette.rs"]
mod marionette;
#[path = "support/picture.rs"]
mod picture;
mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use inside::Inside;
use internet::{CELL, INSIDE, OWN, PRIVATE, Pc, SITE, SYLLABLES, on_a_pc};
use marionette::{ask, start};
use picture::Picture;
use support::person::{Ended, wait_for};

/// The longest that a browser may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(90);

const DEVTOOLS: &str = include_str!("browsers/devtools.py");

/// Runs a program of the zone to its end.
#[track_caller]
fn run(pc: &Pc, argv: &[&str]) -> Ended {
    pc.person.start(pc.person.sep_run("internet", argv)).end_within(PATIENCE)
}

/// A page as a browser draws it. `browser` is what is typed; the picture lies in the zone's home.
#[track_caller]
fn picture(pc: &Pc, browser: &str, address: &str) -> Picture {
    let file = pc.person.home_of("internet").join("page.png");
    let _ = fs::remove_file(&file);
    let inside = format!("{}/page.png", pc.home());
    let words = match browser {
        "firefox" => vec!["--screenshot".to_owned(), inside],
        _ => vec![format!("--screenshot={inside}"), "--hide-scrollbars".to_owned()],
    };
    let mut argv = vec![browser, "--headless"];
    argv.extend(words.iter().map(String::as_str));
    argv.extend(["--window-size=900,600", address]);
    let ended = run(pc, &argv);
    assert!(file.exists(), "{ended:?}");
    Picture::read(&file)
}

/// Hangul is drawn as letters: each its own shape, none the box that stands for a missing one; and what no font has is
/// such a box, and where nothing stands nothing is drawn.
#[track_caller]
fn has_letters(shot: &Picture) {
    let count = SYLLABLES.chars().count();
    let cells: Vec<_> = (0..count).map(|n| shot.part(n * CELL, 0, CELL, CELL)).collect();
    for (n, letter) in SYLLABLES.chars().enumerate() {
        let (ink, line) = (shot.ink(n * CELL, 0, CELL, CELL), shot.first_line(n * CELL, 0, CELL, CELL));
        assert!((150..5000).contains(&ink), "{letter}: {ink} dark pixels");
        assert!(line.is_some_and(|percent| percent < 85), "{letter} begins like a box: {line:?}");
        assert!(cells.iter().filter(|cell| **cell == cells[n]).count() == 1, "{letter} looks like another one");
        let missing = shot.first_line(n * CELL, CELL, CELL, CELL);
        assert!(missing.is_some_and(|percent| percent >= 85), "no box for a missing letter: {missing:?}");
    }
    assert_eq!(shot.ink(0, 2 * CELL, 9 * CELL, 2 * CELL), 0, "a place without text");
}

#[track_caller]
fn shows_a_page(browser: &str, agent: &str) {
    on_a_pc(&[agent, "korean-font"], |pc| {
        has_letters(&picture(pc, browser, &format!("http://{SITE}/hangul")));
        let asked = pc.asked();
        let word = if browser == "firefox" { "Firefox/" } else { "Chrome/" };
        let line = format!("{} {SITE} /hangul Mozilla", internet::ADDRESS);
        assert!(asked.lines().any(|l| l.starts_with(&line) && l.contains(word)), "{asked}");
    });
}

#[test]
fn firefox_means_what_is_installed_and_shows_a_page_with_hangul() {
    shows_a_page("firefox", "firefox-esr");
}

#[test]
fn chromium_shows_a_page_with_hangul() {
    shows_a_page("chromium", "chromium");
}

#[test]
fn a_page_of_a_closed_address_is_refused_and_recorded() {
    on_a_pc(&["firefox-esr", "chromium"], |pc| {
        let address = |host: &str| format!("http://{host}/closed");
        let dump = |address: &str| run(pc, &["chromium", "--headless", "--dump-dom", address]).text();
        assert!(dump(&format!("http://{SITE}/open")).contains("words of open"), "the twin");
        for (host, rule) in [(PRIVATE, "private"), (INSIDE, "private"), (OWN, "local")] {
            // a name that is not known within 50 ms is not written, so a busy machine is asked again
            let is_named = |_| {
                let page = dump(&address(host));
                assert!(!page.contains("words of"), "{host}: {page}");
                let line = pc.refused(if host == INSIDE { PRIVATE } else { host }, rule);
                line["program"].as_str().is_some_and(|file| file.ends_with("/chromium"))
            };
            assert!((0..3).any(is_named), "{:?}", pc.audited());
        }
        assert!(pc.audited().iter().any(|line| line["name"] == INSIDE), "the name: {:?}", pc.audited());
        // Firefox waits for ever with its own page about it
        pc.person.settle();
        let before = pc.audited().len();
        let firefox = pc.person.start(pc.person.sep_run("internet", ["firefox", "--headless", &address(PRIVATE)]));
        wait_for(PATIENCE, || pc.audited().len() > before, || "Firefox's try".into());
        // a browser that is told to end in the middle of its start may stay
        pc.person.run(pc.person.sepctl(["end", "internet"])).good();
        drop(firefox);
        let asked = pc.asked();
        assert!(asked.contains("/open") && !asked.contains("/closed"), "nobody was asked: {asked}");
    });
}

/// What each of a browser's own confined processes must have, and does not: the zone's filter and one more, no
/// capability, namespaces of its own, another root.
fn lacks(process: &Inside, browser: &Inside, namespaces: &[&str]) -> Vec<String> {
    let fields = [("Seccomp", "2"), ("Seccomp_filters", "2"), ("CapEff", "0000000000000000"), ("NoNewPrivs", "1")];
    let fields = fields.iter().filter(|(name, value)| process.field(name) != *value);
    let mut lacks: Vec<String> = fields.map(|(name, _)| format!("{name} {}", process.field(name))).collect();
    let shared = namespaces.iter().filter(|kind| process.namespaces[**kind] == browser.namespaces[**kind]);
    lacks.extend(shared.map(|kind| format!("the zone's {kind} namespace")));
    if process.root == browser.root {
        lacks.push("the zone's root".into());
    }
    lacks
}

/// Waits until there are such processes and each is confined: one that has just been forked is not there yet.
#[track_caller]
fn are_confined(list: impl Fn() -> Vec<Inside>, browser: &Inside, namespaces: &[&str]) {
    let open = || {
        let words = |p: &Inside| p.words.chars().take(100).collect::<String>();
        list().iter().map(|p| (words(p), lacks(p, browser, namespaces))).collect::<Vec<_>>()
    };
    let closed = || Some(open()).is_some_and(|all| !all.is_empty() && all.iter().all(|(_, lacks)| lacks.is_empty()));
    wait_for(PATIENCE, closed, || format!("{:#?}", open()));
}

#[test]
fn browser_01_firefox_keeps_its_own_sandbox() {
    on_a_pc(&["firefox-esr", "python3"], |pc| {
        let firefox = start(pc, "firefox", &[]);
        let asked = ask(
            pc,
            &firefox,
            &[
                ("navigate", &format!("http://{SITE}/one")),
                ("content", "return document.title + '|' + document.body.innerText"),
                ("chrome", SANDBOX),
            ],
        );
        assert_eq!(asked[1], "page one|words of one");
        // what about:support shows: everything, and above all the namespaces
        let sandbox = &asked[2];
        for key in ["hasSeccompBPF", "hasSeccompTSync", "hasUserNamespaces", "canSandboxContent", "canSandboxMedia"] {
            assert_eq!(sandbox[key], true, "{key} of {sandbox}");
        }
        assert_eq!((&sandbox["level"], &sandbox["effective"]), (&6.into(), &6.into()), "{sandbox}");
        // and what the kernel says of the processes
        let all = inside::all(&pc.person, "--marionette");
        let browser = all.iter().find(|p| !p.words.contains("-contentproc")).expect("the browser itself");
        assert_eq!((browser.field("Seccomp_filters"), browser.root.as_str()), ("1", "/"), "the zone's filter alone");
        let tabs = || inside::all(&pc.person, "-contentproc").into_iter().filter(|p| p.words.ends_with(" tab "));
        are_confined(|| tabs().collect(), browser, &["user", "net", "ipc"]);
        drop(firefox);
    });
}

/// The fields of about:support that tell how far Firefox could confine its processes.
const SANDBOX: &str = "const has = name => Services.sysinfo.getProperty(name);
const s = Cc['@mozilla.org/sandbox/sandbox-settings;1'].getService(Ci.mozISandboxSettings);
const all = { level: Services.prefs.getIntPref('security.sandbox.content.level'), effective: s.effectiveContentSandboxLevel };
for (const name of ['hasSeccompBPF', 'hasSeccompTSync', 'hasUserNamespaces', 'canSandboxContent', 'canSandboxMedia'])
  all[name] = has(name);
return all;";

#[test]
fn browser_01_chromium_keeps_its_own_sandbox() {
    on_a_pc(&["chromium", "python3"], |pc| {
        let page = format!("http://{SITE}/one");
        let words = ["chromium", "--headless", "--remote-debugging-port=0", "--user-data-dir=profile", &page];
        let chromium = pc.person.start(pc.person.sep_run("internet", words));
        wait_for(PATIENCE, || pc.asked().contains("/one"), || "the page".into());
        // what it says itself
        let verdict = "You are adequately sandboxed.";
        let text = run(pc, &["/usr/bin/python3", "-I", "-c", DEVTOOLS, "profile", "chrome://sandbox/", verdict]).good();
        for (row, says) in [
            ("Layer 1 Sandbox", "Namespace"),
            ("PID namespaces", "Yes"),
            ("Network namespaces", "Yes"),
            ("Seccomp-BPF sandbox", "Yes"),
            ("Seccomp-BPF sandbox supports TSYNC", "Yes"),
        ] {
            let found = text.lines().any(|line| line.strip_prefix(row).is_some_and(|rest| rest.trim() == says));
            assert!(found, "{row}: {says} in {text}");
        }
        // and what the kernel says of the processes
        let of_kind = |kind: &str| inside::all(&pc.person, kind);
        let all = of_kind("/chromium");
        let browser = all.iter().find(|p| !p.words.contains("--type=")).expect("the browser itself");
        assert!(all.iter().all(|p| !p.words.contains("--no-sandbox")), "{all:?}");
        are_confined(|| of_kind("--type=renderer"), browser, &["user", "net", "pid"]);
        assert_eq!((browser.field("Seccomp_filters"), browser.root.as_str()), ("1", "/"), "the zone's filter alone");
        drop(chromium);
    });
}

#[test]
fn firefox_speaks_korean_and_follows_the_pc() {
    on_a_pc(&["firefox-esr", "korean-firefox", "python3"], |pc| {
        for folder in ["firefox", "firefox-esr"] {
            pc.etc(
                &format!("{folder}/policies/policies.json"),
                r#"{"policies": {"DisableTelemetry": true, "Homepage": {"URL": "http://www.lab.test/home"}}}"#,
            );
        }
        let scripts = [
            ("chrome", "return Services.locale.appLocaleAsBCP47"),
            ("chrome", "return document.getElementById('file-menu').label"),
            ("chrome", "return Intl.DateTimeFormat().resolvedOptions().timeZone"),
            ("chrome", "return Services.policies.getActivePolicies()?.Homepage?.URL ?? null"),
            ("content", "return navigator.languages[0]"),
        ];
        let firefox = start(pc, "firefox", &[("LANG", "ko_KR.UTF-8")]);
        let korean = ask(pc, &firefox, &scripts);
        drop(firefox);
        pc.person.settle();
        assert_eq!(korean.as_array().unwrap()[..3], ["ko", "파일", "Asia/Seoul"]);
        assert_eq!(korean[3], "http://www.lab.test/home", "the organisation's policy");
        assert!(korean[4].as_str().unwrap().starts_with("ko"), "{korean}");
        let firefox = start(pc, "firefox", &[("LANG", "C.UTF-8"), ("TZ", "Europe/Berlin")]);
        let english = ask(pc, &firefox, &scripts[..3]);
        drop(firefox);
        assert_eq!(english, serde_json::json!(["en-US", "File", "Europe/Berlin"]), "the twin");
    });
}

#[test]
fn fonts_time_certificates_and_policies_of_the_pc_are_there_to_read() {
    on_a_pc(&["korean-font", "fc-match"], |pc| {
        let policy = r#"{"HomepageLocation": "http://www.lab.test/"}"#;
        pc.etc("chromium/policies/managed/lab.json", policy);
        pc.etc("ssl/certs/lab-ca.pem", "the lab's certificate\n");
        let inside = |script: &str| pc.person.inside("internet", script).good();
        let on_pc = pc.person.outside("fc-match -f '%{file}' sans:lang=ko").good();
        assert_eq!(inside("fc-match -f '%{file}' sans:lang=ko"), on_pc);
        assert!(inside("fc-match -f '%{lang}' sans:lang=ko").split('|').any(|lang| lang == "ko"));
        assert_eq!(inside("date +%Z"), "KST");
        assert_eq!(inside("cat /etc/chromium/policies/managed/lab.json"), policy);
        assert_eq!(inside("cat /etc/ssl/certs/lab-ca.pem"), "the lab's certificate");
        for place in ["/etc/chromium/policies/managed/lab.json", "/etc/ssl/certs/lab-ca.pem", "/etc/ssl/certs/new"] {
            let tried = pc.person.inside("internet", &format!("echo x >{place}"));
            assert!(tried.status != 0 && tried.err.contains("Read-only file system"), "{place}: {tried:?}");
        }
        // the next zone has what was changed in its place meanwhile
        pc.person.settle();
        pc.etc("chromium/policies/managed/lab.json", "{}");
        assert_eq!(inside("cat /etc/chromium/policies/managed/lab.json"), "{}");
    });
}

/// An executable script in a folder.
fn script(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), text).unwrap();
    fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn browser_02_packages_with_a_sandbox_of_their_own_are_refused() {
    on_a_pc(&[], |pc| {
        let folder = pc.cover("/usr/local/games");
        script(&folder, "snap", "#!/bin/sh\necho started\n");
        symlink("snap", folder.join("spotify")).unwrap();
        script(&folder, "opera", "#!/bin/sh\nexec /snap/bin/opera \"$@\"\n");
        script(&folder, "org.lab.Web", "#!/bin/sh\nexec /usr/bin/flatpak run org.lab.Web \"$@\"\n");
        script(&folder, "Web.AppImage", "\x7fELF\x02\x01\x01\0AI\x02\0\0\0\0\0");
        script(&folder, "plain", "#!/bin/sh\necho started\n");
        for (name, kind) in
            [("spotify", "snap"), ("opera", "snap"), ("org.lab.Web", "flatpak"), ("Web.AppImage", "AppImage")]
        {
            for typed in [name, &format!("/usr/local/games/{name}")] {
                let tried = run(pc, &[typed]);
                tried.refused(125, &format!("cannot confine '{typed}': it is a {kind} package"));
                assert!(
                    tried.err.ends_with("hint: install the program as a package of the distribution\n"),
                    "{tried:?}"
                );
                assert!(tried.out.is_empty(), "{tried:?}");
            }
        }
        assert!(pc.person.left().is_empty(), "no zone was made for them");
        assert_eq!(run(pc, &["plain"]).good(), "started", "the twin");
    });
}

#[test]
fn google_chrome_is_found_in_opt() {
    on_a_pc(&["chromium"], |pc| {
        // its layout: a script in /opt that starts what lies beside it, found on the path by a link
        let opt = pc.cover("/opt").join("google/chrome");
        script(&opt, "google-chrome", "#!/bin/sh\nexec \"$(dirname \"$(readlink -f \"$0\")\")/chrome\" \"$@\"\n");
        script(&opt, "chrome", "#!/bin/sh\nexec /usr/bin/chromium \"$@\"\n");
        symlink("/opt/google/chrome/google-chrome", pc.cover("/usr/local/games").join("google-chrome")).unwrap();
        for typed in ["google-chrome", "chrome", "/opt/google/chrome/google-chrome"] {
            let page =
                run(pc, &[typed, "--headless", "--dump-dom", &format!("http://{SITE}/{}", typed.replace('/', "-"))]);
            assert!(page.text().contains("words of"), "{typed}: {page:?}");
        }
        fs::remove_file(opt.join("chrome")).unwrap();
        assert_ne!(run(pc, &["google-chrome", "--version"]).status, 0, "the twin: it is this one that ran");
    });
}
