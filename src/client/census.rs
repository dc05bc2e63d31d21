//! Who lives in a running zone, by the kernel's own account: numbers, names, terminals, memory.
//!
//! It is read from /proc of the PC, so that no zone has to answer and none can leave a program out. Names are as the
//! programs gave them to themselves: hostile until they are shown.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::unistd::{Pid, SysconfVar, sysconf};

use crate::sys::file::read_text;
use crate::sys::process;
use crate::wire::{Connection, Failure, Stage};

/// The name of init and of what it forks.
const OURS: &str = "sep-run: ";

/// One process of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// Its number on the PC.
    pub pid: Pid,
    /// Its number in the zone.
    pub inside: i32,
    /// Its parent's number on the PC.
    pub parent: Pid,
    /// What it calls itself, at most 15 bytes; any character may be in it.
    pub name: String,
    /// Whether it has a terminal.
    pub terminal: bool,
    /// How long it has run.
    pub age: Duration,
    started: u64,
}

impl Resident {
    /// One for tests of how they are shown.
    #[cfg(test)]
    pub fn sample(pid: Pid, inside: i32, name: &str) -> Self {
        let (parent, age) = (Pid::from_raw(1), Duration::from_secs(61));
        Self { pid, inside, parent, name: name.to_owned(), terminal: true, age, started: 1 }
    }

    /// Sends it signals, unless its number is another process's by now. Nothing is said of one that has ended.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn signal(&self, signals: &[Signal]) -> Result<(), Failure> {
        let Ok(process) = process::pidfd(self.pid) else { return Ok(()) };
        if Stat::of(self.pid).is_none_or(|stat| stat.started != self.started) {
            return Ok(());
        }
        for signal in signals {
            match process::signal(process.as_fd(), *signal) {
                Err(cause) if cause.raw_os_error() != Some(libc::ESRCH) => {
                    return Err(Failure::system(Stage::Ask, "signal", self.pid, cause));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// How the memory of a zone was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// By the cgroup that the zone is in: a scope of the user's systemd, or one of root's.
    Scope,
    /// Each program's own pages and its part of those that it has in common with others (PSS).
    Share,
    /// All pages of each program, common ones several times (RSS).
    Resident,
}

impl Account {
    /// Its name in answers for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scope => "scope",
            Self::Share => "pss",
            Self::Resident => "rss",
        }
    }
}

/// The init of a running zone.
#[derive(Debug)]
pub struct Zone {
    /// Its number on the PC.
    pub pid: Pid,
    init: OwnedFd,
    started: u64,
}

impl Zone {
    /// The init at the other end of a connection.
    ///
    /// # Errors
    /// A failed system call; ESRCH where the zone has ended meanwhile.
    pub fn at(connection: &Connection) -> Result<Self, Failure> {
        let (init, pid) = connection.peer().map_err(Failure::because(Stage::Ask, "watch", "the zone's init"))?;
        let gone = || Failure::system(Stage::Ask, "ask for", "the zone's init", nix::Error::ESRCH);
        Ok(Self { pid, init, started: Stat::of(pid).ok_or_else(gone)?.started })
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        poll(&mut [PollFd::new(self.init.as_fd(), PollFlags::POLLIN)], PollTimeout::ZERO) != Ok(0)
    }

    /// How long it has run.
    pub fn age(&self) -> Duration {
        since(self.started)
    }

    /// Its programs, oldest first: every process but init and what init forks for itself.
    pub fn programs(&self) -> Vec<Resident> {
        let all = everybody();
        let level = numbers(self.pid).len().saturating_sub(1);
        let mut found = Vec::new();
        for (pid, stat) in &all {
            if *pid != self.pid && self.holds(*pid, &all) && !is_ours(*pid, stat) {
                found.extend(resident(*pid, stat, level));
            }
        }
        found.sort_by_key(|resident| (resident.started, resident.inside));
        found
    }

    /// Every process of a zone descends from its init: whoever loses its parent there becomes init's own.
    fn holds(&self, mut pid: Pid, all: &HashMap<Pid, Stat>) -> bool {
        // no chain is longer than there are processes
        for _ in 0..all.len() {
            match all.get(&pid) {
                Some(stat) if stat.parent == self.pid => return true,
                Some(stat) => pid = stat.parent,
                None => return false,
            }
        }
        false
    }

    /// Bytes of memory of the whole zone where it has a cgroup of its own, else of these programs.
    pub fn memory(&self, zone: &str, programs: &[Resident]) -> (u64, Account) {
        if let Some(bytes) = self.cgroup(zone).and_then(|cgroup| number(&cgroup.join("memory.current"))) {
            return (bytes, Account::Scope);
        }
        let shares: Option<Vec<u64>> = programs.iter().map(|program| share(program.pid)).collect();
        if let Some(shares) = shares {
            return (shares.iter().sum(), Account::Share);
        }
        let pages: u64 = programs.iter().filter_map(|program| Some(Stat::of(program.pid)?.pages)).sum();
        (pages.saturating_mul(setting(SysconfVar::PAGE_SIZE, 4_096)), Account::Resident)
    }

    /// The folder of the zone's own cgroup, if it was given one.
    fn cgroup(&self, zone: &str) -> Option<PathBuf> {
        let cgroups = read_text(&of(self.pid, "cgroup"), MOST).ok()?;
        own_cgroup(&cgroups, zone).map(|path| Path::new("/sys/fs/cgroup").join(path))
    }

    /// Whether one of its cards has an IPv6 address of more than the link.
    pub fn has_v6(&self) -> bool {
        let text = read_text(&of(self.pid, "net/if_inet6"), MOST).unwrap_or_default();
        text.lines().any(|line| line.split_whitespace().nth(3) == Some("00"))
    }
}

impl AsFd for Zone {
    /// Can be read when the zone has ended.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.init.as_fd()
    }
}

/// The cgroup that was made for a zone, of the file that tells the one of its init: a scope that was asked for it, or in
/// managed mode one of those of all zones, whose names are nobody else's (`broker::cgroup`).
fn own_cgroup<'a>(cgroups: &'a str, zone: &str) -> Option<&'a Path> {
    let path = process::cgroup(cgroups)?;
    let name = path.file_name()?.to_str()?;
    let above = path.parent()?.file_name().unwrap_or_default();
    let is_scope = name.starts_with(&format!("sep-run-{zone}-")) && name.ends_with(".scope");
    (is_scope || above == "sep-zones" || above == "sep-zones.service").then_some(path)
}

/// More bytes than are read of a file of /proc.
const MOST: usize = 64 * 1024;

fn of(pid: Pid, file: &str) -> PathBuf {
    Path::new("/proc").join(pid.to_string()).join(file)
}

fn number(path: &Path) -> Option<u64> {
    read_text(path, 64).ok()?.trim().parse().ok()
}

fn setting(name: SysconfVar, usual: u64) -> u64 {
    sysconf(name).ok().flatten().and_then(|value| value.try_into().ok()).unwrap_or(usual)
}

fn everybody() -> HashMap<Pid, Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok().map(Pid::from_raw));
    pids.filter_map(|pid| Some((pid, Stat::of(pid)?))).collect()
}

/// init and what it forks have executed nothing in the zone, so the kernel keeps their namespaces from other processes of
/// the user; those of a program it shows. So a program that calls itself as they do is one all the same.
fn is_ours(pid: Pid, stat: &Stat) -> bool {
    let closed = || fs::read_link(of(pid, "ns/user")).is_err_and(|cause| cause.kind() == ErrorKind::PermissionDenied);
    stat.name.starts_with(OURS) && closed()
}

fn resident(pid: Pid, stat: &Stat, level: usize) -> Option<Resident> {
    let inside = numbers(pid).get(level).copied()?;
    let Stat { name, parent, terminal, started, .. } = stat.clone();
    Some(Resident { pid, inside, parent, name, terminal, age: since(started), started })
}

/// The numbers of a process, from this namespace inwards.
fn numbers(pid: Pid) -> Vec<i32> {
    let status = read_text(&of(pid, "status"), MOST).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
    line.split_whitespace().filter_map(|number| number.parse().ok()).collect()
}

/// Bytes of a process's own pages and of its part in common ones.
fn share(pid: Pid) -> Option<u64> {
    let text = match read_text(&of(pid, "smaps_rollup"), MOST) {
        // it has ended meanwhile
        Err(cause) if cause.kind() == ErrorKind::NotFound || cause.raw_os_error() == Some(libc::ESRCH) => {
            return Some(0);
        }
        other => other.ok()?,
    };
    let kilobytes: u64 =
        text.lines().find_map(|line| line.strip_prefix("Pss:"))?.trim().split(' ').next()?.parse().ok()?;
    Some(kilobytes.saturating_mul(1_024))
}

/// What /proc/PID/stat says, which everybody may read.
#[derive(Debug, Clone)]
struct Stat {
    name: String,
    parent: Pid,
    terminal: bool,
    started: u64,
    pages: u64,
}

impl Stat {
    /// `None` for a process that has ended.
    fn of(pid: Pid) -> Option<Self> {
        Self::parse(&read_text(&of(pid, "stat"), MOST).ok()?)
    }

    /// The fields of proc_pid_stat(5). The name in parentheses may hold anything, so the count starts behind it.
    fn parse(stat: &str) -> Option<Self> {
        let (before, after) = stat.rsplit_once(')')?;
        let (_, name) = before.split_once('(')?;
        let fields: Vec<&str> = after.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<i64>().ok();
        let ended = ["Z", "X"].contains(fields.first()?);
        let stat = Self {
            name: name.to_owned(),
            parent: Pid::from_raw(number(1)?.try_into().ok()?),
            terminal: number(4)? != 0,
            started: number(19)?.try_into().ok()?,
            pages: number(21)?.try_into().unwrap_or_default(),
        };
        (!ended).then_some(stat)
    }
}

/// The time since so many ticks after the PC started.
fn since(ticks: u64) -> Duration {
    let hertz = setting(SysconfVar::CLK_TCK, 100).max(1);
    let began = Duration::from_millis(ticks.saturating_mul(1_000) / hertz);
    let uptime = read_text(Path::new("/proc/uptime"), 64).unwrap_or_default();
    let now = uptime.split(' ').next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0.0);
    Duration::try_from_secs_f64(now).unwrap_or_default().saturating_sub(began)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let line = |name: &str| format!("7 ({name}) S 1 7 7 34816 7 4194304 0 0 0 0 0 0 0 0 20 0 1 0 4711 9 300 1\n");
        for name in ["sh", "a b", ") R 2 (", "\u{1b}]52;c;AA\u{7}", "", "한글"] {
            let stat = Stat::parse(&line(name)).unwrap();
            assert_eq!((stat.name.as_str(), stat.parent.as_raw()), (name, 1));
            assert_eq!((stat.terminal, stat.started, stat.pages), (true, 4_711, 300));
        }
        assert!(Stat::parse(&line("sh").replace(" S ", " Z ")).is_none(), "one that has ended");
        for cut in ["", "7", "7 (sh", "7 (sh) S 1"] {
            assert!(Stat::parse(cut).is_none(), "{cut:?}");
        }
    }

    #[test]
    fn a_cgroup_is_the_zones_by_its_name_or_its_place() {
        let own = |path: &str| own_cgroup(&format!("4:memory:/x\n0::/{path}\n"), "internet").is_some();
        for path in [
            "user.slice/user-1000.slice/user@1000.service/app.slice/sep-run-internet-7.scope",
            "system.slice/sep-zones.service/2100000000-7",
            "sep-zones/2100000000-7",
        ] {
            assert!(own(path), "{path}");
        }
        for path in ["", "user.slice/sep-run-office-7.scope", "user.slice/session-1.scope", "sep-zones", "a/sep-zones"]
        {
            assert!(!own(path), "{path}");
        }
    }

    #[test]
    fn this_process_by_its_numbers() {
        let own = Pid::this();
        let (all, numbers) = (everybody(), numbers(own));
        assert_eq!(numbers.first(), Some(&own.as_raw()));
        assert_eq!(all[&own].parent, Pid::parent());
        assert!(share(own).is_some_and(|bytes| bytes > 0) && since(all[&own].started) < Duration::from_secs(3_600));
        assert!(!is_ours(own, &all[&own]));
    }
}
