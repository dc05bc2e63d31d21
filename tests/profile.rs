//! Profile files: every error with its exact line, column and suggestion, each beside a twin that is right; the
//! order of the files; the shipped profiles against the schema.

use std::fs;
use std::path::{Path, PathBuf};

use sep_run::policy::{Origin, Places, ProblemKind, check_file, load};
use sep_run::wire::{Code, Failure};

/// A folder of its own that is gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sep-run-profile-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, file: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(file);
        // a file that is written over is flushed to the disk by some file systems, a new one is not
        let _ = fs::remove_file(&path);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn places(folders: &[&Folder]) -> Places {
    Places { folders: folders.iter().map(|f| f.0.clone()).collect(), programs: vec!["/usr/bin".into()] }
}

/// What is wrong with a file: (line, column, problem, suggestion, word, expected).
type Wrong<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

fn check(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    let folder = Folder::new("check");
    let path = folder.write("mine.json", bytes);
    let result = check_file(&path);
    if let Err(failure) = &result {
        assert_eq!((failure.code, failure.args[0].as_str()), (Code::BadProfile, path.to_str().unwrap()));
    }
    result
}

#[track_caller]
fn wrong(bytes: impl AsRef<[u8]>, expected: Wrong<'_>) {
    let args = check(bytes).expect_err("this is wrong").args;
    let found = (&*args[1], &*args[2], &*args[3], &*args[4], &*args[5], &*args[6]);
    assert_eq!(found, expected);
}

#[track_caller]
fn right(text: &str) {
    assert_eq!(check(text), Ok(()));
}

#[test]
fn unknown_keys_are_named_with_the_nearest() {
    let seals = "nested_namespaces, landlock_min_abi, optional";
    wrong(
        "{\n  \"seals\": {\n    \"nested_namespace\": true\n  }\n}",
        ("3", "5", "unknown-key", "nested_namespaces", "nested_namespace", seals),
    );
    right("{\n  \"seals\": {\n    \"nested_namespaces\": true\n  }\n}");
    let top = "name, description, files, programs, windows, seals, limits, network, display, bus, env, launch";
    wrong("{\"netwrok\": {}}", ("1", "2", "unknown-key", "network", "netwrok", top));
    wrong("{\"zzz\": {}}", ("1", "2", "unknown-key", "", "zzz", top));
    right("{\"network\": {}}");
}

#[test]
fn columns_are_characters() {
    let top = "name, description, files, programs, windows, seals, limits, network, display, bus, env, launch";
    wrong("{\"description\": {\"ko\": \"인터넷\"}, \"buss\": true}", ("1", "32", "unknown-key", "bus", "buss", top));
    right("{\"description\": {\"ko\": \"인터넷\"}, \"bus\": true}");
}

#[test]
fn a_key_stands_once() {
    wrong("{\n\"bus\": true,\n\"bus\": false\n}", ("3", "1", "duplicate-key", "", "bus", "2"));
    wrong("{\"bus\": true, \"b\\u0075s\": false}", ("1", "27", "duplicate-key", "", "bus", "1"));
    wrong("{\"programs\": {\"a\": [], \"a\": [\"b\"]}}", ("1", "24", "duplicate-key", "", "a", "1"));
    right("{\"programs\": {\"a\": [], \"b\": [\"b\"]}}");
}

#[test]
fn numbers_have_bounds() {
    wrong("{\"files\": {\"scratch_mib\": 8}}", ("1", "27", "out-of-range", "", "8", "16..1048576"));
    wrong("{\"files\": {\"scratch_mib\": -1}}", ("1", "27", "out-of-range", "", "-1", "16..1048576"));
    wrong("{\"limits\": {\n\"cpu_weight\":\n10001}}", ("3", "1", "out-of-range", "", "10001", "1..10000"));
    wrong("{\"files\": {\"scratch_mib\": 16.5}}", ("1", "27", "wrong-type", "", "fraction", "number"));
    wrong("{\"files\": {\"scratch_mib\": \"16\"}}", ("1", "27", "wrong-type", "", "text", "number"));
    wrong("{\"files\": {\"scratch_mib\": null}}", ("1", "27", "wrong-type", "", "null", "number"));
    right("{\"files\": {\"scratch_mib\": 16}, \"limits\": {\"cpu_weight\": 10000, \"memory_mib\": null}}");
}

#[test]
fn every_kind_of_value_is_held() {
    wrong("{\"bus\": \"yes\"}", ("1", "9", "wrong-type", "", "text", "bool"));
    wrong("{\"files\": []}", ("1", "11", "wrong-type", "", "list", "object"));
    wrong("{\"files\": {\"read_only\": \"/srv\"}}", ("1", "25", "wrong-type", "", "text", "list"));
    wrong("{\"files\": {\"read_only\": [1]}}", ("1", "26", "wrong-type", "", "number", "text"));
    wrong("{\"network\": {\"card\": true}}", ("1", "22", "wrong-type", "", "bool", "text"));
    wrong("{\"network\": {\"card\": {}}}", ("1", "22", "wrong-type", "", "object", "text"));
    wrong("{\"programs\": {\"a\": {}}}", ("1", "20", "wrong-type", "", "object", "list"));
    wrong("[]", ("1", "1", "wrong-type", "", "list", "object"));
    wrong("7", ("1", "1", "wrong-type", "", "number", "object"));
    right("{\"bus\": false, \"files\": {\"read_only\": [\"/srv\"]}, \"network\": {\"card\": \"none\"}}");
}

#[test]
fn words_come_from_a_list() {
    wrong(
        "{\"network\": {\"card\": \"relais\"}}",
        ("1", "22", "unknown-value", "relay", "relais", "none, relay, macvlan"),
    );
    let log = "{\"network\": {\"log\": {\"connections\": \"any\"}}}";
    wrong(log, ("1", "37", "unknown-value", "", "any", "refused, all"));
    let optional = "{\"seals\": {\"optional\": [\"landlock\", \"seccomp\"]}}";
    wrong(optional, ("1", "37", "unknown-value", "", "seccomp", "landlock, keyring"));
    let allow = "LANG, LC_*, TZ, TERM, COLORTERM";
    wrong("{\"env\": {\"allow\": [\"PATH\"]}}", ("1", "20", "unknown-value", "", "PATH", allow));
    right(
        "{\"network\": {\"card\": \"relay\"}, \"env\": {\"allow\": [\"LC_*\"]}, \"seals\": {\"optional\": [\"keyring\"]}}",
    );
}

#[test]
fn texts_are_what_their_key_takes() {
    let business = "{\"network\": {\"business\": [\n  \"10.20.3.4/16\"]}}";
    wrong(business, ("2", "3", "bad-value", "10.20.0.0/16", "10.20.3.4/16", "prefix"));
    let names = "{\"network\": {\"names_allowed\": [\"*.example.org\"]}}";
    wrong(names, ("1", "32", "bad-value", "example.org", "*.example.org", "domain"));
    wrong("{\"network\": {\"allow\": [\"printer:631\"]}}", ("1", "24", "bad-value", "", "printer:631", "destination"));
    wrong("{\"network\": {\"uplink\": \"a/b\"}}", ("1", "24", "bad-value", "", "a/b", "nic"));
    wrong("{\"files\": {\"read_only\": [\"/run\"]}}", ("1", "26", "bad-value", "", "/run", "folder"));
    wrong("{\"env\": {\"set\": {\"LD_PRELOAD\": \"x\"}}}", ("1", "18", "bad-value", "", "LD_PRELOAD", "variable"));
    wrong("{\"env\": {\"set\": {\"A\": \"x\\ny\"}}}", ("1", "23", "bad-value", "", "x\ny", "line"));
    wrong("{\"programs\": {\"a b\": []}}", ("1", "15", "bad-value", "", "a b", "program"));
    right("{\"network\": {\"business\": [\"10.20.0.0/16\"], \"names_allowed\": [], \"uplink\": \"eth0\"}}");
}

#[test]
fn syntax_errors_have_their_place() {
    wrong("{\"bus\": true,}", ("1", "14", "syntax", "", "", "key must be a string"));
    wrong("{\n  \"bus\": tru\n}", ("2", "13", "syntax", "", "", "expected ident"));
    wrong("{\"bus\": true} x", ("1", "15", "trailing-text", "", "", "trailing characters"));
    wrong("{\"bus\": true}{}", ("1", "14", "trailing-text", "", "", "trailing characters"));
    wrong("", ("1", "1", "syntax", "", "", "EOF while parsing a value"));
    wrong("{\"description\": {\"en\": \"\\ud800\"}}", ("1", "24", "syntax", "", "", "unexpected end of hex escape"));
    wrong("{\"a\": [[[[[[[[[1]]]]]]]]]}", ("1", "14", "too-deep", "", "", ""));
    right("{\"bus\": true} \n");
}

#[test]
fn bytes_that_are_not_plain_text_are_named() {
    wrong(b"\xef\xbb\xbf{}", ("1", "1", "byte-order-mark", "", "", ""));
    wrong(b"{\n\"bus\": \"\xff\"}", ("2", "9", "not-text", "", "", ""));
    wrong(vec![b' '; 65_537], ("1", "1", "too-large", "", "", "65536"));
    assert_eq!(check([b"{}".to_vec(), vec![b' '; 65_534]].concat()), Ok(()), "as large as allowed");
}

#[test]
fn the_name_is_the_files() {
    wrong("{\"name\": \"other\"}", ("1", "10", "wrong-name", "", "other", "mine"));
    wrong("{\"name\": \"a/b\"}", ("1", "10", "bad-value", "", "a/b", "name"));
    right("{\"name\": \"mine\"}");
}

#[test]
fn every_kind_of_problem_stands_above() {
    let text = include_str!("profile.rs");
    for kind in ProblemKind::ALL {
        assert!(text.contains(&format!("\"{}\"", kind.name())), "{} has no test here", kind.name());
    }
}

#[test]
fn a_later_file_changes_single_keys() {
    let (etc, user) = (Folder::new("etc"), Folder::new("user"));
    etc.write("internet.json", "{\n\"limits\": {\"memory_mib\": 1000,\n\"processes\": 99},\n\"display\": false\n}");
    user.write("internet.json", "{\n\"limits\": {\n\n\"memory_mib\": 2000},\n\"programs\": {\"firefox\": [\"x\"]}}");
    let merged = load("internet", &places(&[&etc, &user])).unwrap();
    let limits = &merged.profile.limits;
    assert_eq!((limits.memory_mib.unwrap().get(), limits.processes.unwrap().get()), (2000, 99));
    assert!(merged.profile.seals.nested_namespaces && !merged.profile.display, "built-in, then /etc");
    let firefox = merged.profile.programs.iter().find(|(name, _)| name.as_str() == "firefox").unwrap();
    assert_eq!(firefox.1.len(), 1, "a list is replaced as a whole");
    assert!(merged.profile.programs.len() > 1, "other aliases stay");

    let path = |f: &Folder| f.0.join("internet.json").display().to_string();
    assert_eq!(merged.origin("limits.memory_mib"), Origin::File(path(&user), 4));
    assert_eq!(merged.origin("limits.processes"), Origin::File(path(&etc), 3));
    assert_eq!(merged.origin("limits.required"), Origin::File("built-in:internet.json".into(), 30));
    assert_eq!(merged.origin("network.uplink"), Origin::Default);
}

#[test]
fn an_error_in_a_value_that_is_replaced_is_still_an_error() {
    let (etc, user) = (Folder::new("etc2"), Folder::new("user2"));
    let path = etc.write("internet.json", "{\"bus\": 1}");
    user.write("internet.json", "{\"bus\": true}");
    let failure = load("internet", &places(&[&etc, &user])).unwrap_err();
    assert_eq!(failure.args[..4], [path.to_str().unwrap(), "1", "9", "wrong-type"]);
    etc.write("internet.json", "{\"bus\": false}");
    assert!(load("internet", &places(&[&etc, &user])).unwrap().profile.bus);
}

#[test]
fn a_profile_may_stand_in_a_users_file_alone() {
    let user = Folder::new("alone");
    user.write("bank.json", "{\"network\": {\"card\": \"relay\", \"names_allowed\": [\"bank.example\"]}}");
    let merged = load("bank", &places(&[&user])).unwrap();
    assert!(!merged.profile.seals.nested_namespaces, "what no file says is the strictest");
    assert!(places(&[&user]).names().contains(&"bank".to_owned()));
}

#[test]
fn a_wrong_name_is_answered_with_what_it_may_mean() {
    let args = |name: &str| {
        let failure = load(name, &places(&[])).unwrap_err();
        assert_eq!(failure.code, Code::NoProfile);
        failure.args
    };
    assert_eq!(args("intrenet")[1], "internet");
    assert_eq!(args("firefox")[1], "internet firefox", "an alias of the profile, installed or not");
    assert_eq!(args("env")[1], "internet env", "a program of the PC");
    assert_eq!(args("qqqqqq")[1], "");
    assert_eq!(args("../internet")[1], "internet");
    assert_eq!(args("qqqqqq")[2], "dev, internet, mail, office, strict");
    assert!(load("internet", &places(&[])).is_ok());
}

#[test]
fn files_that_can_not_be_read_are_errors() {
    let user = Folder::new("unreadable");
    fs::create_dir(user.0.join("internet.json")).unwrap();
    let failure = load("internet", &places(&[&user])).unwrap_err();
    assert_eq!((failure.code, failure.errno), (Code::System, libc::EISDIR));
    assert_eq!(check_file(Path::new("/nonexistent/x.json")).unwrap_err().errno, libc::ENOENT);
}

#[test]
fn the_shipped_profiles_follow_the_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let json =
        |name: &str| -> serde_json::Value { serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap() };
    let schema = jsonschema::validator_for(&json("profile.schema.json")).unwrap();
    for name in ["internet", "office", "strict"] {
        let value = json(&format!("{name}.json"));
        assert!(schema.is_valid(&value), "{name}: {:?}", schema.iter_errors(&value).next().map(|e| e.to_string()));
        check_file(&folder.join(format!("{name}.json"))).unwrap();
    }
    let refused = [
        r#"{"netwrok": {}}"#,
        r#"{"files": {"scratch_mib": 8}}"#,
        r#"{"network": {"card": "relais"}}"#,
        r#"{"name": "a/b"}"#,
        r#"{"seals": {"optional": ["seccomp"]}}"#,
    ];
    for text in refused {
        assert!(!schema.is_valid(&serde_json::from_str(text).unwrap()), "{text}");
        assert!(check(text).is_err(), "{text}");
    }
}

/// Whatever bytes a file holds, the answer is an error with a place in it, or what serde_json takes as well.
#[test]
fn every_cut_and_every_wrong_byte_has_an_answer() {
    let whole = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected/every.json")).unwrap();
    let folder = Folder::new("bytes");
    let mut right = 0;
    let mut answer = |bytes: &[u8]| match check_file(&folder.write("every.json", bytes)) {
        Ok(()) => {
            right += 1;
            assert!(serde_json::from_slice::<serde_json::Value>(bytes).is_ok());
        }
        Err(failure) => {
            let number = |at: usize| failure.args[at].parse::<usize>().unwrap();
            let line = bytes.split(|b| *b == b'\n').nth(number(1) - 1).expect("the line is in the file");
            assert!((1..=line.len() + 1).contains(&number(2)), "{failure:?}");
        }
    };
    for at in 0..whole.len() {
        answer(&whole[..at]);
        for wrong in [b'"', b'}', 0xff] {
            let mut changed = whole.clone();
            changed[at] = wrong;
            answer(&changed);
        }
    }
    assert!(right > 100, "some changes are inside of texts: {right}");
}

/// The budget of a launch for its profile is 0.15 ms; a debug build on a busy machine gets ten times that.
#[test]
fn reading_a_profile_takes_no_time() {
    let places = places(&[]);
    let mut times: Vec<_> = (0..200)
        .map(|_| {
            let start = std::time::Instant::now();
            load("internet", &places).unwrap();
            start.elapsed()
        })
        .collect();
    times.sort();
    let median = times[times.len() / 2];
    println!("median {median:?}");
    let budget = if cfg!(debug_assertions) { 1500 } else { 150 };
    assert!(median.as_micros() < budget, "median {median:?}, budget {budget} µs");
}
