//! Card kind `relay` under load: much data, many connections, and receivers that do not read.

mod support {
    pub mod lab;
    pub mod servers;
    #[path = "mod.rs"]
    mod shared;
    pub use shared::*;
}

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use sep_run::policy::plan::{LogConnections, Relay};
use support::lab::*;
use support::servers::*;
use support::{fork_wait, needs};

const NEEDS: &[&str] = &["root", "userns", "netns", "tun"];
const MIB: u64 = 1024 * 1024;

fn quiet() -> Relay {
    Relay { log: LogConnections::Refused, ..plan() }
}

fn lab(plan: Relay, body: impl FnOnce(&mut Lab)) {
    if needs(NEEDS) {
        fork_wait(|| body(&mut Lab::new(&plan, false)));
    }
}

/// Sends so many bytes and returns what the server says about them.
fn upload(size: u64) -> String {
    let mut stream = connect(SITE, SINK).unwrap();
    for start in (0..size).step_by(PIECE) {
        stream.write_all(piece(start, (size - start).min(PIECE as u64) as usize)).unwrap();
    }
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Takes so many bytes and returns how many came and in how many pieces something was wrong.
fn download(size: u64) -> (u64, u64) {
    let mut stream = connect(SITE, SOURCE).unwrap();
    stream.write_all(&size.to_be_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let (mut buffer, mut got, mut wrong) = (vec![0; PIECE], 0, 0);
    while let len @ 1.. = stream.read(&mut buffer).unwrap() {
        wrong += u64::from(buffer[..len] != *piece(got, len));
        got += len as u64;
    }
    (got, wrong)
}

#[test]
fn two_hundred_megabytes_each_way_arrive_unchanged() {
    lab(plan(), |lab| {
        lab.in_zone(|| {
            let begun = Instant::now();
            assert_eq!(upload(200 * MIB), format!("{} 0", 200 * MIB));
            let up = begun.elapsed();
            assert_eq!(download(200 * MIB), (200 * MIB, 0));
            println!("up {up:?}, down {:?}", begun.elapsed() - up);
            assert!(begun.elapsed() < Duration::from_secs(30));
        });
        let size = (200 * MIB).to_string();
        lab.audited(&[("port", "81"), ("up", &size)]);
        lab.audited(&[("port", "82"), ("down", &size), ("up", "8")]);
    });
}

#[test]
fn both_ways_at_once_on_several_connections() {
    lab(quiet(), |lab| {
        lab.in_zone(|| {
            let threads: Vec<_> = (0..6)
                .map(|n| {
                    std::thread::spawn(move || match n % 2 {
                        0 => upload(20 * MIB) == format!("{} 0", 20 * MIB),
                        _ => download(20 * MIB) == (20 * MIB, 0),
                    })
                })
                .collect();
            assert!(threads.into_iter().all(|t| t.join().unwrap()));
        });
    });
}

#[test]
fn net_09_two_thousand_connections_at_once() {
    lab(quiet(), |lab| {
        let memory = |pid: i32| -> u64 {
            let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
            let line = text.lines().find(|l| l.starts_with("Anonymous:")).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        let (files, before) = (fds(lab.relay), memory(lab.relay));
        let program = lab.start_in_zone(|| {
            let mut open: Vec<_> = (0..2_000).map(|_| connect(SITE, ECHO).unwrap()).collect();
            for stream in &mut open {
                stream.write_all(b"word").unwrap();
            }
            for stream in &mut open {
                let mut back = [0; 4];
                stream.read_exact(&mut back).unwrap();
                assert_eq!(&back, b"word");
            }
            // what says that all were answered: one more
            let mut last = connect(SITE, ECHO).unwrap();
            last.write_all(b"word").unwrap();
            std::thread::sleep(Duration::from_secs(30));
        });
        wait_for(|| fds(lab.relay) >= files + 4_002);
        let after = memory(lab.relay);
        println!("memory {before} to {after} KiB, descriptors {files} to {}", fds(lab.relay));
        assert!(after - before < 1_536, "{before} to {after} KiB");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(program), nix::sys::signal::Signal::SIGKILL).unwrap();
        wait_for(|| fds(lab.relay) <= files + 20);
    });
}

#[test]
fn net_09_ten_thousand_connections_one_after_another_leave_nothing_behind() {
    lab(quiet(), |lab| {
        lab.in_zone(|| assert!(reaches(SITE, ECHO)));
        let before = fds(lab.relay);
        lab.in_zone(|| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    std::thread::spawn(|| {
                        for n in 0..2_500 {
                            match n % 5 {
                                0 => drop(connect(EMR, ECHO)),
                                1 => drop(connect(SITE, 4_444)),
                                _ => assert!(reaches(SITE, ECHO), "{n}"),
                            }
                        }
                    })
                })
                .collect();
            threads.into_iter().for_each(|t| t.join().unwrap());
        });
        // a few pipes may lie in the pool
        wait_for(|| fds(lab.relay) <= before + 16);
    });
}

#[test]
fn net_09_receivers_that_do_not_read_hold_up_nobody_else_and_few_pipes() {
    lab(quiet(), |lab| {
        lab.in_zone(|| {
            let stuck: Vec<_> = (0..300)
                .map(|_| {
                    let mut stream = connect(SITE, DEAF).unwrap();
                    stream.set_nonblocking(true).unwrap();
                    while stream.write(&[0; 64 * 1024]).is_ok() {}
                    stream
                })
                .collect();
            std::thread::sleep(Duration::from_millis(300));
            assert_eq!(upload(5 * MIB), format!("{} 0", 5 * MIB), "by copying: no pipe is left");
            assert_eq!(download(5 * MIB), (5 * MIB, 0));
            for stream in stuck {
                let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
                nix::sys::socket::setsockopt(&stream, nix::sys::socket::sockopt::Linger, &linger).unwrap();
            }
        });
        wait_for(|| pipes(lab.relay) <= 8);
    });
}

/// Ends of pipes that a process holds.
fn pipes(pid: i32) -> usize {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    entries.filter(|e| std::fs::read_link(e.path()).is_ok_and(|to| to.to_string_lossy().starts_with("pipe:"))).count()
}

fn wait_for(mut condition: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(8);
    while !condition() {
        assert!(Instant::now() < until, "it did not happen in time");
        std::thread::sleep(Duration::from_millis(50));
    }
}
