//! The catalogues: both complete, with the same arguments and without a key that nothing says; and the sentences
//! themselves, all of them, as they are read by people.

#[path = "words/verbs.rs"]
mod verbs;

#[path = "support/host.rs"]
mod host;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;
use nix::errno::Errno;
use sep_run::cli::words::{Locale, Words, argument_names, say, say_as};
use sep_run::policy::{Places, Problem, ProblemKind, Refusal, load, resolve};
use sep_run::wire::{Code, Failure, Stage};

use host::host;

/// Key (with its attribute) → the variables it uses.
type Catalogue = BTreeMap<String, BTreeSet<String>>;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn catalogue(language: &str) -> Catalogue {
    let text = file(&format!("src/cli/words/{language}.ftl"));
    let resource = parser::parse(text.as_str()).unwrap_or_else(|(_, errors)| panic!("{language}: {errors:?}"));
    let mut keys = Catalogue::new();
    let mut add = |key: String, pattern: &Pattern<&str>| {
        let mut used = BTreeSet::new();
        variables(pattern, &mut used);
        assert!(keys.insert(key.clone(), used).is_none(), "{language}: {key} stands twice");
    };
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        add(message.id.name.to_owned(), message.value.as_ref().unwrap());
        for attribute in &message.attributes {
            add(format!("{}.{}", message.id.name, attribute.id.name), &attribute.value);
        }
    }
    keys
}

fn variables(pattern: &Pattern<&str>, to: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => variable(inline, to),
            Expression::Select { selector, variants } => {
                variable(selector, to);
                variants.iter().for_each(|v| variables(&v.value, to));
            }
        }
    }
}

fn variable(inline: &InlineExpression<&str>, to: &mut BTreeSet<String>) {
    if let InlineExpression::VariableReference { id } = inline {
        to.insert(id.name.to_owned());
    }
}

#[test]
fn both_catalogues_say_the_same_things() {
    let (en, mut ko) = (catalogue("en"), catalogue("ko"));
    // the help's English stands at the definition of the command line (tests/help.rs)
    ko.retain(|key, _| !["verb-", "thing-", "word-", "help-"].iter().any(|family| key.starts_with(family)));
    let only = |a: &Catalogue, b: &Catalogue| a.keys().filter(|k| !b.contains_key(*k)).cloned().collect::<Vec<_>>();
    assert_eq!((only(&en, &ko), only(&ko, &en)), (vec![], vec![]), "only in English, only in Korean");
    for (key, used) in &en {
        assert_eq!(used, &ko[key], "{key}: not the same arguments");
    }
}

/// Reasons, kinds and peers in an error are no English words in a Korean sentence.
#[test]
fn korean_has_a_word_for_what_is_told_of_a_failure() {
    let mut said = verbs::said().words;
    assert!(said.contains_key("named pipe") && said.contains_key("the process was not moved"), "{said:?}");
    said.retain(|word, _| !word.is_empty() && !verbs::is_own_name(word));
    let elsewhere = verbs::ELSEWHERE.iter().chain(&verbs::RARE).map(|word| ((*word).to_owned(), String::new()));
    let used = verbs::keys("word", &said.into_iter().chain(elsewhere).collect());
    let known: BTreeSet<String> = catalogue("ko").into_keys().filter(|key| key.starts_with("word-")).collect();
    assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "no Korean word for these");
    assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "nothing says these");
    let korean = |failure: &Failure| say(failure, Locale::Korean).line;
    for (failure, words) in [
        (
            Failure::new(Stage::Parse, Code::BadStdio, &["stdin", "directory"]),
            "표준 입력을(를) 존에 전달할 수 없습니다",
        ),
        (Failure::new(Stage::Attach, Code::Protocol, &["the zone"]), "'존'의 응답"),
        (Failure::new(Stage::Run, Code::EditorFailed, &["vi", "status 1"]), "종료 코드 1"),
        (
            Failure::new(
                Stage::Isolate,
                Code::NotEnforced,
                &["memory, processes, CPU", "the scope lacks a limit: pids.max 9"],
            ),
            "CPU 한도 가운데 적용할 수 없는 것이 있습니다: scope에 적용되지 않은 제한이 있습니다(pids.max 9)",
        ),
        // what is no word of ours stays: a zone can not say anything but by our words
        (Failure::new(Stage::Run, Code::BadStdio, &["other", "x: y"]), "other을(를)"),
        (Failure::new(Stage::Run, Code::NotFound, &["socket"]), "'socket'"),
    ] {
        assert!(korean(&failure).contains(words), "{}", korean(&failure));
    }
    // what the library says of text that is no JSON, in words of the catalogue
    for text in ["[1", "{\"a\" 1}", "[1 2]", "tru", "\"\\x\"", "{\"a\": 1,}", "{\"a\": }", "01", "{a: 1}", "\"\n\""] {
        let cause = serde_json::from_str::<serde_json::Value>(text).unwrap_err().to_string();
        let cause = cause.split(" at line ").next().unwrap().to_owned();
        let problem = Problem::new(ProblemKind::Syntax).expecting(&cause).failure("x.json");
        let line = korean(&problem);
        assert!(!line.contains(&cause), "{text}: {line}");
    }
}

/// "'/proc'에 대한 mount 작업" is no Korean: every verb that the sources say, and every object that is no name.
#[test]
fn korean_has_a_word_for_what_failed() {
    let said = verbs::said();
    assert!(said.unknown.is_empty(), "{:?}", said.unknown);
    assert!(said.verbs.len() > 40 && said.verbs.contains_key("mount"), "the collector works: {:?}", said.verbs);
    let ko = catalogue("ko");
    let of = |family: &str| ko.keys().filter(|k| k.starts_with(family)).cloned().collect::<BTreeSet<_>>();
    let phrases = said.objects.into_iter().filter(|(object, _)| !verbs::is_name(object)).collect();
    for (family, used) in [("verb", verbs::keys("verb", &said.verbs)), ("thing", verbs::keys("thing", &phrases))] {
        let known = of(&format!("{family}-"));
        assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "no Korean word for these");
        assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "nothing says these");
    }
    for (key, word) in
        ko.keys().filter(|k| k.starts_with("verb-")).map(|k| (k, Words::new(Locale::Korean).text(k, &[])))
    {
        assert!(
            word.chars().any(|c| ('가'..='힣').contains(&c)) && !word.contains(|c: char| c.is_ascii_alphabetic()),
            "{key}: {word}"
        );
    }
}

#[test]
fn every_code_stage_and_problem_has_its_sentence() {
    let en = catalogue("en");
    for stage in Stage::ALL {
        assert!(en.contains_key(&format!("stage-{}", stage.name())), "{stage:?}");
    }
    for code in Code::ALL {
        let key = format!("code-{}", code.name());
        let known: BTreeSet<&str> =
            argument_names(*code).iter().copied().chain(["cause", "self", "sentence"]).collect();
        for (key, used) in en.iter().filter(|(k, _)| **k == key || k.split('.').next() == Some(&key)) {
            assert!(used.iter().all(|v| known.contains(v.trim_start_matches("has-"))), "{key} uses {used:?}");
        }
        assert!(en.contains_key(&key), "{code:?}");
    }
    for kind in ProblemKind::ALL {
        assert!(en.contains_key(&format!("problem-{}", kind.name())), "{kind:?}");
    }
    for shape in Refusal::ALL {
        assert!(en.contains_key(&format!("userns-{}", shape.name())), "{shape:?}");
        assert!(en.contains_key(&format!("why-userns-{}", shape.name())), "{shape:?}");
    }
}

#[test]
fn no_key_is_unused() {
    let names = |prefix: &str, names: &mut dyn Iterator<Item = &'static str>| {
        names.map(|n| format!("{prefix}-{n}")).collect::<Vec<_>>()
    };
    let mut used: BTreeSet<String> = BTreeSet::new();
    used.extend(names("stage", &mut Stage::ALL.iter().map(|s| s.name())));
    used.extend(names("code", &mut Code::ALL.iter().map(|c| c.name())));
    used.extend(names("problem", &mut ProblemKind::ALL.iter().map(|p| p.name())));
    used.extend(names("userns", &mut Refusal::ALL.iter().map(|r| r.name())));
    used.extend(names("why-userns", &mut Refusal::ALL.iter().map(|r| r.name())));
    used.extend(names("switch", &mut sep_run::policy::switches::WRONG.into_iter()));
    used.extend((1..=133).map(|n| format!("errno-{:?}", Errno::from_raw(n))));
    let sources = [
        ("explain-", vec!["src/policy/explain.rs", "src/cli/explain.rs"]),
        ("explain-section-", vec!["src/policy/explain.rs"]),
        ("doctor-", vec!["src/cli/doctor/mod.rs", "src/cli/profile.rs"]),
        ("doctor-status-", vec!["src/cli/doctor/mod.rs"]),
        ("reason-", vec!["src/cli/why/mod.rs"]),
        ("reason-rule-", vec!["src/network/relay/judge.rs", "src/cli/log/sentence.rs"]),
        ("log-", vec!["src/cli/log/mod.rs", "src/cli/log/sentence.rs"]),
        ("why-", vec!["src/cli/doctor/probes.rs"]),
        ("", vec!["src/cli/spinner.rs", "src/cli/profiles.rs", "src/cli/launch.rs"]),
        ("landlock-", vec!["src/cli/landlock.rs", "src/sandbox/landlock.rs"]),
        ("farewell-", vec!["src/cli/farewell.rs"]),
        ("startall-", vec!["src/cli/bench.rs"]),
        ("", vec!["src/cli/files.rs", "src/cli/words/mod.rs"]),
        ("files-kind-", vec!["src/wire/files.rs"]),
        ("status-", vec!["src/cli/status/mod.rs", "src/cli/status/lines.rs"]),
        ("stop-", vec!["src/cli/stop.rs"]),
        ("watch-", vec!["src/cli/status/watch.rs"]),
        ("edit-", vec!["src/cli/edit.rs"]),
        ("ask-", vec!["src/cli/ask.rs"]),
        ("reset-", vec!["src/cli/reset.rs", "src/cli/snapshot.rs"]),
        ("snapshot-", vec!["src/cli/snapshot.rs"]),
        ("guard-", vec!["src/cli/guard.rs"]),
    ];
    for (key, _) in catalogue("en").iter().filter(|(k, _)| !k.contains('.')) {
        let said = sources.iter().any(|(prefix, files)| {
            let short = key.strip_prefix(prefix).map(|rest| format!("\"{rest}\""));
            let text: String = files.iter().map(|f| file(f)).collect();
            short.is_some_and(|s| text.contains(&s)) || text.contains(&format!("\"{key}\""))
        });
        assert!(used.contains(key) || said, "nothing says {key}");
    }
}

/// Every code with likely arguments, and with the empty ones that it may have.
fn samples() -> Vec<Failure> {
    let new = |code, args: &[&str]| Failure::new(Stage::Resolve, code, args);
    let errno = |code, args: &[&str], errno| Failure { errno, ..new(code, args) };
    let bad = |problem: Problem| problem.failure("/etc/sep-run/profiles/internet.json");
    let mut all = vec![
        errno(Code::System, &["mount", "/proc"], libc::EPERM),
        errno(Code::System, &["open", "/x"], libc::ENOTBLK),
        errno(Code::System, &["wait for", "the zone's init"], libc::ETIMEDOUT),
        new(Code::Protocol, &["init"]),
        new(Code::Version, &["2", "1", "internet"]),
        new(Code::TooLong, &["131072"]),
        new(Code::NoProfile, &["firefox", "sep-run internet firefox", "dev, internet, mail, office, strict"]),
        new(Code::NoProfile, &["qqq", "", "dev, internet, mail, office, strict"]),
        bad(Problem::new(ProblemKind::UnknownKey).word("buss").expecting("bus, env|bus")),
        bad(Problem::new(ProblemKind::TooDeep)),
        new(Code::Root, &[]),
        new(Code::Foreign, &["/run/user/1000/sep-run", "owner"]),
        new(Code::Foreign, &["/run/user/1000/sep-run", "mode 0777"]),
        new(Code::Layer, &["landlock", ""]),
        new(Code::Layer, &["landlock", "ABI 2"]),
        new(Code::Differs, &["NoNewPrivs", "1", "0"]),
        new(Code::PlanDiffers, &["internet", "limits.memory_mib"]),
        new(Code::NotFound, &["firefox"]),
        errno(Code::NotExecutable, &["/usr/bin/x"], libc::EACCES),
        new(Code::BadStdio, &["stdin", "socket"]),
        new(Code::BadStdio, &["stdout", "directory"]),
        new(Code::Busy, &["64"]),
        new(Code::ZoneEnded, &[""]),
        new(Code::ZoneEnded, &["relay ended"]),
        errno(Code::NoTun, &["missing"], libc::ENOENT),
        errno(Code::NoTun, &["mode"], libc::EACCES),
        errno(Code::NoTun, &["module"], libc::ENODEV),
        errno(Code::NoTun, &["other"], libc::EISDIR),
        new(Code::NoDisplay, &["firefox", "internet"]),
        new(Code::Packaged, &["firefox", "snap"]),
        new(Code::Usage, &["a value is missing"]),
        new(Code::Usage, &["missing", "<ZONE>", ""]),
        new(Code::Usage, &["no-value", "--to <TO>", ""]),
        new(Code::Usage, &["bad-value", "--within <SECONDS>", "soon"]),
        new(Code::Usage, &["value", "--json", "3"]),
        new(Code::Usage, &["too-many", "--to <TO>", ""]),
        new(Code::Usage, &["conflict", "--json", "--csv"]),
        new(Code::UnknownSwitch, &["--timming", "sep-run --timing internet"]),
        new(Code::UnknownSwitch, &["--zzz", ""]),
        new(Code::UnknownSwitch, &["office", "", "sepctl log"]),
        new(Code::NoProfileNamed, &[]),
        new(Code::LateSwitch, &["--timing", "sep-run --timing internet"]),
        new(Code::LateSwitch, &["--timing", ""]),
        new(Code::NotEnforced, &["memory, processes, CPU", "absent"]),
        new(Code::NotEnforced, &["memory, processes, CPU", "refused"]),
        new(Code::NotEnforced, &["memory, processes, CPU", "the scope lacks a limit: pids.max 64"]),
        new(Code::NotEnforced, &["memory, processes, CPU", "service", "sudo systemctl start sep-zones.service"]),
        new(Code::NotEnforced, &["memory, processes, CPU", "hierarchy"]),
        new(
            Code::NotEnforced,
            &[
                "memory, processes, CPU",
                "no controller: memory cpu",
                "echo +memory +cpu | sudo tee /sys/fs/cgroup/cgroup.subtree_control",
            ],
        ),
        errno(Code::NotEnforced, &["memory, processes, CPU", "the cgroup can not be made"], libc::EROFS),
        new(Code::Notify, &["no answer"]),
        new(Code::Lacking, &["landlock", "ABI 2"]),
        new(Code::Lacking, &["keyring", ""]),
        new(Code::ScriptFailed, &["internet-startall", "not loaded: https://example.org"]),
        new(Code::BadSwitch, &["--allow", "10.0.0.1/8", "destination", "10.0.0.0/8"]),
        errno(Code::NotRecorded, &["/home/kim/.local/state/sep-run/audit.jsonl"], libc::ENOSPC),
        new(Code::BadTime, &["soon"]),
        new(Code::NoHome, &["/root"]),
        new(Code::BadKind, &["internet:Downloads", "folder"]),
        new(Code::BadKind, &["Downloads/x", "fifo"]),
        new(Code::Exists, &["./x.pdf"]),
        new(Code::Twin, &["한글.txt"]),
        new(Code::Changed, &["internet:x"]),
        new(Code::TooMany, &["x", "64", "depth"]),
        new(Code::TooMany, &["x", "250000", "entries"]),
        new(Code::Interrupted, &[]),
        new(Code::NotFolder, &["Documents"]),
        new(Code::NotRunning, &["internet"]),
        new(Code::StillRunning, &["internet"]),
        new(Code::Unconfirmed, &["sepctl reset internet --yes"]),
        new(Code::NotInHome, &["internet", "Download"]),
        new(Code::NoSnapshot, &["internet", "monday"]),
        new(Code::SnapshotExists, &["internet", "monday"]),
        new(Code::EditorFailed, &["vi", "status 1"]),
        new(Code::NotAdmitted, &["internet"]),
        new(Code::NotAllowed, &["program", "curl"]),
        new(Code::NotAllowed, &["argument", "--profile"]),
        new(Code::NotAllowed, &["switch", "internet"]),
        new(Code::NotAllowed, &["stdio", "firefox"]),
        Failure { errno: libc::ECONNREFUSED, ..new(Code::NoBroker, &["/run/sep-run/sepd.sock"]) },
        new(Code::Crowded, &["8", "once"]),
        new(Code::Crowded, &["64", "all"]),
        new(Code::Crowded, &["120", "minute"]),
        new(Code::NoBusiness, &[]),
        new(Code::NoLease, &["inet", "02:00:00:0a:00:01", "20", "silent"]),
        new(Code::NoLease, &["inet", "02:00:00:0a:00:01", "20", "business"]),
        new(Code::NoLease, &["inet", "02:00:00:0a:00:01", "20", "gateway"]),
        new(Code::NoLease, &["inet", "02:00:00:0a:00:01", "20", "address"]),
        new(Code::NoLease, &["inet", "02:00:00:0a:00:01", "20", "short"]),
        new(Code::NoTrial, &[]),
        new(Code::NoGuard, &[]),
        new(Code::NotOpen, &["192.0.2.7:443"]),
        new(Code::NoUplink, &["internet", "none"]),
        new(Code::NoUplink, &["internet", "addresses"]),
        new(Code::NoUplink, &["internet", "card"]),
    ];
    all.extend(sep_run::policy::switches::WRONG.map(|kind| new(Code::BadSwitch, &["--share", "/etc", kind, ""])));
    all.extend(["dots", "outside", "control", "text", "long", "empty"].map(|what| new(Code::BadName, &["a\nb", what])));
    all.push(new(Code::NoUserns, &["a shape of a newer broker"]));
    all.extend(Refusal::ALL.iter().map(|r| errno(Code::NoUserns, &[r.name()], libc::EPERM)));
    let kinds = ["bool", "number", "text", "list", "object"];
    all.extend(kinds.map(|k| bad(Problem::new(ProblemKind::WrongType).word("null").expecting(k))));
    let values = ["name", "prefix", "destination", "domain", "nic", "program", "folder", "variable", "line"];
    let values = values.into_iter().chain(["address", "argument", "login", "mac", "place", "uplink", "addressing"]);
    all.extend(values.map(|v| bad(Problem::new(ProblemKind::BadValue).word("x").expecting(v))));
    all.extend(ProblemKind::ALL.iter().map(|k| bad(Problem::new(*k).word("word").expecting("expected"))));
    all
}

/// The whole of what `sep-run` can say, in both languages, for people to read. `SEP_WRITE=1` writes it anew.
#[test]
fn the_sentences() {
    let missing: Vec<_> = Code::ALL.iter().filter(|c| samples().iter().all(|f| f.code != **c)).collect();
    assert!(missing.is_empty(), "no sample of {missing:?}");
    let mut text = String::new();
    for failure in samples() {
        for locale in Locale::ALL {
            let said = say(&failure, *locale);
            assert!(!said.to_string().contains(['{', '}']), "an argument is missing: {said}");
            assert_eq!(said.line.lines().count(), 1);
            text += &said.to_string();
        }
        text += "\n";
    }
    expect("failures.txt", &text);
}

fn expect(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected").join(name);
    if std::env::var_os("SEP_WRITE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    let differs = expected.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert_eq!(differs, None, "{name}: expected, found; SEP_WRITE=1 writes it anew");
    assert_eq!(expected, text, "{name}");
}

#[test]
fn the_form_of_an_error() {
    let failure = Failure::system(Stage::Furnish, "mount", "/proc", std::io::Error::from_raw_os_error(libc::EPERM));
    let said = say(&failure, Locale::English);
    assert_eq!(said.to_string(), "sep-run: furnish: cannot mount '/proc': operation not permitted\n");
    let said = say_as("sepctl", &Failure::new(Stage::Parse, Code::Usage, &["x"]), Locale::English);
    assert_eq!(said.to_string(), "sepctl: parse: x\nhint: sepctl --help\n");
}

#[test]
fn what_comes_from_outside_can_not_talk_to_the_terminal() {
    let failure = Failure::new(Stage::Run, Code::NotFound, &["a\x1b]52;c;eA==\x07\n\u{202e}b"]);
    let line = say(&failure, Locale::English).line;
    assert_eq!(line, r"sep-run: run: cannot find 'a\u{1b}]52;c;eA==\u{7}\n\u{202e}b' in the zone");
    assert!(say(&Failure::new(Stage::Run, Code::NotFound, &["한글"]), Locale::Korean).line.contains("'한글'"));
}

#[test]
fn too_few_arguments_from_a_peer_are_no_panic() {
    for code in Code::ALL {
        for locale in Locale::ALL {
            let said = say(&Failure::new(Stage::Ask, *code, &[]), *locale);
            assert!(said.line.starts_with("sep-run: "), "{said}");
        }
    }
}

/// The shipped profiles explained, and one that uses every key.
#[test]
fn explanations() {
    let folder = std::env::temp_dir().join(format!("sep-run-words-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("every.json"), file("tests/expected/every.json")).unwrap();
    let places = Places { folders: vec![folder.clone()], programs: vec![] };
    for name in ["internet", "office", "strict", "every"] {
        let merged = load(name, &places).unwrap();
        let plan = resolve(&merged, &host()).unwrap();
        for (locale, language) in [(Locale::English, "en"), (Locale::Korean, "ko")] {
            let text = sep_run::cli::explain(&plan, &merged, locale);
            let keys = text.lines().filter(|line| line.trim().starts_with("explain-")).collect::<Vec<_>>();
            assert!(keys.is_empty() && !text.contains('{'), "{language}: {keys:?}");
            let statements = text.lines().filter(|line| line.starts_with("  "));
            assert!(statements.clone().count() > 20 && statements.clone().all(|l| l.ends_with(']')), "{text}");
            expect(&format!("explain-{name}.{language}.txt"), &text.replace(folder.to_str().unwrap(), "PROFILES"));
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn an_errno_without_a_sentence_has_the_kernels() {
    assert_eq!(Words::new(Locale::Korean).cause(libc::ENOTBLK), "block device required");
    assert_eq!(Words::new(Locale::Korean).cause(libc::ENOENT), "파일이나 폴더가 없습니다");
}
