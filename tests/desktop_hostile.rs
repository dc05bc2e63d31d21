//! Programs of a zone that send the display proxy what they should not: it ends them, bounds them, and lives; and
//! what is left to it if it is taken over.

#[path = "support/desk.rs"]
mod desk;
mod support;
#[path = "support/wayland.rs"]
mod wayland;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use desk::{Zone, lives, start, until};
use sep_run::wire::FromInit;
use wayland::{Args, Raw, message};

#[test]
fn window_01_binding_what_was_not_shown_ends_that_connection_only() {
    let Some((desk, mut zone)) = start("bind", &[]) else { return };
    let all = Raw::new(UnixStream::connect(&desk.display).unwrap()).globals;
    let shown = Raw::new(zone.connect()).globals;
    let mut witness = Raw::new(zone.connect());
    let hidden: Vec<_> = all.iter().filter(|(name, _)| !shown.contains_key(name)).collect();
    // compiled into the proxy, so that only the check at bind refuses it
    assert!(hidden.iter().any(|(_, (interface, _))| interface == "zwp_tablet_manager_v2"), "{hidden:?}");
    for (name, (interface, version)) in &hidden {
        let mut direct = Raw::new(UnixStream::connect(&desk.display).unwrap());
        direct.bind(**name, interface, *version);
        assert!(direct.round_trip().is_ok(), "the control: {interface} binds on the desktop");
        for told in [1, *version] {
            let mut raw = Raw::new(zone.connect());
            raw.bind(**name, interface, told);
            assert!(raw.round_trip().is_err(), "{interface} {told}");
        }
    }
    let tablets = hidden.iter().find(|(_, (i, _))| i == "zwp_tablet_manager_v2").unwrap();
    let mut raw = Raw::new(zone.connect());
    raw.bind(*tablets.0, "zwp_tablet_manager_v2", 1);
    assert_eq!(raw.round_trip().unwrap_err(), "no such global in this zone");
    wrong_binds(&zone, &shown);
    witness.round_trip().expect("another program goes on");
    lives(&mut zone);
}

/// A name that was shown, with another interface or version than shown; names that nobody ever had.
fn wrong_binds(zone: &Zone, shown: &BTreeMap<u32, (String, u32)>) {
    let (name, (_, version)) = shown.iter().find(|(_, (i, _))| i == "wl_compositor").unwrap();
    let (seat, (_, seat_version)) = shown.iter().find(|(_, (i, _))| i == "wl_seat").unwrap();
    let tries = [
        (*name, "wl_compositor", *version, true),
        (*name, "wl_compositor", version + 1, false),
        (*name, "wl_compositor", 0, false),
        (*name, "wl_compositor", u32::MAX, false),
        (*name, "wl_seat", 1, false),
        (*name, "wl_fixes", 1, false),
        (*name, "no_such_interface", 1, false),
        (*seat, "wl_seat", *seat_version, true),
        (*seat, "wl_seat", seat_version + 1, false),
        (0, "wl_compositor", 1, false),
        (9_999, "wl_compositor", 1, false),
        (u32::MAX, "wl_shell", 1, false),
        (9_999, "wp_security_context_manager_v1", 1, false),
    ];
    for (name, interface, version, passes) in tries {
        let mut raw = Raw::new(zone.connect());
        raw.bind(name, interface, version);
        assert_eq!(raw.round_trip().is_ok(), passes, "{name} {interface} {version}");
    }
}

#[test]
fn window_04_one_program_breaks_the_protocol_and_another_lives() {
    let Some((desk, mut zone)) = start("two", &[]) else { return };
    let mut good = Raw::new(zone.connect());
    good.window(|raw, toplevel| raw.send(toplevel, 3, Args::default().text("good")));
    let breaks: [&dyn Fn(&mut Raw); 5] = [
        // an object that is not there, a request that is not there, a message that is no message: the proxy sees it
        &|raw| raw.send(777, 0, Args::default()),
        &|raw| raw.send(1, 9, Args::default()),
        &|raw| raw.stream.write_all(&[1, 0, 0, 0, 0, 0, 3, 0]).unwrap(),
        // a window without a role is configured: only the compositor can see it
        &|raw| {
            let [compositor, base] = ["wl_compositor", "xdg_wm_base"].map(|i| raw.bind_named(i));
            let [surface, xdg] = std::array::from_fn(|_| raw.id());
            raw.send(compositor, 0, Args::default().word(surface));
            raw.send(base, 2, Args::default().word(xdg).word(surface));
            raw.send(xdg, 4, Args::default().word(1));
        },
        // the end of life of one object, twice
        &|raw| {
            let manager = raw.bind_named("wl_data_device_manager");
            let source = raw.id();
            raw.send(manager, 0, Args::default().word(source));
            raw.send(source, 1, Args::default());
            raw.send(source, 1, Args::default());
        },
    ];
    for (number, broken) in breaks.iter().enumerate() {
        let mut raw = Raw::new(zone.connect());
        broken(&mut raw);
        assert!(raw.round_trip().is_err(), "{number} is an error");
        good.round_trip().unwrap_or_else(|e| panic!("after {number}: {e}"));
    }
    assert_eq!(desk.window("internet.good"), "[internet]");
    lives(&mut zone);
}

/// xorshift with a fixed seed: a failure comes again.
fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

#[test]
fn window_04_the_proxy_outlives_random_bytes() {
    let Some((desk, mut zone)) = start("fuzz", &[]) else { return };
    let mut seed = 0x1234_5678_9abc_def1;
    for round in 0..600 {
        let mut raw = Raw::new(zone.connect());
        if round % 3 == 0 {
            let len = random(&mut seed) as usize % 6000;
            let bytes: Vec<u8> = (0..len).map(|_| random(&mut seed) as u8).collect();
            let _ = raw.stream.write_all(&bytes);
            continue;
        }
        // whole messages to objects that are there, with arguments that mostly are not
        let interfaces: Vec<String> = raw.globals.values().map(|(interface, _)| interface.clone()).collect();
        for _ in 0..4 {
            raw.bind_named(&interfaces[random(&mut seed) as usize % interfaces.len()]);
        }
        for _ in 0..random(&mut seed) % 30 {
            let mut args = Args::default();
            for _ in 0..random(&mut seed) % 6 {
                args = match random(&mut seed) % 3 {
                    0 => args.word(random(&mut seed) as u32),
                    1 => args.word(random(&mut seed) as u32 % 16),
                    _ => args.text("a\u{202e}"),
                };
            }
            let (object, number) = (1 + random(&mut seed) as u32 % 12, random(&mut seed) as u16 % 8);
            let bytes = message(object, number, &args);
            let _ = raw.stream.write_all(&bytes);
        }
    }
    lives(&mut zone);
    drop(desk);
}

fn status(pid: u32, field: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find(|l| l.starts_with(&format!("{field}:"))).unwrap_or_else(|| panic!("{field}"));
    line.split_once(':').unwrap().1.trim().to_owned()
}

/// Memory in KiB and processor time in ticks.
fn burden(pid: u32) -> (u64, u64) {
    let kib = status(pid, "VmRSS").trim_end_matches(" kB").parse().unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (kib, after[11].parse::<u64>().unwrap() + after[12].parse::<u64>().unwrap())
}

#[test]
fn window_04_a_greedy_program_is_bounded() {
    let Some((desk, mut zone)) = start("greedy", &[]) else { return };
    let mut good = Raw::new(zone.connect());
    let (proxy, _) = zone.processes();
    let before = burden(proxy);

    // asks and never reads: the proxy stops reading it, long before these 60 MB are in anybody's memory
    let deaf = zone.connect();
    deaf.set_nonblocking(true).unwrap();
    let syncs: Vec<u8> = (2..5000).flat_map(|id| message(1, 0, &Args::default().word(id))).collect();
    let mut sent = 0;
    for _ in 0..200 {
        sent += (&deaf).write(&syncs).unwrap_or(0);
        std::thread::sleep(Duration::from_millis(1));
        good.round_trip().unwrap();
    }
    assert!(sent < 4 << 20, "{sent} bytes were taken");

    // closes one half only: no turn of the loop is spent on it
    let half = zone.connect();
    half.shutdown(std::net::Shutdown::Write).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!((&half).read(&mut [0]).unwrap(), 0, "it is ended");
    let ticks = burden(proxy).1;
    std::thread::sleep(Duration::from_millis(500));
    assert!(burden(proxy).1 - ticks < 10, "the loop spins");

    // makes objects without end
    let mut maker = Raw::new(zone.connect());
    let compositor = maker.bind_named("wl_compositor");
    let mut made = 0;
    while made < 500_000 {
        let regions: Vec<u8> = (0..500)
            .flat_map(|_| {
                let id = maker.id();
                message(compositor, 1, &Args::default().word(id))
            })
            .collect();
        if maker.stream.write_all(&regions).is_err() {
            break;
        }
        made += 500;
    }
    assert!(made < 500_000, "it was ended after {made}");
    good.round_trip().unwrap();
    let after = burden(proxy);
    assert!(after.0 < before.0 + 100 * 1024, "{before:?} {after:?}");
    lives(&mut zone);
    drop(desk);
}

#[test]
fn window_04_descriptors_that_no_message_takes_up_end_their_sender() {
    let Some((desk, mut zone)) = start("descriptors", &["root"]) else { return };
    let (proxy, _) = zone.processes();
    let count = || fs::read_dir(format!("/proc/{proxy}/fd")).unwrap().count();
    let mut good = Raw::new(zone.connect());
    let before = count();
    let mut hoarder = Raw::new(zone.connect());
    let file = fs::File::open("/dev/null").unwrap();
    let mut rounds = 0;
    while rounds < 200 && hoarder.round_trip().is_ok() {
        let callback = hoarder.id();
        hoarder.send_with(1, 0, Args::default().word(callback), &[file.as_fd(); 20]);
        rounds += 1;
    }
    let counted = fs::metadata("/proc/self/fd").unwrap().len() > 0;
    assert!(!counted || (5..20).contains(&rounds), "{rounds}");
    drop(hoarder);
    until("its descriptors to go", || (count() <= before).then_some(()));
    good.round_trip().unwrap();
    lives(&mut zone);
    drop(desk);
}

#[test]
fn window_04_both_processes_are_sealed_and_end_with_the_zone() {
    let Some((desk, mut zone)) = start("seals", &["root"]) else { return };
    assert_eq!(zone.says(), FromInit::Ready);
    lives(&mut zone);
    let (proxy, dialer) = zone.processes();
    for pid in [proxy, dialer] {
        assert_eq!(status(pid, "NoNewPrivs"), "1");
        assert_eq!(status(pid, "Seccomp"), "2");
        assert_eq!(status(pid, "Threads"), "1");
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(u64::from_str_radix(&status(pid, set), 16).unwrap(), 0, "{set}");
        }
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let session: u32 = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3).unwrap().parse().unwrap();
        assert_eq!(session, proxy, "a session of its own");
        use std::os::unix::fs::MetadataExt;
        assert_eq!(fs::metadata(format!("/proc/{pid}/mem")).unwrap().uid(), 0, "not dumpable: its files are root's");
    }
    let open = |pid: u32| {
        let links = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
        // one may close between the list and the look
        links.filter_map(|l| Some(fs::read_link(l.path()).ok()?.to_string_lossy().into_owned())).collect::<Vec<_>>()
    };
    // dialer: three times /dev/null, its end of the pair, the compositor's inode
    let held = open(dialer);
    assert_eq!(held.iter().filter(|l| *l == "/dev/null").count(), 3, "{held:?}");
    assert_eq!(held.len(), 5, "{held:?}");
    // proxy, with no program: three times /dev/null, listener, control, pair, the same inode, its own folder
    let held = until("the last program's end", || Some(open(proxy)).filter(|held| held.len() <= 8));
    assert_eq!(held.iter().filter(|l| l.starts_with("socket:")).count(), 3, "{held:?}");
    assert_eq!(held.len(), 8, "{held:?}");

    let program = zone.connect();
    zone.control = None;
    assert_eq!(until("the end", || zone.child.0.try_wait().unwrap()).code(), Some(0));
    until("the dialer's end", || (!fs::exists(format!("/proc/{dialer}/fd/0")).unwrap()).then_some(()));
    program.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert!(matches!((&program).read(&mut [0]), Ok(0) | Err(_)));
    drop(desk);
}
