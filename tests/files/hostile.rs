//! A zone whose programs lay traps in its home.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use super::broken::part;
use super::{ZONE, here, hint, names, ready, refused, run, sepctl};
use crate::support::person::{LIMIT, wait_for};

#[test]
fn file_01_a_link_is_not_followed_however_fast_it_is_swapped() {
    let Some(person) = ready(&["python3"]) else { return };
    // what a link would lead to if it were followed outside: a file of the PC
    let secret = person.top.join("secret");
    fs::write(&secret, "business").unwrap();
    let script = format!(
        "import os\nos.makedirs('d', exist_ok=True); open('d/f','w').write('honest'); os.makedirs('real', exist_ok=True)\n\
         open('real/f','w').write('honest'); open('t','w').write('honest')\nprint('up', flush=True)\n\
         while True:\n for a, b, c in (('{0}', 'x', 't'), ('{1}', 'y', 'link')):\n  try:\n   \
         os.symlink(a, b); os.rename(b, c); os.symlink('real', 'z'); os.rename('z', 'link')\n   \
         open('n','w').write('honest'); os.rename('n', 't')\n  except OSError: pass\n",
        secret.display(),
        person.top.display()
    );
    let swapping = person.start(person.sep_run(ZONE, ["/usr/bin/python3", "-I", "-c", &script]));
    swapping.until_said("up");
    let (mut good, mut no) = (0, 0);
    for _ in 0..60 {
        for path in ["t", "link/f", "d/f"] {
            let ended = run(&person, &["get", "--force", ZONE, path, "--to", "got"]);
            if ended.status == 0 {
                good += 1;
                assert_eq!(fs::read_to_string(here(&person, "got")).unwrap(), "honest", "{path}");
            } else {
                no += 1;
                refused(&ended, "strict:");
            }
        }
    }
    assert!(good >= 60 && no > 0, "{good} came, {no} were refused");
    drop(swapping);
    // the honest twin: what the link names is a file that this user can read
    symlink(&secret, here(&person, "twin")).unwrap();
    assert_eq!(person.outside("cat twin").good(), "business");
    refused(&run(&person, &["put", ZONE, "twin"]), "it is a link");
}

#[test]
fn file_01_no_descriptor_and_no_path_of_the_pc_is_in_the_zone_while_files_cross() {
    let Some(person) = ready(&[]) else { return };
    let held = person.start_inside(
        ZONE,
        "echo up; while sleep 0.02; do for p in /proc/[0-9]*; do ls -l $p/fd; tr '\\0' ' ' <$p/cmdline; done 2>/dev/null; done",
    );
    held.until_said("up");
    person.outside("head -c 60000000 /dev/urandom >business.bin").good();
    run(&person, &["put", ZONE, "business.bin", "--to", "in"]).good();
    run(&person, &["get", ZONE, "in", "--to", "out.bin"]).good();
    assert_eq!(person.outside("cmp business.bin out.bin && echo same").good(), "same");
    std::thread::sleep(std::time::Duration::from_millis(100));
    let seen = held.said();
    assert!(!seen.contains("business.bin") && !seen.contains(person.top.to_str().unwrap()), "{seen}");
    drop(held);
}

#[test]
fn file_02_pipes_sockets_links_and_devices_are_refused_by_name() {
    let Some(person) = ready(&["python3"]) else { return };
    let make = "import os,socket; os.mkfifo('d/p'); s=socket.socket(socket.AF_UNIX); s.bind('d/s'); os.symlink('/dev/zero','d/l'); \
                os.symlink('/proc/self/mem','d/m'); open('d/ok','w').write('ok')";
    person.inside(ZONE, &format!("mkdir d; /usr/bin/python3 -I -c \"{make}\"")).good();
    for (path, what) in [("d/p", "a named pipe"), ("d/s", "a socket"), ("d/l", "a link"), ("d/m", "a link")] {
        refused(&run(&person, &["get", ZONE, path]), what);
    }
    for path in ["../x", "/etc/passwd", "d/../../x"] {
        refused(&run(&person, &["get", ZONE, path]), "does not cross");
    }
    let all = run(&person, &["get", "-r", ZONE, "d"]);
    assert_eq!((all.status, all.err.matches("does not cross").count()), (1, 4), "{all:?}");
    assert_eq!(names(&here(&person, "d")), ["ok"], "the twin: what is a file crossed");
    person.outside("mkfifo p; ln -s /etc/passwd l").good();
    refused(&run(&person, &["put", ZONE, "p"]), "a named pipe");
    refused(&run(&person, &["put", ZONE, "l"]), "a link");
    refused(&run(&person, &["put", ZONE, "/dev/null"]), "a device");
}

#[test]
fn file_02_names_that_steer_or_are_no_text_stay_and_are_listed_harmless() {
    let Some(person) = ready(&["python3"]) else { return };
    let make = r"import os,unicodedata
os.mkdir('d')
for n in (b'\x1b]0;owned\x07', b'a\nb', b'\xff\xfe', 'c\u009b2J'.encode(), b'-rf', '가나'.encode()):
    open(b'd/'+n,'w').write('x')
for n in ('fdp.\u202eexe', 'a\u200e', 'b\u200f', '\u061cc', 'd\u2028d', '\ufeffe', 'f\u2066', 'g\u2069'):
    n = n.encode()
    open(b'd/'+n,'w').write('x')
os.mkdir('twins')
for form in ('NFC','NFD'): open('twins/'+unicodedata.normalize(form,'한글'),'w').write(form)
os.mkdir('apart'); open('apart/'+unicodedata.normalize('NFD','각'),'w').write('NFD')
";
    person.run(person.sep_run(ZONE, ["/usr/bin/python3", "-I", "-c", make])).good();
    let listed = run(&person, &["ls", ZONE, "d"]).good();
    assert!(!listed.contains(|c| c != '\n' && sep_run::wire::drives(c)) && listed.lines().count() == 14, "{listed:?}");
    assert!(listed.contains(r"\u{1b}]0;owned\u{7}") && listed.contains(r"\xff\xfe"), "{listed:?}");
    let json = run(&person, &["ls", "--json", ZONE, "d"]).good();
    assert!(!json.contains(sep_run::wire::drives), "{json:?}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let broken = json[0]["entries"].as_array().unwrap().iter().find(|e| e["bytes"] == "fffe");
    assert!(broken.is_some(), "{json}");
    let got = run(&person, &["get", "-r", ZONE, "d"]);
    assert_eq!((got.status, got.err.matches("does not cross").count()), (1, 12), "{got:?}");
    assert_eq!(names(&here(&person, "d")), ["-rf", "가나"]);
    assert!(!got.err.contains(|c| c != '\n' && sep_run::wire::drives(c)), "{got:?}");
    for name in ["fdp.\u{202e}exe", "a\u{200f}", "\u{feff}b"] {
        fs::write(here(&person, name), "x").unwrap();
        let put = run(&person, &["put", ZONE, name]);
        refused(&put, "does not cross");
        assert!(!put.err.contains(|c| c != '\n' && sep_run::wire::drives(c)), "{put:?}");
        fs::remove_file(here(&person, name)).unwrap();
    }
    let twins = run(&person, &["get", "-r", ZONE, "twins"]);
    refused(&twins, "Unicode form");
    assert_eq!(names(&here(&person, "twins")), ["한글"]);
    // whatever form it is spelled in there, it is found and comes composed
    run(&person, &["get", ZONE, "apart/각"]).good();
    assert_eq!(names(person.top.join("home").as_path()), ["d", "twins", "각"]);
    let apart = "각";
    fs::remove_file(here(&person, "각")).unwrap();
    fs::write(here(&person, apart), "other").unwrap();
    refused(&run(&person, &["get", ZONE, "apart/각"]), "is there already");
}

#[test]
fn file_04_a_file_that_changes_is_an_error_and_leaves_nothing() {
    let Some(person) = ready(&[]) else { return };
    let grows = person.start_inside(ZONE, "head -c 100000 /dev/zero >g; echo up; while :; do echo more >>g; done");
    grows.until_said("up");
    // each ends by itself though the file never does
    for _ in 0..5 {
        let ended = run(&person, &["get", ZONE, "g"]);
        if ended.status != 0 {
            refused(&ended, "changed while it was read");
        }
        let _ = fs::remove_file(here(&person, "g"));
        assert_eq!(names(&person.top.join("home")), [""; 0]);
    }
    drop(grows);
    person.outside("head -c 200000000 /dev/zero | tr '\\0' x >s").good();
    let held = person.start_inside(ZONE, "echo up; sleep 60");
    held.until_said("up");
    let sending = person.start(sepctl(&person, &["put", ZONE, "s"]));
    let folder = person.home_of(ZONE);
    let begun = || part(&folder).is_some_and(|bytes| bytes > 1_000_000);
    wait_for(LIMIT, begun, || format!("{:?}", names(&folder)));
    fs::OpenOptions::new().write(true).open(here(&person, "s")).unwrap().set_len(10).unwrap();
    let ended = sending.end();
    refused(&ended, "changed while it was read");
    assert_eq!(hint::hint(&ended.err, "code-changed.hint"), "try again when nothing writes to it");
    assert_eq!(person.inside(ZONE, "ls -A | grep -v '^g$'").text(), "");
    run(&person, &["put", ZONE, "s"]).good();
    drop(held);
}

#[test]
fn file_04_a_folder_of_a_hundred_thousand_names_is_listed_and_folders_in_folders_end() {
    let Some(person) = ready(&["python3"]) else { return };
    let make = "import os\nos.mkdir('many')\nfor n in range(100000): os.mknod('many/%06d' % n)\n\
                os.mkdir('deep'); os.chdir('deep')\nfor n in range(200): os.mkdir('d'); os.chdir('d')\nopen('f','w').write('x')";
    person.run(person.sep_run(ZONE, ["/usr/bin/python3", "-I", "-c", make])).good();
    let listed = run(&person, &["ls", ZONE, "many"]).good();
    assert_eq!(listed.lines().count(), 100_000);
    assert!(listed.lines().last().unwrap().ends_with("099999"));
    refused(&run(&person, &["get", "-r", ZONE, "deep"]), "more than 64 folders");
}

#[test]
fn file_02_what_lies_where_a_file_shall_go_in_the_zone_is_not_followed() {
    let Some(person) = ready(&[]) else { return };
    fs::write(here(&person, "x"), "new").unwrap();
    person.inside(ZONE, "echo old >kept; ln -s kept x; mkdir there; ln -s there way").good();
    refused(&run(&person, &["put", ZONE, "x"]), "strict:x");
    refused(&run(&person, &["put", ZONE, "x", "way/"]), "way");
    run(&person, &["put", "--force", ZONE, "x"]).good();
    assert_eq!(person.inside(ZONE, "cat kept x; readlink x; ls there").text(), "old\nnew");
    assert_eq!(fs::symlink_metadata(person.home_of(ZONE).join("x")).unwrap().nlink(), 1);
    run(&person, &["put", ZONE, "x", "there/"]).good();
}
