//! The smoke table: programs of an ordinary desktop do their ordinary work in the zone `internet`, each with its output
//! looked at. The internet is made up (tests/support/internet.rs).

#[path = "support/internet.rs"]
mod internet;
#[path = "support/marionette.rs"]
mod marionette;
#[path = "support/picture.rs"]
mod picture;
mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use internet::{ADDRESS, BANNER, PRIVATE, Pc, SITE, on_a_pc};
use support::person::Ended;

/// The longest that one program may take, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(90);

/// Runs a shell script in the zone.
#[track_caller]
fn inside(pc: &Pc, script: &str) -> Ended {
    run(pc, &["sh", "-c", script])
}

#[track_caller]
fn run(pc: &Pc, argv: &[&str]) -> Ended {
    pc.person.start(pc.person.sep_run("internet", argv)).end_within(PATIENCE)
}

/// What lies in the zone's home, from outside.
fn in_home(pc: &Pc, name: &str) -> std::path::PathBuf {
    pc.person.home_of("internet").join(name)
}

#[test]
fn awk_counts() {
    on_a_pc(&["awk"], |pc| {
        let sum = inside(pc, "printf '1 a\\n2 b\\n39 c\\n' | awk '{ sum += $1; last = $2 } END { print sum, last }'");
        assert_eq!(sum.good(), "42 c");
    });
}

#[test]
fn vi_edits_a_file() {
    on_a_pc(&["vi"], |pc| {
        let edit = "printf 'one\\ntwo\\n' >text && vi -es -c '%s/two/둘/' -c 'wq' text; cat text";
        assert_eq!(inside(pc, edit).good(), "one\n둘");
        assert_eq!(fs::read_to_string(in_home(pc, "text")).unwrap(), "one\n둘\n");
    });
}

#[test]
fn less_passes_text_on() {
    on_a_pc(&["less"], |pc| {
        let text: String = (1..=500).map(|n| format!("line {n}\n")).collect();
        fs::create_dir_all(in_home(pc, "")).unwrap();
        fs::write(in_home(pc, "text"), &text).unwrap();
        assert_eq!(inside(pc, "less text").good(), text.trim_end());
        assert_eq!(inside(pc, "less missing 2>&1; echo done").good(), "missing: No such file or directory\ndone");
    });
}

#[test]
fn git_commits_and_clones_by_the_network() {
    on_a_pc(&["git"], |pc| {
        let commit = "git init -q -b main work && cd work && git config user.name Lab && git config user.email l@lab.test \
                      && echo hello >file && git add file && git commit -q -m first && git log --format=%s";
        assert_eq!(inside(pc, commit).good(), "first");
        // what was made in the zone is put on the web server, as plain files, and cloned from there
        let bare = pc.files.join("work.git");
        let made = format!("git clone -q --bare '{}' '{}'", in_home(pc, "work").display(), bare.display());
        pc.person.outside(&format!("{made} && git -C '{}' update-server-info", bare.display())).good();
        let clone =
            format!("git clone -q http://{SITE}/files/work.git copy && cat copy/file && git -C copy log --format=%s");
        assert_eq!(inside(pc, &clone).good(), "hello\nfirst");
        assert!(pc.asked().contains("/files/work.git/info/refs git/"), "{}", pc.asked());
    });
}

#[test]
fn curl_gets_a_page_and_is_refused_a_closed_one() {
    on_a_pc(&["curl"], |pc| {
        let page = inside(pc, &format!("curl -sS --max-time 20 http://{SITE}/curl")).good();
        assert!(page.contains("words of curl"), "{page}");
        let closed = inside(pc, &format!("curl -sS --max-time 20 http://{PRIVATE}/closed"));
        assert!(closed.status != 0 && closed.out.is_empty(), "{closed:?}");
        pc.refused(PRIVATE, "private");
        let unknown = inside(pc, "curl -sS --max-time 20 http://nowhere.test/");
        assert_eq!(unknown.status, 6, "a name that is not: {unknown:?}");
        assert!(!pc.asked().contains("closed"));
    });
}

#[test]
fn curl_trusts_the_certificates_of_the_organisation() {
    on_a_pc(&["curl", "openssl", "python3"], |pc| {
        let make = format!(
            "cd '{0}' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem \
             -out cert.pem -subj /CN={SITE} -addext subjectAltName=DNS:{SITE} 2>openssl.err || cat openssl.err",
            pc.files.display()
        );
        assert_eq!(pc.person.outside(&make).good(), "");
        let server = pc.serve_tls(&pc.files.join("cert.pem"), &pc.files.join("key.pem"));
        let get = format!("curl -sS --max-time 20 https://{SITE}/");
        let stranger = inside(pc, &get);
        assert_eq!(stranger.status, 60, "nobody vouches for it yet: {stranger:?}");
        pc.person.settle();
        let bundle = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
        let certificate = fs::read_to_string(pc.files.join("cert.pem")).unwrap();
        pc.etc("ssl/certs/ca-certificates.crt", &(bundle + &certificate));
        assert_eq!(inside(pc, &get).good(), "by TLS");
        drop(server);
    });
}

#[test]
fn ssh_speaks_with_a_server() {
    on_a_pc(&["ssh"], |pc| {
        // as Debian 13 has it: a link to a file of root, who is nobody in the zone
        let empty = pc.person.outside("find /usr/lib -type f -empty -print -quit 2>/dev/null; true").good();
        symlink(empty, pc.cover("/etc/ssh/ssh_config.d").join("20-link.conf")).unwrap();
        assert!(inside(pc, "ssh -V").err.starts_with("OpenSSH"));
        let tried = inside(pc, &format!("ssh -v -o BatchMode=yes -o ConnectTimeout=20 user@{SITE} true"));
        assert_eq!(tried.status, 255, "{tried:?}");
        let version = BANNER.rsplit('-').next().unwrap();
        assert!(tried.err.contains(&format!("remote software version {version}")), "{tried:?}");
    });
}

#[test]
fn ping_hears_an_echo() {
    on_a_pc(&["ping"], |pc| {
        for to in [ADDRESS, SITE] {
            let said = inside(pc, &format!("ping -n -c 2 -i 0.2 -W 5 {to}")).good();
            assert!(said.contains("2 packets transmitted, 2 received, 0% packet loss"), "{said}");
        }
        let closed = inside(pc, &format!("ping -n -c 1 -W 1 {PRIVATE}"));
        assert!(closed.status != 0 && closed.text().contains(" 0 received"), "{closed:?}");
        pc.refused(PRIVATE, "private");
        assert_eq!(
            inside(pc, "cat /proc/sys/net/ipv4/ping_group_range").good(),
            pc.person.outside("printf '%s\\t%s' $(id -g) $(id -g)").good()
        );
    });
}

#[test]
fn python_reads_the_web() {
    on_a_pc(&["python3"], |pc| {
        let script =
            format!("import urllib.request as r; print(r.urlopen('http://{SITE}/python', timeout=20).read().decode())");
        let page = run(pc, &["python3", "-c", &script]).good();
        assert!(page.contains("words of python"), "{page}");
    });
}

#[test]
fn browsers_and_mail_say_what_they_are() {
    on_a_pc(&["firefox-esr", "chromium", "thunderbird"], |pc| {
        for (program, name) in [
            ("firefox", "Mozilla Firefox "),
            ("firefox-esr", "Mozilla Firefox "),
            ("chromium", "Chromium "),
            ("thunderbird", "Mozilla Thunderbird "),
        ] {
            let said = run(pc, &[program, "--version"]).good();
            assert!(said.lines().any(|l| l.trim_start().starts_with(name)), "{program}: {said}");
        }
    });
}

#[test]
fn thunderbird_comes_up() {
    on_a_pc(&["thunderbird", "python3"], |pc| {
        let thunderbird = marionette::start(pc, "thunderbird", &[]);
        let window = "return Services.wm.getMostRecentWindow('mail:3pane')?.document.readyState ?? null";
        let said = marionette::ask(pc, &thunderbird, &[("chrome", "return Services.appinfo.name"), ("chrome", window)]);
        assert_eq!(said, serde_json::json!(["Thunderbird", "complete"]));
        drop(thunderbird);
    });
}

/// Writes an OpenDocument text with one Korean sentence, as any program of the zone could.
const DOCUMENT: &str = r#"
import sys, zipfile
content = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:text>
<text:p>망분리 환경의 문서, and a word of English.</text:p></office:text></office:body></office:document-content>"""
manifest = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""
with zipfile.ZipFile("document.odt", "w") as file:
    file.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    file.writestr("content.xml", content)
    file.writestr("META-INF/manifest.xml", manifest)
"#;

#[test]
fn libreoffice_makes_a_pdf_and_evince_draws_it() {
    on_a_pc(&["libreoffice", "evince", "python3", "korean-font"], |pc| {
        assert_eq!(run(pc, &["python3", "-c", DOCUMENT]).status, 0);
        let ended = run(pc, &["libreoffice", "--headless", "--convert-to", "pdf", "document.odt"]);
        assert!(ended.text().contains("document.pdf using filter"), "{ended:?}");
        let pdf = fs::read(in_home(pc, "document.pdf")).unwrap();
        assert!(pdf.starts_with(b"%PDF-") && pdf.windows(5).any(|five| five == b"/Font"), "{} bytes", pdf.len());
        assert!(run(pc, &["evince", "--version"]).good().contains(|c: char| c.is_ascii_digit()), "evince");
        let drawn = run(pc, &["evince-thumbnailer", "-s", "1000", "document.pdf", "document.png"]);
        assert_eq!(drawn.status, 0, "{drawn:?}");
        let shot = picture::Picture::read(&in_home(pc, "document.png"));
        let (width, height) = shot.size();
        // the sentence stands at the top of the sheet, and the rest is white
        assert!(shot.ink(0, 0, width, height / 4) > 200 && shot.ink(0, height / 2, width, height / 4) == 0);
    });
}
