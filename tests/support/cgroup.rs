//! A cgroup of one test's own, which is the top of all to whoever runs in it: what is changed there is no part of the
//! machine's, and goes with the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};

/// Where the hierarchy is mounted, if it is.
pub fn hierarchy() -> Option<&'static Path> {
    let is_one = |path: &&str| statfs(*path).is_ok_and(|found| found.filesystem_type() == CGROUP2_SUPER_MAGIC);
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].into_iter().find(is_one).map(Path::new)
}

/// The cgroup, removed when this is dropped.
pub struct Own(Option<PathBuf>);

impl Own {
    /// None where this process may make none.
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let path = hierarchy().map(|top| top.join(format!("sep-test-{}-{now}", std::process::id())));
        Self(path.filter(|path| fs::create_dir(path).is_ok()))
    }

    /// Puts this process, in mounts of its own, into a cgroup `test` below it, and lets it see no other.
    pub fn enter(&self) {
        let (Some(own), Some(top)) = (&self.0, hierarchy()) else { return };
        fs::write(own.join("cgroup.procs"), "0").unwrap();
        unshare(CloneFlags::CLONE_NEWCGROUP).unwrap();
        // the kernel refuses one file system twice at one place
        umount2(top, MntFlags::MNT_DETACH).unwrap();
        mount(Some("cgroup2"), top, Some("cgroup2"), MsFlags::empty(), None::<&str>).unwrap();
        fs::create_dir(top.join("test")).unwrap();
        fs::write(top.join("test/cgroup.procs"), "0").unwrap();
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let Some(path) = &self.0 else { return };
        let begin = Instant::now();
        // the last processes are still ending
        while !remove(path) && begin.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn remove(path: &Path) -> bool {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            remove(&entry.path());
        }
    }
    fs::remove_dir(path).is_ok()
}
