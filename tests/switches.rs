//! The switches of personal mode, each in a real zone and each with its twin: the same launch without it, or the way
//! that it must not open.

#[path = "support/hint.rs"]
mod hint;
#[path = "support/internet.rs"]
mod internet;
mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;

use internet::{ADDRESS, INSIDE, OWN, PRIVATE, SITE, on_a_pc};
use support::needs;
use support::person::{Ended, Person};

/// `sep-run SWITCH... PROFILE sh -c SCRIPT` as the person types it.
fn switched(person: &Person, switches: &[&str], profile: &str, script: &str) -> Command {
    let mut command = person.command(support::program("sep-run"));
    command.args(switches).args([profile, "sh", "-c", script]);
    command
}

fn run(person: &Person, switches: &[&str], profile: &str, script: &str) -> Ended {
    person.run(switched(person, switches, profile, script))
}

fn sepctl(person: &Person, words: &[&str]) -> Ended {
    person.run(person.sepctl(words))
}

/// The program ran and was refused something: its status, and what it said.
#[track_caller]
fn fails(ended: &Ended, status: i32, words: &str) {
    assert!(ended.status == status && ended.err.contains(words), "{words:?} in {ended:?}");
}

fn ready() -> Option<Person> {
    needs(&["user", "zone", "tun"]).then(Person::new)
}

/// The person's home on the PC.
fn home(person: &Person) -> PathBuf {
    person.top.join("home")
}

/// A folder of the person's with one file, and where the zone has it.
fn work(person: &Person, name: &str) -> (PathBuf, String) {
    let folder = home(person).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("text"), "of the PC\n").unwrap();
    let inside = run(person, &[], "office", "echo $HOME").good();
    (folder, format!("{inside}/{name}"))
}

#[test]
fn a_shared_folder_is_there_read_only_or_to_be_changed_and_no_other() {
    let Some(person) = ready() else { return };
    let (folder, inside) = work(&person, "work");
    let shown = folder.to_str().unwrap();
    let cat = format!("cat {inside}/text; echo new >{inside}/new; echo $?");
    fails(&run(&person, &[], "office", &format!("ls {inside}")), 2, "No such file");
    let read = run(&person, &["--share", shown], "office", &cat);
    assert!(read.text().starts_with("of the PC") && read.err.contains("Read-only"), "{read:?}");
    assert!(!folder.join("new").exists());
    let changed = run(&person, &["--share", &format!("{shown}:rw")], "office", &cat);
    assert!(changed.text().contains("of the PC\n0"), "{changed:?}");
    assert_eq!(fs::read_to_string(folder.join("new")).unwrap(), "new\n");
    // its neighbour is as far away as before
    fs::write(home(&person).join("secret"), "secret").unwrap();
    symlink("../secret", folder.join("link")).unwrap();
    fails(&run(&person, &["--share", shown], "office", &format!("cat {inside}/link")), 1, "No such file");
    person.settle();
}

#[test]
fn what_is_shared_can_not_be_executed_unless_the_home_can_and_no_device_or_set_id_is_in_force() {
    let Some(person) = ready() else { return };
    let (folder, inside) = work(&person, "bin");
    fs::copy("/bin/true", folder.join("true")).unwrap();
    let share = format!("{}:rw", folder.display());
    fails(&run(&person, &["--share", &share], "office", &format!("{inside}/true")), 126, "Permission denied");
    run(&person, &["--share", &share], "dev", &format!("{inside}/true")).good();
    let mounts = run(&person, &["--share", &share], "dev", "cat /proc/self/mountinfo").good();
    let own = mounts.lines().find(|line| line.contains(&format!(" {inside} "))).unwrap();
    assert!(own.contains("nosuid") && own.contains("nodev"), "{own}");
    person.settle();
}

#[test]
fn a_link_in_the_zones_home_does_not_move_what_is_shared() {
    let Some(person) = ready() else { return };
    let (folder, inside) = work(&person, "work");
    // a program of an earlier launch has put a link where the share will be, to a folder that it can not write
    run(&person, &[], "office", &format!("ln -s ../../usr {inside}")).good();
    let shared = run(&person, &["--share", folder.to_str().unwrap()], "office", "echo ran; ls /usr");
    shared.refused(125, "not a folder");
    run(&person, &[], "office", &format!("rm {inside}")).good();
    run(&person, &["--share", folder.to_str().unwrap()], "office", &format!("cat {inside}/text")).good();
    person.settle();
}

#[test]
fn a_shared_folders_sockets_are_no_way_out_where_the_kernel_can_tell() {
    let Some(person) = ready() else { return };
    if !needs(&["python3"]) {
        return;
    }
    let (folder, inside) = work(&person, "work");
    let _listener = UnixListener::bind(folder.join("socket")).unwrap();
    let connect = format!("import socket; socket.socket(socket.AF_UNIX).connect('{inside}/socket')");
    let share = format!("{}:rw", folder.display());
    let ended = run(&person, &["--share", &share], "office", &format!("/usr/bin/python3 -I -c \"{connect}\""));
    // Landlock has the right from ABI 9; docs/known-issues.md says what an older kernel means
    let abi: u32 = sep_run::sys::landlock::abi();
    assert_eq!(ended.status != 0, abi >= 9, "ABI {abi}: {ended:?}");
    person.settle();
}

#[test]
fn folders_with_keys_and_sockets_are_shared_with_no_zone() {
    let Some(person) = ready() else { return };
    for folder in [".ssh", ".config", ".local/share", "work"] {
        fs::create_dir_all(home(&person).join(folder)).unwrap();
    }
    let top = home(&person).to_str().unwrap().to_owned();
    let data = person.top.join("data").to_str().unwrap().to_owned();
    symlink(home(&person).join(".ssh"), home(&person).join("keys")).unwrap();
    let in_home = |name: &str| format!("{top}/{name}");
    let own = ["", ".ssh", ".config", ".local/share", "keys", "work/.."].map(&in_home);
    for folder in
        own.iter().map(String::as_str).chain([data.as_str(), "/", "/etc", "/run", "/dev", "/proc/1", "/tmp", "/home"])
    {
        run(&person, &["--share", folder], "office", "echo ran").refused(125, "shared with no zone");
    }
    run(&person, &["--share", &in_home("nothing")], "office", "echo ran").refused(125, "no such file");
    fs::write(in_home("file"), "").unwrap();
    run(&person, &["--share", &in_home("file")], "office", "echo ran").refused(125, "not a folder");
    assert_eq!(run(&person, &["--share", &in_home("work")], "office", "echo ran").good(), "ran");
    person.settle();
}

#[test]
fn keys_and_sockets_are_known_behind_a_linked_home_and_a_session_of_any_place() {
    let Some(mut person) = ready() else { return };
    let (real, link) = (home(&person), person.top.join("link"));
    for folder in [".ssh", "work"] {
        fs::create_dir_all(real.join(folder)).unwrap();
    }
    fs::write(real.join("work/text"), "of the PC\n").unwrap();
    fs::create_dir_all(person.top.join("run/bus")).unwrap();
    symlink(&real, &link).unwrap();
    let hidden = PathBuf::from(format!("/tmp/.sep-run-switches-{}", std::process::id()));
    fs::create_dir_all(&hidden).unwrap();
    person.env.push(("HOME".into(), link.clone().into()));
    let closed = [link.clone(), link.join(".ssh"), real.join(".ssh"), person.top.join("run/bus"), "/var".into()];
    for folder in closed.iter().chain([&hidden]) {
        let shared = run(&person, &["--share", folder.to_str().unwrap()], "office", "echo ran");
        shared.refused(125, "shared with no zone");
    }
    let inside = "cat $HOME/work/text";
    assert_eq!(run(&person, &["--share", link.join("work").to_str().unwrap()], "office", inside).good(), "of the PC");
    fs::remove_dir(hidden).unwrap();
    person.settle();
}

#[test]
fn a_link_that_comes_after_the_judgement_does_not_move_what_is_shared() {
    let Some(person) = ready() else { return };
    if !needs(&["python3"]) {
        return;
    }
    let (folder, inside) = work(&person, "work");
    fs::create_dir_all(home(&person).join(".ssh")).unwrap();
    fs::write(home(&person).join(".ssh/id"), "secret\n").unwrap();
    fs::create_dir_all(folder.join("part")).unwrap();
    symlink("../.ssh", folder.join("link")).unwrap();
    // a zone that may change the folder above, and does so without an end
    let flip = format!(
        "import ctypes, os; os.chdir('{inside}'); c = ctypes.CDLL(None); print('ready', flush=True)
while True: c.renameat2(-100, b'part', -100, b'link', 2)"
    );
    let mut command = person.command(support::program("sep-run"));
    let share = format!("{}:rw", folder.display());
    command.args(["--name", "one", "--share", &share, "office", "/usr/bin/python3", "-I", "-c", &flip]);
    let running = person.start(command);
    running.until_said("ready");
    let (part, script) = (folder.join("part"), format!("cat {inside}/part/id; echo ran"));
    let rounds = (0..40).map(|_| {
        let ended = run(&person, &["--name", "two", "--share", part.to_str().unwrap()], "office", &script);
        assert!(!ended.text().contains("secret"), "{ended:?}");
        ended.status
    });
    let ran = rounds.filter(|status| *status == 0).count();
    assert!(ran > 0, "the twin: where it was a folder, it was shared");
    sepctl(&person, &["stop", "office-one"]);
    running.end();
    person.settle();
}

#[test]
fn a_disposable_zone_leaves_nothing_and_takes_nothing_from_the_kept_one() {
    let Some(person) = ready() else { return };
    run(&person, &[], "office", "echo kept >~/kept").good();
    let script = "ls -A ~; echo gone >~/gone; cat ~/gone; stat -f -c %T ~";
    assert_eq!(run(&person, &["--disposable"], "office", script).good(), "gone\ntmpfs");
    person.settle();
    assert_eq!(run(&person, &["--disposable"], "office", script).good(), "gone\ntmpfs");
    assert_eq!(run(&person, &[], "office", "ls -A ~ | grep -v '^\\.'").good(), "kept", "the twin");
    let data = person.home_of("office-disposable");
    assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "nothing of it is on the disk");
    person.settle();
}

#[test]
fn a_named_zone_is_another_one_with_a_home_of_its_own() {
    let Some(person) = ready() else { return };
    run(&person, &["--name", "bank"], "office", "echo bank >~/which; hostname").good();
    run(&person, &[], "office", "echo own >~/which").good();
    assert_eq!(run(&person, &["--name", "bank"], "office", "cat ~/which; hostname").good(), "bank\noffice-bank");
    assert_eq!(run(&person, &[], "office", "cat ~/which; hostname").good(), "own\noffice");
    // both at once, and each can be ended by its name
    let bank = person.start(switched(&person, &["--name", "bank"], "office", "echo up; exec sleep 1000"));
    let own = person.start(switched(&person, &[], "office", "echo up; exec sleep 1000"));
    bank.until_said("up");
    own.until_said("up");
    sepctl(&person, &["end", "office-bank"]).good();
    assert_ne!(bank.end().status, 0);
    assert_eq!(run(&person, &[], "office", "pgrep -c sleep").good(), "1", "the twin goes on");
    sepctl(&person, &["end", "office"]).good();
    assert_ne!(own.end().status, 0);
    sepctl(&person, &["explain", "office-bank"]).good();
    let more = sepctl(&person, &["explain", "office-bank", "--env", "A=b", "--json"]).good();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&more).unwrap()["zone"], "office-bank");
    fails(&sepctl(&person, &["explain", "offise-bank"]), 125, "no profile 'offise-bank'");
    person.settle();
}

#[test]
fn variables_reach_the_programs_and_those_of_the_loader_do_not() {
    let Some(person) = ready() else { return };
    assert_eq!(
        run(&person, &["--env", "COLOUR=red=1", "--env", "EMPTY="], "office", "echo $COLOUR${EMPTY-unset}").good(),
        "red=1"
    );
    for (typed, words) in [
        ("COLOUR", "not a variable and its value"),
        ("LD_PRELOAD=/tmp/x.so", "not a variable that a profile may set"),
        ("PATH=/tmp", "not a variable that a profile may set"),
        ("A=b\u{1b}[2J", "not text of one line"),
    ] {
        run(&person, &["--env", typed], "office", "echo ran").refused(125, words);
    }
    person.settle();
}

#[test]
fn every_switch_is_explained_with_the_command_line_as_its_origin() {
    let Some(person) = ready() else { return };
    fs::create_dir_all(home(&person).join("work")).unwrap();
    let work = home(&person).join("work");
    let switches = [
        "--share",
        work.to_str().unwrap(),
        "--allow",
        "10.9.0.0/16:443",
        "--deny",
        "198.51.100.0/24",
        "--uplink",
        "eth9",
        "--disposable",
        "--env",
        "COLOUR=red",
    ];
    let words: Vec<&str> = ["explain", "internet"].into_iter().chain(switches).collect();
    let told = sepctl(&person, &words).good();
    for part in [work.to_str().unwrap(), "10.9.0.0/16:443", "198.51.100.0/24", "eth9", "in memory", "COLOUR=red"] {
        let line = told.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}: {told}"));
        assert!(line.ends_with("[command line]"), "{line}");
    }
    let none = sepctl(&person, &["explain", "internet", "--no-network"]).good();
    assert!(none.contains("no network, only the zone's own loopback  [command line]"), "{none}");
    let twin = sepctl(&person, &["explain", "internet"]).good();
    assert!(!twin.contains("command line"), "{twin}");
    let plan = person.run({
        let mut dry = person.command(support::program("sep-run"));
        dry.args(["--dry-run"]).args(switches).arg("internet");
        dry
    });
    let plan: serde_json::Value = serde_json::from_str(&plan.good()).unwrap();
    assert_eq!(plan["zone"], "internet-disposable");
    assert_eq!(plan["profile"], "internet");
}

#[test]
fn wrong_values_are_told_with_the_switch_and_what_was_meant() {
    let Some(person) = ready() else { return };
    let typed = |switches: &[&str], profile: &str| run(&person, switches, profile, "echo ran");
    typed(&["--allow", "10.0.0.1/8"], "internet").refused(125, "--allow: '10.0.0.1/8' is not a network prefix");
    let wrong = typed(&["--allow", "10.0.0.1/8"], "internet");
    assert_eq!(hint::hint(&wrong.err, "code-bad-switch.hint[other]"), "did you mean '10.0.0.0/8'?");
    assert_eq!(typed(&["--allow", "10.0.0.0/8"], "internet").good(), "ran");
    typed(&["--deny", "printer"], "internet").refused(125, "--deny: 'printer' is not a network prefix");
    typed(&["--uplink", "a/b"], "internet").refused(125, "--uplink: 'a/b' is not the name of a network interface");
    typed(&["--name", "a b"], "internet").refused(125, "--name: 'a b' is not a name");
    typed(&["--name", "abcdefghijklmnopqrstuvwxyz"], "internet").refused(125, "longer than the name of a zone");
    typed(&["--allow", "10.0.0.0/8"], "office").refused(125, "needs a network, and the zone has none");
    typed(&["--no-network", "--uplink", "eth0"], "internet").refused(125, "needs a network");
    typed(&["--allow-name", "example.org"], "internet").refused(125, "answers every name");
    // a running zone of another plan is not entered, and nothing of it changes
    let running = person.start(switched(&person, &[], "office", "echo up; exec sleep 1000"));
    running.until_said("up");
    typed(&["--env", "A=b"], "office").refused(125, "its plan is another one: env");
    sepctl(&person, &["end", "office"]).good();
    running.end();
    person.settle();
}

#[test]
fn addresses_are_opened_closed_and_cut_off_as_typed() {
    on_a_pc(&["curl"], |pc| {
        let get = |address: &str, port: u16| format!("curl -sS -o /dev/null --max-time 20 http://{address}:{port}/");
        let (private, public) = (get(PRIVATE, 80), get(ADDRESS, 80));
        assert_ne!(run(&pc.person, &[], "internet", &private).status, 0);
        pc.refused(PRIVATE, "private");
        pc.person.settle();
        let allow = format!("{PRIVATE}:80");
        run(&pc.person, &["--allow", &allow], "internet", &private).good();
        // exactly that passes: not another port of it, not its neighbour, not the PC itself
        let others = [get(PRIVATE, 7), get("10.20.0.11", 80), get(OWN, 80)].map(|one| format!("! {one} 2>&1"));
        run(&pc.person, &["--allow", &allow], "internet", &others.join(" && ")).good();
        pc.person.settle();
        run(&pc.person, &[], "internet", &public).good();
        pc.person.settle();
        assert_ne!(run(&pc.person, &["--deny", "198.51.100.0/24"], "internet", &public).status, 0);
        pc.refused(ADDRESS, "denied");
        pc.person.settle();
        assert_ne!(run(&pc.person, &["--no-network"], "internet", &public).status, 0);
        pc.person.settle();
        assert_ne!(run(&pc.person, &["--uplink", "nothing0"], "internet", &public).status, 0);
        pc.refused(ADDRESS, "uplink");
    });
}

#[test]
fn the_developers_zone_answers_the_names_that_were_typed_and_no_other() {
    on_a_pc(&["curl"], |pc| {
        let get = |name: &str| format!("curl -sS -o /dev/null --max-time 20 http://{name}/");
        assert_ne!(run(&pc.person, &[], "dev", &get(SITE)).status, 0);
        pc.person.settle();
        run(&pc.person, &["--allow-name", SITE], "dev", &get(SITE)).good();
        let others = format!("! {} && ! {}", get("other.lab.test"), get(INSIDE));
        run(&pc.person, &["--allow-name", SITE], "dev", &others).good();
        // an address that no allowed name has
        assert_ne!(run(&pc.person, &["--allow-name", INSIDE], "dev", &get(ADDRESS)).status, 0);
    });
}
