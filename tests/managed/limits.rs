//! Limits of a zone that bite: more than it may have ends in the zone, and nobody else has less for it. Controls are zones
//! that may have more.

use std::path::PathBuf;
use std::time::Duration;

use crate::lab::{LAB, Managed, PATIENCE, cgroup, on_managed_pc, until};
use crate::support::person::{LIMIT, Running, wait_for};
use crate::{hint, of_user, pc::as_root};

/// The first two zones of the person.
const ZONES: [u32; 2] = [2_100_000_000, 2_100_000_002];

/// Both profiles, with limits.
fn profiles(managed: &Managed, lab: &str, second: &str) {
    managed.site(r#"{"version": 1, "profiles": {"lab": {"users": ["kim"]}, "second": {"users": ["kim"]}}}"#);
    for (name, limits) in [("lab", lab), ("second", second)] {
        managed.profile(name, &LAB.replacen('{', &format!("{{\"limits\": {limits}, "), 1));
    }
}

/// Lets the cgroups below the test's own one have what the machine gives to it, as a PC does.
fn give(managed: &Managed) {
    let top = cgroup::hierarchy().unwrap().display();
    managed.root(&format!("echo +memory +pids +cpu >{top}/cgroup.subtree_control")).good();
}

/// The cgroup of the zone that runs under an id.
fn of(managed: &Managed, zone: u32) -> PathBuf {
    let init = of_user(managed, zone).into_iter().next().unwrap();
    let said = managed.root(&format!("sed -n s/^0:://p /proc/{}/cgroup", init.split(' ').next().unwrap())).good();
    cgroup::hierarchy().unwrap().join(said.trim_start_matches('/'))
}

/// A number of a file of a cgroup, or of a line in it.
fn number(managed: &Managed, zone: &std::path::Path, file: &str) -> u64 {
    let (file, line) = file.split_once(' ').unwrap_or((file, ""));
    let said = managed.root(&format!("sed -n 's/^{line} *//p' {}/{file}", zone.display())).good();
    said.parse().unwrap_or_else(|_| panic!("{file}: {said:?}"))
}

/// A zone with a program that stays.
fn zone(managed: &Managed, profile: &str) -> Running {
    let zone = managed.pc.person.start_inside(profile, "echo ready; exec sleep 64.1");
    zone.until_said("ready");
    zone
}

fn end(managed: &Managed, zones: impl IntoIterator<Item = Running>) {
    managed.root("pkill -9 -f '^sleep 64[.]'; true").good();
    zones.into_iter().for_each(|zone| drop(zone.end()));
}

#[track_caller]
fn until_gone(managed: &Managed, cgroup: &std::path::Path) {
    let gone = || managed.root(&format!("test -d {}", cgroup.display())).status != 0;
    wait_for(LIMIT, gone, || format!("{} is left", cgroup.display()));
}

#[test]
fn own_11_a_zone_has_a_cgroup_that_only_root_changes_and_that_goes_with_it() {
    on_managed_pc(&["cgroup"], |managed: &Managed| {
        profiles(managed, "{}", "{}");
        let broker = managed.broker();
        let mut zones = vec![zone(managed, "lab"), zone(managed, "second")];
        let [first, second] = ZONES.map(|id| of(managed, id));
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        let above = cgroup::hierarchy().unwrap().join("sep-zones");
        assert!(first.parent() == Some(&above) && second.parent() == Some(&above), "{first:?} {second:?}");
        assert!(name(&first).starts_with("2100000000-") && name(&second).starts_with("2100000002-"));
        for id in ZONES {
            for process in of_user(managed, id) {
                let pid = process.split(' ').next().unwrap();
                let own = managed.root(&format!("sed -n s/^0:://p /proc/{pid}/cgroup")).good();
                assert!(own.ends_with(&name(if id == ZONES[0] { &first } else { &second })), "{process}: {own}");
            }
        }
        // from inside it is the top, and there is no file of it
        let inside =
            "sed -n s/^0:://p /proc/self/cgroup; grep -c cgroup /proc/self/mounts; mount -t cgroup2 x /tmp || echo no";
        assert_eq!(managed.inside("lab", inside).good(), "/\n0\nno");
        // the user moves nothing, in or out, and makes nothing; root does: the twin
        let sleeps = managed.start_root(["sleep", "64.2"]);
        let pid = of_user(managed, ZONES[0])[0].split(' ').next().unwrap().to_owned();
        let top = cgroup::hierarchy().unwrap().display();
        let ways = [
            (format!("echo {} >{}/cgroup.procs", sleeps.pid(), first.display())),
            (format!("echo {} >{top}/test/cgroup.procs", sleeps.pid())),
            (format!("mkdir {0}/own && rmdir {0}/own", first.display())),
        ];
        for script in &ways {
            assert_ne!(managed.pc.person.outside(script).status, 0, "{script}");
            managed.root(script).good();
        }
        assert_ne!(managed.pc.person.outside(&format!("echo {pid} >{top}/test/cgroup.procs")).status, 0);
        drop(sleeps);
        // one ends, also while there is no broker, or another one
        managed.root("pkill -9 -f '^sleep 64[.]' -u 2100000000").good();
        zones.remove(0).end();
        until_gone(managed, &first);
        as_root(|| nix::sys::signal::kill(broker.pid(), nix::sys::signal::Signal::SIGKILL)).unwrap();
        drop(broker);
        managed.root(&format!("test -d {}", second.display())).good();
        let another = managed.broker();
        zones.push(zone(managed, "lab"));
        let first = of(managed, ZONES[0]);
        managed.root("pkill -9 -f '^sleep 64[.]' -u 2100000002").good();
        zones.remove(0).end();
        until_gone(managed, &second);
        drop(another);
        end(managed, zones);
        managed.settle(ZONES[0]);
        managed.root(&format!("test -d {}", first.display())).good();
        let _third = managed.broker();
        until_gone(managed, &first);
    });
}

#[test]
fn own_11_where_there_are_no_limits_nothing_is_started_that_needs_them() {
    on_managed_pc(&["cgroup"], |managed: &Managed| {
        let memory = r#"{"memory_mib": 64, "cpu_weight": 50, "required": true}"#;
        profiles(managed, memory, r#"{"processes": 64, "required": true}"#);
        let _broker = managed.broker();
        // this test's own cgroup gives none to those below; where the machine has them elsewhere it can not
        let there = managed.root(&format!("cat {}/cgroup.controllers", cgroup::hierarchy().unwrap().display())).good();
        let no = "there is no cgroup hierarchy for zones";
        let lacks = if there.contains("memory") { "no controller: memory cpu" } else { no };
        managed.inside("lab", "true").refused(125, lacks);
        assert_eq!(managed.inside("second", "echo in").good(), "in", "the twin: processes are counted by id");
        profiles(managed, &memory.replace("true", "false"), "{}");
        assert_eq!(managed.inside("lab", "echo in").good(), "in", "where the profile does not insist");
        let above = cgroup::hierarchy().unwrap().join("sep-zones");
        let left = || managed.root(&format!("find {} -mindepth 1 -type d", above.display())).good();
        wait_for(LIMIT, || left().is_empty(), left);
        // a folder that is somebody else's
        profiles(managed, memory, "{}");
        managed.root(&format!("chown 54321 {}", above.display())).good();
        managed.inside("lab", "true").refused(125, "sep-zones");
        // a PC that systemd runs, where the unit is not there, and is
        let unit = cgroup::hierarchy().unwrap().join("system.slice/sep-zones.service");
        managed.root("mkdir -p /run/systemd/system").good();
        managed.inside("lab", "true").refused(125, "sep-zones.service does not run");
        managed.root(&format!("mkdir -p {}", unit.display())).good();
        managed.root(&format!("test -d {}", unit.display())).good();
        let given = managed.inside("lab", "true");
        assert!(given.status == 125 && !given.err.contains("does not run"), "{given:?}");
        managed.root("rm -r /run/systemd").good();
        // no hierarchy at all
        managed.root("umount -l /sys/fs/cgroup/unified || umount -l /sys/fs/cgroup").good();
        managed.root("umount -l /sys/fs/cgroup/unified || mount -t tmpfs none /sys/fs/cgroup").good();
        managed.inside("lab", "true").refused(125, no);
    });
}

#[test]
fn own_11_what_is_proposed_puts_the_limits_in_force() {
    on_managed_pc(&["controllers"], |managed: &Managed| {
        profiles(managed, r#"{"memory_mib": 64, "cpu_weight": 50, "required": true}"#, "{}");
        let _broker = managed.broker();
        let refused = managed.inside("lab", "true");
        refused.refused(125, "no controller: memory cpu");
        managed.pc.obeys(&hint::hint(&refused.err, "code-not-enforced.hint[other]")).good();
        managed.inside("lab", "true").good();
    });
}

/// Takes some MiB of memory and writes to it.
fn take(mib: u32) -> String {
    format!("python3 -I -c 'print(len(bytearray(b\"x\") * ({mib} << 20)) >> 20)'")
}

#[test]
fn own_11_who_takes_more_memory_than_the_zone_may_have_is_ended_and_nobody_else() {
    on_managed_pc(&["controllers", "python3"], |managed: &Managed| {
        give(managed);
        profiles(managed, r#"{"memory_mib": 96, "required": true}"#, r#"{"memory_mib": 512, "required": true}"#);
        let scratch = LAB.replace(
            "\"files\": {",
            "\"limits\": {\"memory_mib\": 96, \"required\": true}, \"files\": {\"scratch_mib\": 256, ",
        );
        managed.profile("lab", &scratch);
        let _broker = managed.broker();
        let zones = [zone(managed, "lab"), zone(managed, "second")];
        let [small, large] = ZONES.map(|id| of(managed, id));
        assert_eq!([&small, &large].map(|zone| number(managed, zone, "memory.max")), [96 << 20, 512 << 20]);
        assert_eq!(number(managed, &small, "memory.swap.max"), 0);
        managed.inside("lab", "echo mark >/tmp/mark").good();
        assert_eq!(managed.inside("lab", &take(48)).good(), "48", "what it may have");
        let inits = || ZONES.map(|id| of_user(managed, id)[0].clone());
        let before = inits();
        let killed = managed.inside("lab", &format!("{}; echo $?", take(256)));
        assert_eq!(killed.good(), "137", "by SIGKILL");
        assert_eq!(managed.inside("second", &take(256)).good(), "256", "another zone of the same user");
        assert_eq!(managed.pc.person.outside(&take(256)).good(), "256", "its user");
        assert_eq!(managed.inside("lab", "cat /tmp/mark").good(), "mark", "the zone went on");
        assert_eq!(inits(), before);
        assert_eq!([&small, &large].map(|zone| number(managed, zone, "memory.events oom_kill")), [1, 0]);
        // what lies in memory as files is the zone's too, and nobody's end gives it back: the zone ends, alone
        managed.inside("lab", "head -c 200M /dev/zero >/dev/shm/full");
        assert_eq!(managed.inside("second", "head -c 200M /dev/zero >/dev/shm/full; echo in").good(), "in");
        assert_eq!(number(managed, &large, "memory.events oom_kill"), 0);
        assert_eq!(of_user(managed, ZONES[1])[0], before[1]);
        end(managed, zones);
        until_gone(managed, &small);
    });
}

#[test]
fn own_11_processes_are_counted_by_the_cgroup_as_well() {
    on_managed_pc(&["controllers", "python3"], |managed: &Managed| {
        give(managed);
        profiles(managed, r#"{"processes": 48, "required": true}"#, "{}");
        let _broker = managed.broker();
        let bomb = "import os, time
n = 0
try:
    while n < 200:
        if os.fork() == 0: time.sleep(30); os._exit(0)
        n += 1
except BlockingIOError: pass
print(n, flush=True)
time.sleep(30)";
        for (profile, expected) in [("lab", 20..48), ("second", 200..201)] {
            let person = &managed.pc.person;
            let script = "echo ready; until [ -e /tmp/go ]; do sleep 0.1; done; exec python3 -I -c \"$0\"";
            let zone = person.start(person.sep_run(profile, ["sh", "-c", script, bomb]));
            zone.until_said("ready");
            // without the kernel's count by id, which bounds the same: root takes it off
            let shell = managed.root("pgrep -f 'echo ready; until'").good();
            for pid in shell.lines() {
                managed.root(&format!("prlimit --nproc=unlimited --pid {pid} 2>/dev/null; true")).good();
            }
            managed.inside(profile, "touch /tmp/go").good();
            wait_for(PATIENCE, || zone.said().lines().count() == 2, || zone.complained());
            let forked: u32 = zone.said().lines().nth(1).unwrap().parse().unwrap();
            assert!(expected.contains(&forked), "{profile}: {forked}");
            managed.root("pkill -9 -u 2100000000; pkill -9 -u 2100000002; true").good();
            zone.end();
        }
        ZONES.into_iter().for_each(|id| managed.settle(id));
    });
}

#[test]
fn own_11_a_zone_of_less_weight_has_less_of_the_cpu() {
    on_managed_pc(&["controllers"], |managed: &Managed| {
        give(managed);
        profiles(managed, r#"{"cpu_weight": 20, "required": true}"#, r#"{"cpu_weight": 400, "required": true}"#);
        let _broker = managed.broker();
        // both on one processor; each alone has all of it
        let busy = "echo ready; taskset -c 0 sh -c 'while :; do :; done'";
        let person = &managed.pc.person;
        let zones = ["lab", "second"].map(|profile| {
            let zone = person.start_inside(profile, busy);
            zone.until_said("ready");
            zone
        });
        until(managed, "sh -c while :; do :; done");
        let [light, heavy] = ZONES.map(|id| of(managed, id));
        assert_eq!([&light, &heavy].map(|zone| number(managed, zone, "cpu.weight")), [20, 400]);
        let used = |zone| number(managed, zone, "cpu.stat usage_usec");
        let before = [used(&light), used(&heavy)];
        std::thread::sleep(Duration::from_secs(3));
        let [least, most] = [used(&light) - before[0], used(&heavy) - before[1]];
        // 20 to 1 is what was asked for
        assert!(most > 6 * least && least > 0, "{least} {most}");
        managed.root("pkill -9 -u 2100000002; true").good();
        managed.settle(ZONES[1]);
        let before = used(&light);
        std::thread::sleep(Duration::from_secs(3));
        let alone = used(&light) - before;
        assert!(alone > 3 * least && alone > 1_500_000, "the twin: {alone} beside {least}");
        managed.root("pkill -9 -u 2100000000; true").good();
        zones.into_iter().for_each(|zone| drop(zone.end()));
    });
}
