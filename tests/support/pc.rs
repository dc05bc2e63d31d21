//! A PC of one test's own, made by root: mounts, devices and network are the test's, and the person at it is an
//! ordinary user. Root is whoever types `sudo`: a stand-in for it executes its arguments, as root of these namespaces.
#![allow(dead_code)]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Gid, Pid, Uid, pipe, setegid, seteuid, setgroups, setresgid, setresuid};

use crate::support::person::{Ended, Person};
use crate::support::{clone3, fork_wait, needs, program};

/// The ordinary user: nobody's number.
pub const USER: u32 = 54_321;

/// The PC with a person at it.
pub struct Pc {
    /// Who works there.
    pub person: Person,
    tools: PathBuf,
}

/// Runs a body on a PC of its own in a child process, and fails when it panics. Nothing where a need is missing.
pub fn on_own_pc(further: &[&str], body: impl FnOnce(&Pc)) {
    let all: Vec<&str> = ["root", "netns", "userns", "tun"].iter().chain(further).copied().collect();
    if needs(&all) {
        on_own(body, sit_down);
    }
}

/// In namespaces of this test's own: the body is process 1 there, and its end ends whatever it left. Numbers of processes
/// are the same in each, so the folder for temporary files is the test's own too.
fn on_own<B: FnOnce(&Pc)>(body: B, sit: impl FnOnce(B)) {
    let temporary = std::env::temp_dir().join(format!("pc{}", std::process::id()));
    fs::create_dir(&temporary).unwrap();
    fs::set_permissions(&temporary, fs::Permissions::from_mode(0o1777)).unwrap();
    let done = catch_unwind(AssertUnwindSafe(|| {
        fork_wait(|| {
            // SAFETY: a forked child has one thread.
            unsafe { std::env::set_var("TMPDIR", &temporary) };
            unshare(CloneFlags::CLONE_NEWPID).unwrap();
            fork_wait(|| {
                own_namespaces();
                sit(body);
            });
        });
    }));
    fs::remove_dir_all(&temporary).unwrap();
    done.unwrap_or_else(|cause| resume_unwind(cause));
}

/// The same in a user namespace around it that is the test's own too: its limits are not the machine's.
pub fn on_own_pc_with_limits(body: impl FnOnce(&Pc)) {
    if !needs(&["root", "netns", "userns", "tun"]) {
        return;
    }
    on_own(body, |body| {
        let (go, tell) = pipe().unwrap();
        let child = clone3(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET).unwrap();
        if child == 0 {
            drop(tell);
            fs::File::from(go).read_exact(&mut [0]).unwrap();
            sit_down(body);
            std::process::exit(0);
        }
        for file in ["uid_map", "gid_map"] {
            fs::write(format!("/proc/{child}/{file}"), format!("0 0 1\n{USER} {USER} 1")).unwrap();
        }
        fs::File::from(tell).write_all(b"x").unwrap();
        let child = Pid::from_raw(child);
        assert_eq!(waitpid(child, None).unwrap(), WaitStatus::Exited(child, 0));
    });
}

/// Mounts and network of this test's own, with a tun device that users may open, as on a PC.
fn own_namespaces() {
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET).unwrap();
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>).unwrap();
    mount(Some("proc"), "/proc", Some("proc"), MsFlags::empty(), None::<&str>).unwrap();
    cover("/dev/net");
    make_tun(0o666);
    fs::write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647").unwrap();
}

/// An empty folder in place of the PC's.
pub fn cover(path: impl AsRef<Path>) {
    mount(Some("none"), path.as_ref(), Some("tmpfs"), MsFlags::empty(), Some("mode=755")).unwrap();
}

/// `/dev/net/tun` with a mode.
pub fn make_tun(mode: u32) {
    let path = "/dev/net/tun";
    let _ = fs::remove_file(path);
    mknod(path, SFlag::S_IFCHR, Mode::empty(), makedev(10, 200)).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn sit_down(body: impl FnOnce(&Pc)) {
    let tools = std::env::temp_dir().join(format!("sudo-{}", std::process::id()));
    fs::create_dir(&tools).unwrap();
    fs::write(tools.join("sudo"), "#!/bin/sh\nexec \"$@\"\n").unwrap();
    for path in [tools.clone(), tools.join("sudo")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    setgroups(&[]).unwrap();
    let (user, group, root) = (Uid::from_raw(USER), Gid::from_raw(USER), 0);
    setresgid(group, group, Gid::from_raw(root)).unwrap();
    // what is executed is the user's altogether, and this process can be root again
    setresuid(user, user, Uid::from_raw(root)).unwrap();
    let pc = Pc { person: Person::new(), tools };
    body(&pc);
    pc.person.settle();
    let Pc { person, tools } = pc;
    drop(person);
    as_root(|| fs::remove_dir_all(tools).unwrap());
}

/// Does something as root of this test's namespaces.
pub fn as_root<T>(body: impl FnOnce() -> T) -> T {
    seteuid(Uid::from_raw(0)).unwrap();
    setegid(Gid::from_raw(0)).unwrap();
    let done = body();
    setegid(Gid::from_raw(USER)).unwrap();
    seteuid(Uid::from_raw(USER)).unwrap();
    done
}

impl Pc {
    /// A command line as the person types it, not started yet. `sudo` is found and gives nothing.
    pub fn typed(&self, line: &str) -> Command {
        let mut command = self.person.command("/bin/sh");
        let own = program("sep-run");
        let path = [own.parent().unwrap(), &self.tools].map(|p| p.display().to_string()).join(":");
        command.args(["-c", line]).env("PATH", format!("{path}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"));
        command
    }

    /// Runs a command line as the person.
    #[track_caller]
    pub fn types(&self, line: &str) -> Ended {
        self.person.run(self.typed(line))
    }

    /// Runs a proposed command exactly as it was printed: as the person, or as root where it says sudo.
    #[track_caller]
    pub fn obeys(&self, proposed: &str) -> Ended {
        let mut command = self.typed(proposed);
        if !proposed.contains("sudo ") {
            return self.person.run(command);
        }
        command.uid(0).gid(0);
        as_root(|| self.person.start(command)).end()
    }
}
