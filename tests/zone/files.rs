//! What a zone's programs find when they look around: the root, /etc, /dev, names and mounts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::ready;
use crate::support::person::Person;

/// The words of a text.
fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

#[test]
fn zone_03_the_root_holds_what_the_plan_names() {
    let Some(person) = ready(&[]) else { return };
    let mut root = set(&["dev", "etc", "home", "proc", "run", "tmp", "usr", "var"]);
    let of_pc = ["opt", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];
    root.extend(of_pc.iter().filter(|n| Path::new("/").join(n).exists()).map(|n| (*n).to_owned()));
    let found = |script: &str| words(&person.inside("strict", script).good());
    assert_eq!(found("ls -A /"), root);
    assert_eq!(found("ls -A /home"), words(&person.inside("strict", "id -un").good()));
    assert_eq!(found("ls -A /run"), set(&["lock", "user"]));
    assert_eq!(found("ls -A /run/user"), words(&person.outside("id -u").good()));
    assert_eq!(
        found("ls -A /tmp /var/tmp/ /dev/shm /dev/mqueue /run/lock"),
        set(&["/tmp:", "/var/tmp/:", "/dev/shm:", "/dev/mqueue:", "/run/lock:"])
    );
    assert_eq!(found("ls -A /var /var/lib"), set(&["/var:", "/var/lib:", "dbus", "lib", "run", "tmp"]));
    assert_ne!(words(&person.outside("ls -A /").good()), root, "the PC shows more");
}

#[test]
fn zone_03_no_file_of_the_pc_is_found_by_its_name() {
    let Some(person) = ready(&[]) else { return };
    let name = format!("mark-{}", std::process::id());
    let places =
        [person.top.clone(), person.top.join("home"), person.top.join("run"), "/tmp".into(), "/var/tmp".into()];
    places.iter().for_each(|place| fs::write(place.join(&name), "business").unwrap());
    let skip = r"\( -path /usr -o -path /opt -o -path /proc -o -path /sys \) -prune -o";
    let search = format!("find / {skip} -name '{name}' -print 2>/dev/null; true");
    let (inside, outside) = (person.inside("internet", &search), person.outside(&search));
    let by_path = person.inside("internet", &format!("cat {}/{name}", person.top.display()));
    places.iter().for_each(|place| fs::remove_file(place.join(&name)).unwrap());
    assert_eq!(inside.good(), "");
    assert_eq!(outside.good().lines().count(), places.len());
    assert_eq!(by_path.status, 1, "{by_path:?}");
}

#[test]
fn zone_03_the_old_root_is_behind_no_door() {
    let Some(person) = ready(&[]) else { return };
    // every process of the zone has the zone's root, and no descriptor leads out of it
    let script = "cd /proc; for p in [0-9]*; do ls -d $p/root/boot $p/cwd/../../../../../../boot; ls -l $p/fd; done \
                  2>/dev/null; ls -d /../boot /proc/self/root/../boot 2>/dev/null; true";
    let found = person.inside("strict", script).good();
    assert!(!found.contains("boot"), "{found}");
    let top = person.top.join("data");
    assert!(!found.contains(top.to_str().unwrap()), "{found}");
    assert!(person.outside("ls -d /boot").good().contains("boot"));
}

#[test]
fn zone_03_programs_and_settings_are_read_only_and_the_home_is_kept() {
    let Some(person) = ready(&[]) else { return };
    let mounts = person.inside("internet", "cat /proc/self/mounts").good();
    let options = |line: &str| line.split(' ').nth(3).unwrap().split(',').map(str::to_owned).collect::<BTreeSet<_>>();
    for line in mounts.lines() {
        let at = line.split(' ').nth(1).unwrap();
        let device = line.starts_with("devtmpfs ") || ["/proc/keys", "/proc/key-users", "/proc/cmdline"].contains(&at);
        let (options, device) =
            (options(line), device || at.starts_with("/dev/") && !["/dev/shm", "/dev/mqueue"].contains(&at));
        assert!(options.contains("nosuid"), "{line}");
        assert!(device || options.contains("nodev"), "{line}");
        let own = at.starts_with("/home/") || ["/tmp", "/run", "/dev/shm", "/dev/mqueue", "/proc"].contains(&at);
        assert!(own || device || options.contains("ro"), "{line}");
    }
    for place in ["/usr", "/etc"] {
        assert!(mounts.lines().any(|l| l.split(' ').nth(1) == Some(place)), "{place} in {mounts}");
        let tried = person.inside("internet", &format!("echo x >{place}/x"));
        assert!(tried.status != 0 && tried.err.contains("cannot create"), "{tried:?}");
    }
    person.inside("internet", "echo mine >~/kept; echo x >/tmp/gone; echo x >/dev/shm/gone").good();
    assert_eq!(fs::read_to_string(person.home_of("internet").join("kept")).unwrap(), "mine\n");
    person.nothing_is_left();
    assert_eq!(person.inside("internet", "cat ~/kept; ls /tmp /dev/shm").good(), "mine\n/dev/shm:\n\n/tmp:");
}

#[test]
fn zone_03_etc_names_neither_the_pc_nor_its_people() {
    let Some(person) = ready(&[]) else { return };
    let names = words(&person.inside("strict", "ls -A /etc").good());
    for own in ["passwd", "group", "hosts", "hostname", "machine-id", "resolv.conf", "nsswitch.conf"] {
        assert!(names.contains(own), "{own} in {names:?}");
    }
    for secret in
        ["shadow", "gshadow", "passwd-", "sudoers", "fstab", "crontab", "environment", "ssh_host", "NetworkManager"]
    {
        assert!(!names.contains(secret), "{secret} in {names:?}");
    }
    let people = person.inside("strict", "cut -d: -f1,3 /etc/passwd").good();
    let uid = person.outside("id -u").good();
    assert_eq!(people, format!("{}:{uid}\nnobody:65534", person.inside("strict", "id -un").good()));
    assert!(fs::read_to_string("/etc/passwd").unwrap().lines().count() > 2, "the PC has more people");
    let hosts = person.inside("strict", "cat /etc/hosts /etc/hostname; uname -n; hostname").good();
    assert_eq!(hosts, "127.0.0.1 localhost strict\n::1 localhost ip6-localhost ip6-loopback\nstrict\nstrict\nstrict");
    assert_ne!(person.outside("uname -n").good(), "strict");
    let private = "ls /etc/ssl/private /etc/ssh/ssh_host* /etc/NetworkManager 2>/dev/null; true";
    assert_eq!(person.inside("strict", private).good(), "");
}

#[test]
fn zone_03_each_zone_has_a_machine_id_of_its_own() {
    let (Some(person), Some(other)) = (ready(&[]), ready(&[])) else { return };
    let id = |person: &Person, zone: &str| person.inside(zone, "cat /etc/machine-id /var/lib/dbus/machine-id").good();
    let first = id(&person, "strict");
    person.nothing_is_left();
    let (one, two) = first.split_once('\n').unwrap();
    assert!(one == two && one.len() == 32 && one.bytes().all(|b| b.is_ascii_hexdigit()), "{first}");
    assert_eq!(id(&person, "strict"), first, "stable");
    assert_ne!(id(&person, "office"), first, "of each zone");
    assert_ne!(id(&other, "strict"), first, "of each person");
    assert_ne!(fs::read_to_string("/etc/machine-id").unwrap_or_default().trim(), one, "not the PC's");
}

#[test]
fn zone_03_the_devices_are_the_harmless_ones() {
    let Some(person) = ready(&[]) else { return };
    let expected = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero";
    assert_eq!(words(&person.inside("internet", "ls -A /dev").good()), words(expected));
    assert_eq!(person.inside("internet", 
        "for f in $(find /dev); do [ ! -L $f ] && { [ -b $f ] || [ -c $f ]; } && echo $f; done | sort | tr '\\n' ' '").good(),
        "/dev/full /dev/null /dev/pts/ptmx /dev/random /dev/tty /dev/urandom /dev/zero");
    assert_eq!(
        person.inside("internet", "head -c 4 /dev/zero | od -An -tx1; echo x >/dev/null").good(),
        " 00 00 00 00"
    );
    assert!(person.outside("ls -A /dev | wc -l").good().parse::<u32>().unwrap() > 14, "the PC has more");
}

#[test]
fn zone_13_mode_and_dates_of_a_file_stay_as_they_were_whatever_it_is_passed_for() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let Some(person) = ready(&[]) else { return };
    let path = person.top.join("passed");
    let open = || {
        fs::write(&path, "business\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        (fs::File::open(&path).unwrap(), fs::OpenOptions::new().append(true).open(&path).unwrap())
    };
    let script = "chmod 4777 /proc/self/fd/0 /proc/self/fd/2; touch -d @0 /proc/self/fd/0; cat";
    let run = |mut command: std::process::Command| {
        let (input, output) = open();
        let done = command.stdin(input).stderr(output).stdout(std::process::Stdio::null()).status().unwrap();
        let found = fs::metadata(&path).unwrap();
        (done.success(), found.mode() & 0o7777, found.mtime() == 0)
    };
    for zone in ["strict", "internet"] {
        assert_eq!(run(person.sep_run(zone, ["sh", "-c", script])), (true, 0o600, false), "{zone}");
    }
    let mut outside = person.command("sh");
    outside.args(["-c", script]);
    assert_eq!(run(outside), (true, 0o4777, true), "the twin: on the PC it is done");
    fs::remove_file(path).unwrap();
}

#[test]
fn zone_03_the_callers_umask_is_not_the_zones() {
    let Some(person) = ready(&[]) else { return };
    let program = crate::support::program("sep-run");
    let look = "umask; find /etc /home ! -type l -perm /022 | wc -l; find /etc ! -type l ! -perm -444 | wc -l";
    for (number, umask) in ["0002", "0000", "0077"].into_iter().enumerate() {
        let zone = ["office", "strict", "internet"][number];
        let mut command = person.command("/bin/sh");
        command.args(["-c", &format!("umask {umask}; exec {} {zone} -- sh -c '{look}'", program.display())]);
        assert_eq!(person.run(command).good(), "0022\n0\n0", "{umask}");
    }
}
