//! A zone wherever a person may come from: other users at the same PC, many zones, su, sudo, ssh and cron, environments
//! without a home, a runtime folder or a locale, a program that is replaced while its zone runs, narrow and dead
//! terminals. Each with the real program that makes it so.

#[path = "support/hint.rs"]
mod hint;
#[path = "support/pc.rs"]
mod pc;
mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::mount::{MsFlags, mount};
use pc::{Pc, USER, as_root, cover, on_own_pc};
use support::person::{Ended, LIMIT, Person, Running, processes, unnamed_runtime, wait_for};
use support::{needs, program};

/// The second user of a PC.
const OTHER: u32 = USER + 1;

fn ready(further: &[&str]) -> Option<Person> {
    let all: Vec<&str> = ["user", "zone", "tun"].iter().chain(further).copied().collect();
    needs(&all).then(Person::new)
}

/// Takes away what a user without a runtime folder leaves in /tmp.
fn forget(user: u32) {
    as_root(|| {
        let _ = fs::remove_dir_all(format!("/tmp/sep-run-{user}"));
    });
}

/// A command without any of the variables that name folders.
fn without_folders(mut command: Command) -> Command {
    for name in ["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
        command.env_remove(name);
    }
    command
}

// ------------------------------------------------------------------------------------------------- environments

#[test]
fn without_a_runtime_folder_or_with_one_of_somebody_else_it_has_one_of_its_own() {
    let Some(person) = ready(&[]) else { return };
    let name = format!("p{}", std::process::id());
    let start = |named: Option<&str>| {
        let mut command = person.command(program("sep-run"));
        command.args(["--name", &name, "office", "--", "sh", "-c", "echo up; exec sleep 600"]);
        command.env_remove("XDG_RUNTIME_DIR");
        if let Some(named) = named {
            command.env("XDG_RUNTIME_DIR", named);
        }
        person.start(command)
    };
    // /proc/1 is another user's or, in a namespace of one's own, no place to make folders in
    let first = start(None);
    first.until_said("up");
    for named in ["relative", "", "/root", "/root/run"] {
        start(Some(named)).until_said("up");
    }
    let folder = unnamed_runtime().join(format!("office-{name}"));
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700, "{folder:?}");
    drop(first);
    person.settle();
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_home_of_somebody_else_is_named_and_one_of_ones_own_mends_it() {
    let Some(person) = ready(&[]) else { return };
    let with_home = |home: Option<&Path>, locale: &str| {
        let mut command = without_folders(person.sep_run("office", ["echo", "ran"]));
        command.env("XDG_RUNTIME_DIR", person.top.join("run")).env("LC_ALL", locale);
        if let Some(home) = home {
            command.env("HOME", home);
        }
        person.run(command)
    };
    for home in ["/root", "/nonexistent", "/"] {
        let refused = with_home(Some(Path::new(home)), "C");
        refused.refused(125, &format!("cannot keep zones in '{home}': it is no folder of yours"));
        let proposed = hint::hint(&refused.err, "code-no-home.hint");
        assert!(proposed.starts_with("set HOME to a folder of your own"), "{proposed}");
    }
    assert!(with_home(Some(Path::new("/root")), "ko_KR.UTF-8").err.contains("사용자 본인의 폴더가 아닙니다"));
    assert_eq!(with_home(Some(&person.top.join("home")), "C").good(), "ran", "as proposed");
    // a home of one's own that can not be written is another matter
    let locked = person.top.join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    with_home(Some(&locked), "C").refused(125, "permission denied");
    person.settle();
}

#[test]
fn every_locale_is_answered_and_words_of_every_alphabet_arrive() {
    let Some(person) = ready(&[]) else { return };
    let says = |variables: &[(&str, &str)], words: &[&str]| {
        let mut command = person.command(program("sep-run"));
        command.args(words).env_remove("LANG").envs(variables.iter().copied());
        person.run(command)
    };
    for (variables, korean) in [
        (vec![], false),
        (vec![("LC_ALL", "C")], false),
        (vec![("LC_ALL", "POSIX"), ("LANG", "ko_KR.UTF-8")], false),
        (vec![("LANG", "xx_YY.UTF-8")], false),
        (vec![("LANG", "ko_KR.eucKR")], false),
        (vec![("LANG", "ko_KR.UTF-8")], true),
        (vec![("LC_MESSAGES", "ko"), ("LANG", "C")], true),
    ] {
        let refused = says(&variables, &["qqq", "ls"]);
        let words = if korean { "'qqq' 프로파일이 없습니다" } else { "no profile 'qqq'" };
        assert!(refused.status == 125 && refused.err.contains(words), "{variables:?}: {refused:?}");
        assert!(korean || refused.err.is_ascii(), "{refused:?}");
        assert_eq!(says(&variables, &["office", "printf", "%s", "한글 é"]).good(), "한글 é", "{variables:?}");
    }
    person.settle();
}

// ------------------------------------------------------------------------------------------------- many at once

#[test]
fn twenty_zones_at_once_are_twenty_and_end_one_by_one() {
    let Some(person) = ready(&[]) else { return };
    let start = |profile: &str, number: usize| {
        let mut command = person.command(program("sep-run"));
        let script = "hostname; ls -d /proc/[0-9]* | wc -l; echo $$ >~/mine; ls ~ | wc -l; exec sleep 600";
        command.args(["--name", &format!("z{number}"), profile, "sh", "-c", script]);
        person.start(command)
    };
    let profile = |number: usize| if number.is_multiple_of(4) { "internet" } else { "office" };
    let zones: Vec<Running> = (0..20).map(|number| start(profile(number), number)).collect();
    for (number, zone) in zones.iter().enumerate() {
        wait_for(LIMIT, || zone.said().lines().count() == 3, || format!("{number}: {:?}", zone.complained()));
        let said = zone.said();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[0], format!("{}-z{number}", profile(number)));
        assert!(lines[1].parse::<usize>().unwrap() < 8, "no process of another zone: {said}");
        assert_eq!(lines[2], "1", "no file of another zone");
    }
    // two of them have the same addresses and are not in each other's way
    for number in [0, 4] {
        let mut command = person.command(program("sep-run"));
        command.args(["--name", &format!("z{number}"), "internet", "cat", "/proc/net/fib_trie"]);
        assert!(person.run(command).good().contains("192.0.2."), "its own card");
    }
    for (number, zone) in zones.into_iter().enumerate() {
        person.run(person.sepctl(["end", &format!("{}-z{number}", profile(number))])).good();
        assert_ne!(zone.end().status, 0);
        let inits = person.left().into_iter().filter(|process| process.inner == 1).count();
        assert_eq!(inits, 19 - number, "one ended");
    }
    person.settle();
}

/// Folders of a second user, and commands as them.
struct Second {
    top: PathBuf,
}

impl Second {
    fn new() -> Self {
        let top = std::env::temp_dir().join("second");
        as_root(|| {
            for folder in ["", "home", "run"] {
                fs::create_dir_all(top.join(folder)).unwrap();
                fs::set_permissions(top.join(folder), fs::Permissions::from_mode(0o700)).unwrap();
                chown(top.join(folder), Some(OTHER), Some(OTHER)).unwrap();
            }
        });
        Self { top }
    }

    fn types(&self, pc: &Pc, line: &str) -> Command {
        let mut command = without_folders(pc.typed(line));
        command.env("HOME", self.top.join("home")).env("XDG_RUNTIME_DIR", self.top.join("run"));
        command.current_dir("/").uid(OTHER).gid(OTHER);
        command
    }

    #[track_caller]
    fn runs(&self, pc: &Pc, line: &str) -> Ended {
        as_root(|| pc.person.start(self.types(pc, line))).end()
    }
}

#[test]
fn two_users_at_once_know_nothing_of_each_other() {
    on_own_pc(&[], |pc| {
        let second = Second::new();
        let kims = pc.person.start(pc.typed("sep-run internet sh -c 'echo kim >~/mine; echo up; exec sleep 600'"));
        kims.until_said("up");
        let line = "sep-run internet sh -c 'ls -A ~ | grep -c mine; echo lee >~/mine; pgrep -c sleep; echo up; exec sleep 601'";
        let lees = as_root(|| pc.person.start(second.types(pc, line)));
        lees.until_said("up");
        assert_eq!(lees.said().trim(), "0\n0\nup", "no file and no process of the first");
        // the way to the first one's zone, by its socket, its folder, its name, and by naming its runtime folder
        let run = pc.person.top.join("run");
        for path in [&pc.person.top, &run] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let folder = pc.person.runtime_of("internet");
        let looked = second.runs(pc, &format!("ls {} {}", folder.display(), pc.person.home_of("internet").display()));
        assert!(looked.status == 2 && looked.out.is_empty(), "{looked:?}");
        let joined = format!("XDG_RUNTIME_DIR={} sep-run office sh -c 'id -u; pgrep -c sleep'", run.display());
        assert_eq!(second.runs(pc, &joined).text(), format!("{OTHER}\n0"), "it has one of its own");
        let ended = second.runs(pc, "sepctl end internet --json").good();
        assert!(ended.contains("true"), "{ended}");
        assert_ne!(lees.end().status, 0, "its own");
        assert_eq!(pc.types("sep-run internet cat /proc/1/comm").status, 0, "the twin goes on");
        assert_eq!(pc.types("sep-run internet sh -c 'cat ~/mine'").good(), "kim");
        let log = second.runs(pc, "sepctl log --json").good();
        assert_eq!(log.matches(r#""event":"launch""#).count(), 2, "its own two launches: {log}");
        pc.types("sepctl end internet").good();
        kims.end();
        as_root(|| fs::remove_dir_all(format!("/tmp/sep-run-{OTHER}")).unwrap());
    });
}

// ------------------------------------------------------------------------------------------- ways to come to a PC

/// An /etc/passwd with the two users, and nothing of the machine's services in reach of what is started here.
fn accounts(pc: &Pc) {
    as_root(|| {
        cover("/run");
        let home = pc.person.top.join("home");
        let text = format!(
            "root:x:0:0:root:/root:/bin/sh\nkim:*:{USER}:{USER}:Kim:{}:/bin/sh\nlee:*:{OTHER}:{OTHER}::/nonexistent:/bin/sh\n",
            home.display()
        );
        for (file, text) in [("passwd", text), ("shadow", "root:*:19000::::::\n".into())] {
            let own = std::env::temp_dir().join(file);
            fs::write(&own, text).unwrap();
            let target = Path::new("/etc").join(file);
            mount(Some(&own), &target, None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
        }
    });
}

/// Runs a command as root, who has an environment of a login of their own.
#[track_caller]
fn by_root(pc: &Pc, words: &[&str]) -> Ended {
    as_root(|| pc.person.start(root_types(pc, words))).end()
}

fn root_types(pc: &Pc, words: &[&str]) -> Command {
    let mut command = without_folders(pc.person.command(words[0]));
    command.args(&words[1..]).current_dir("/").uid(0).gid(0);
    command.envs([("HOME", "/root"), ("XDG_RUNTIME_DIR", "/run/user/0"), ("USER", "root"), ("LOGNAME", "root")]);
    command
}

/// A launch that says whose it is, for a shell.
fn launch() -> String {
    format!("{} office sh -c 'id -u; id -un; pwd'", program("sep-run").display())
}

#[test]
fn after_su_and_sudo_the_zones_are_those_of_who_one_has_become() {
    on_own_pc(&["su", "sudo"], |pc| {
        accounts(pc);
        let expected = format!("{USER}\nkim\n/home/kim");
        for words in [
            vec!["su", "kim", "-c", &launch()],
            vec!["su", "-", "kim", "-c", &launch()],
            vec!["sudo", "-u", "kim", "sh", "-c", &launch()],
            vec!["sudo", "-H", "-u", "kim", "sh", "-c", &launch()],
        ] {
            assert_eq!(by_root(pc, &words).good(), expected, "{words:?}");
        }
        // the environment of who has called it, kept as it was
        let kept = by_root(pc, &["su", "-m", "kim", "-c", &launch()]);
        kept.refused(125, "cannot keep zones in '/root': it is no folder of yours");
        pc.person.settle();
        // a zone that was started at the desktop is the one that su finds
        let usual = PathBuf::from(format!("/run/user/{USER}"));
        as_root(|| {
            fs::create_dir_all(&usual).unwrap();
            fs::set_permissions(&usual, fs::Permissions::from_mode(0o700)).unwrap();
            chown(&usual, Some(USER), Some(USER)).unwrap();
        });
        let mut desktop = without_folders(pc.typed("exec sep-run office sh -c 'echo up; exec sleep 600'"));
        desktop.env("HOME", pc.person.top.join("home")).env("XDG_RUNTIME_DIR", &usual);
        let desktop = pc.person.start(desktop);
        desktop.until_said("up");
        let joined = format!("{} office pgrep -c sleep", program("sep-run").display());
        assert_eq!(by_root(pc, &["su", "-", "kim", "-c", &joined]).good(), "1");
        drop(desktop);
        pc.person.settle();
        forget(USER);
    });
}

#[test]
fn by_ssh_it_runs_with_and_without_a_terminal_and_ends_with_the_connection() {
    on_own_pc(&["dropbear", "ssh", "ip"], |pc| {
        accounts(pc);
        let server = ssh_server(pc);
        let ssh = |words: &[&str]| {
            let mut command = pc.person.command("ssh");
            let key = pc.person.top.join("key");
            command.args(["-i", key.to_str().unwrap(), "-p", "2222", "-o", "StrictHostKeyChecking=no"]);
            command.args(["-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-F", "none"]).args(words);
            command
        };
        let listens = || pc.person.run(ssh(&["kim@127.0.0.1", "true"])).status == 0;
        wait_for(LIMIT, listens, || server.complained());
        let run = program("sep-run").display().to_string();
        let plain = pc.person.run(ssh(&["kim@127.0.0.1", &launch()]));
        assert_eq!(plain.good(), format!("{USER}\nkim\n/home/kim"));
        let status = pc.person.run(ssh(&["kim@127.0.0.1", &format!("{run} office sh -c 'exit 7'")]));
        assert_eq!(status.status, 7, "{status:?}");
        let piped = format!("echo of the PC | {run} office cat | tr a-z A-Z");
        assert_eq!(pc.person.run(ssh(&["kim@127.0.0.1", &piped])).good(), "OF THE PC");
        let terminal = pc.person.run(ssh(&["-tt", "kim@127.0.0.1", &format!("{run} office tty")]));
        assert!(terminal.text().contains("/dev/pts/"), "{terminal:?}");
        // the connection breaks: what ran on its terminal is told, and the zone ends
        pc.person.settle();
        let sleeps = format!("{run} office sh -c 'echo up; exec sleep 600'");
        let mut session = pc.person.start(ssh(&["-tt", "kim@127.0.0.1", &sleeps]));
        session.until_said("up");
        nix::sys::signal::kill(session.pid(), nix::sys::signal::Signal::SIGKILL).unwrap();
        wait_for(LIMIT, || session.is_over(), String::new);
        pc.person.settle();
        as_root(|| drop(server));
        forget(USER);
    });
}

/// An SSH server of the test's own on its own loopback, that lets the person in by a key.
fn ssh_server(pc: &Pc) -> Running {
    let top = pc.person.top.display().to_string();
    let keys = format!(
        "ssh-keygen -q -t ed25519 -N '' -f {top}/key && mkdir -m 700 {top}/home/.ssh && \
         cp {top}/key.pub {top}/home/.ssh/authorized_keys && chmod 600 {top}/home/.ssh/authorized_keys"
    );
    pc.person.outside(&keys).good();
    let server = "ip link set lo up && cd /tmp && dropbearkey -t ed25519 -f /run/hostkey >/dev/null 2>&1 && \
         exec dropbear -F -E -s -p 127.0.0.1:2222 -r /run/hostkey -P /run/dropbear.pid";
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    as_root(|| {
        let mut command = root_types(pc, &["sh", "-c", server]);
        command.env("PATH", path);
        pc.person.start(command)
    })
}

#[test]
fn cron_starts_it_with_nothing_but_a_home() {
    on_own_pc(&["crond"], |pc| {
        accounts(pc);
        let table = std::env::temp_dir().join("crontabs");
        let script = "tty; id -un; cat /proc/self/cgroup | wc -l";
        let line = format!("* * * * * {} office sh -c '{script}' >>cron.out 2>&1\n", program("sep-run").display());
        as_root(|| {
            fs::create_dir(&table).unwrap();
            fs::write(table.join("kim"), line).unwrap();
        });
        let crond = as_root(|| {
            pc.person
                .start(root_types(pc, &["busybox", "crond", "-f", "-L", "/dev/stderr", "-c", table.to_str().unwrap()]))
        });
        let out = pc.person.top.join("home/cron.out");
        let said = || fs::read_to_string(&out).unwrap_or_default();
        wait_for(
            Duration::from_secs(100),
            || said().lines().count() >= 3,
            || format!("{:?}, {:?}", said(), crond.complained()),
        );
        assert!(said().starts_with("not a tty\nkim\n"), "{}", said());
        as_root(|| drop(crond));
        pc.person.settle();
        forget(USER);
    });
}

// ------------------------------------------------------------------------------------------- another program file

#[test]
fn a_program_that_is_replaced_while_its_zone_runs_goes_on_and_its_successor_joins() {
    let Some(person) = ready(&[]) else { return };
    let folder = person.top.join("bin");
    fs::create_dir(&folder).unwrap();
    let install = || {
        for name in ["sep-run", "sep-desktop", "sepctl"] {
            fs::copy(program(name), folder.join("new")).unwrap();
            fs::rename(folder.join("new"), folder.join(name)).unwrap();
        }
    };
    let run = |script: &str| {
        let mut command = person.command(folder.join("sep-run"));
        command.args(["office", "sh", "-c", script]);
        person.start(command)
    };
    install();
    let before = run("echo up; exec sleep 600");
    before.until_said("up");
    install();
    assert_eq!(run("pgrep -c sleep").end().good(), "1", "it joins the zone of the file that is gone");
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(person.inside("office", "pgrep -c sleep").good(), "1", "and so does one of another folder");
    person.run(person.sepctl(["end", "office"])).good();
    assert_ne!(before.end().status, 0);
    person.settle();
}

/// Says to a zone what a client of another version says, and prints the first bytes of the answer.
const STRANGER: &str = r#"
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1]); s.send(bytes([250, 0, 0, 0])); print(s.recv(65536)[:2].hex())
"#;

#[test]
fn a_client_of_another_version_is_answered_in_ours_and_the_zone_goes_on() {
    let Some(person) = ready(&["python3"]) else { return };
    let zone = person.start_inside("office", "echo up; exec sleep 600");
    zone.until_said("up");
    for _ in 0..3 {
        let mut stranger = person.command("/usr/bin/python3");
        stranger.args(["-I", "-c", STRANGER]).arg(person.runtime_of("office").join("init.sock"));
        assert_eq!(person.run(stranger).good(), "0100", "a message of version 1, which the other end can name");
    }
    assert_eq!(person.inside("office", "pgrep -c sleep").good(), "1");
    drop(zone);
    person.settle();
}

// ------------------------------------------------------------------------------------------------------ terminals

#[test]
fn a_terminal_of_20_or_of_300_columns_is_what_it_is_inside_and_every_verb_answers_on_it() {
    let Some(person) = ready(&["script"]) else { return };
    let folder = program("sep-run").parent().unwrap().display().to_string();
    let on = |columns: u32, line: &str| {
        let mut script = person.command("script");
        script.args(["-qec", &format!("stty cols {columns} rows 24; {line}"), "/dev/null"]);
        script.env("PATH", format!("{folder}:/usr/bin:/bin")).env("LC_ALL", "ko_KR.UTF-8");
        person.run(script)
    };
    for columns in [20, 300] {
        let said = on(columns, "sep-run office stty size");
        assert!(said.text().ends_with(&format!("24 {columns}")), "{said:?} {}", said.text());
        for line in [
            "sepctl explain internet",
            "sepctl --help",
            "sepctl doctor office",
            "sepctl log",
            "sepctl why",
            "sepctl profile diff office",
            "sep-run -h",
        ] {
            let said = on(columns, line);
            assert!(!said.text().contains("panicked") && said.status == 0, "{columns}: {line}: {said:?}");
        }
    }
    person.settle();
}

#[test]
fn a_reader_that_goes_away_and_an_output_that_is_closed_or_full_are_no_panic() {
    let Some(person) = ready(&[]) else { return };
    let folder = program("sep-run").parent().unwrap().display().to_string();
    let shell = |line: &str| {
        let mut command = person.command("/bin/sh");
        command.args(["-c", line]).env("PATH", format!("{folder}:/usr/bin:/bin"));
        person.run(command)
    };
    for verb in
        ["sepctl explain internet", "sepctl --help", "sep-run --dry-run internet", "sepctl log --json", "sep-run"]
    {
        let gone = shell(&format!("{verb} 2>&1 | true"));
        assert!(gone.status == 0 && gone.err.is_empty(), "{verb}: {gone:?}");
        let closed = shell(&format!("{verb} >&- 2>&-; echo $?"));
        let status: u32 = closed.text().parse().unwrap();
        assert!(status < 126, "{verb}: {closed:?}");
        let full = shell(&format!("{verb} >/dev/full"));
        assert!(!full.err.contains("panicked"), "{verb}: {full:?}");
    }
    let shown = shell("sepctl explain internet >/dev/full");
    assert_ne!(shown.status, 0, "what could not be shown was not shown: {shown:?}");
    assert_eq!(shell("sep-run office sh -c 'exit 3' <&- >&- 2>&-; echo $?").text(), "3");
    person.settle();
}

#[test]
fn whoever_follows_a_log_ends_with_the_terminal() {
    let Some(person) = ready(&["script"]) else { return };
    person.inside("office", "true").good();
    let own = program("sepctl").display().to_string();
    for verb in ["log", "why"] {
        let mut script = person.command("script");
        script.args(["-qec", &format!("{own} {verb} --follow"), "/dev/null"]);
        let mut terminal = person.start(script);
        let follows = || processes().iter().any(|process| process.name == "sepctl");
        wait_for(LIMIT, follows, || "it follows".into());
        nix::sys::signal::kill(terminal.pid(), nix::sys::signal::Signal::SIGKILL).unwrap();
        wait_for(LIMIT, || terminal.is_over() && !follows(), || format!("{verb} goes on without a terminal"));
    }
    person.settle();
}
