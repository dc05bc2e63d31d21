//! Furnish: the zone's own file system, made by init inside B before any seal.
//!
//! A new root on a tmpfs takes what the plan names: the PC's programs read-only, one prepared /etc, devices that
//! every program needs, and the zone's home. Nothing else of the PC is mounted, and the old root is let go of.
//! No untrusted program runs before the seals that follow, so nothing here defends against one.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, OFlag, OpenHow, ResolveFlag, open, openat, openat2};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, mkdirat, stat};
use nix::unistd::{chdir, pivot_root, sethostname};

use crate::policy::Plan;
use crate::policy::plan::Shared;
use crate::sys::mount::{Attributes, attach_tree, attach_tree_on, open_tree, open_tree_of, restrict_tree};
use crate::wire::{Code, Failure, Stage};

/// Where the new root grows before it becomes the root: a folder that every PC has.
const SCAFFOLD: &str = "/tmp";

const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
/// Covered by /dev/null, which nothing in the zone can take off: the names of every key of this uid, those of the PC too,
/// and how the PC was started: its disks, often its network and sometimes a password.
pub const COVERED: [&str; 3] = ["/proc/keys", "/proc/key-users", "/proc/cmdline"];
const PROGRAM_LINKS: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/// The zone has its own root; nothing of the PC's mounts is in reach. The first of the types that hold the order.
#[derive(Debug)]
pub struct Furnished(());

/// Makes the file system of the plan the root of this process. `kept` is the zone's /etc and home as the broker has opened
/// them where they lie out of this process's reach; without it they are opened here.
pub fn furnish(plan: &Plan, kept: Vec<OwnedFd>) -> Result<Furnished, Failure> {
    make_private()?;
    let guests = guests(plan, kept)?;
    let shares = shares(plan)?;
    let root = Root(PathBuf::from(SCAFFOLD));
    root.begin()?;
    for guest in &guests {
        root.admit(guest)?;
    }
    root.links()?;
    root.proc()?;
    root.devices()?;
    root.scratch(plan)?;
    for (share, tree) in &shares {
        root.share(&share.inside, tree.as_fd())?;
    }
    root.become_root()?;
    identity(plan)?;
    Ok(Furnished(()))
}

/// What of the PC's file system the zone will see, and where.
struct Guest {
    at: PathBuf,
    tree: OwnedFd,
    device: bool,
}

/// Opens every one before the scaffold is put up, which may cover the place that it comes from.
fn guests(plan: &Plan, kept: Vec<OwnedFd>) -> Result<Vec<Guest>, Failure> {
    let (mut guests, mut kept) = (Vec::new(), kept.into_iter());
    let unmerged = PROGRAM_LINKS.iter().map(|name| Path::new("/").join(name)).filter(|path| !path.is_symlink());
    for path in plan.files.read_only.iter().cloned().chain(unmerged).filter(|path| path.is_dir()) {
        guests.push(Guest { tree: opened(&path, Attributes::FOR_READING)?, at: path, device: false });
    }
    for path in devices(plan) {
        guests.push(Guest {
            tree: opened(&path, Attributes::NO_SUID.and(Attributes::NO_EXEC))?,
            at: path,
            device: true,
        });
    }
    let mut keep = |path: PathBuf, attributes| kept.next().map_or_else(|| opened(&path, attributes), Ok);
    let etc = keep(plan.store.data.join("etc"), Attributes::FOR_READING.and(Attributes::NO_EXEC))?;
    guests.push(Guest { at: "/etc".into(), tree: etc, device: false });
    if !plan.files.memory_home {
        let home = keep(plan.home_on_host(), Attributes::FOR_WRITING)?;
        guests.push(Guest { at: plan.person.home.clone(), tree: home, device: false });
    }
    Ok(guests)
}

/// What one launch shares of the user's folders.
fn shares(plan: &Plan) -> Result<Vec<(&Shared, OwnedFd)>, Failure> {
    let attributes = |share: &Shared| {
        let own = if share.writable { Attributes::FOR_WRITING } else { Attributes::FOR_READING };
        if plan.files.exec_home { own } else { own.and(Attributes::NO_EXEC) }
    };
    let opened = |share: &Shared| {
        let (path, folder) = (&share.outside, without_links(&share.outside)?);
        restricted(open_tree_of(folder.as_fd()), path, attributes(share))
    };
    plan.files.shared.iter().map(|share| Ok((share, opened(share)?))).collect()
}

/// Opens a folder that had no link on its way when it was judged. Another zone that it is shared with may have put one
/// there since.
fn without_links(path: &Path) -> Result<OwnedFd, Failure> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_NO_SYMLINKS);
    openat2(AT_FDCWD, path, how).map_err(say("open", path.display()))
}

/// The devices of every program and, where the plan has the GPU, its render nodes: never the card's own nodes, which
/// rule the screen.
fn devices(plan: &Plan) -> Vec<PathBuf> {
    let plain = DEVICES.iter().map(|name| Path::new("/dev").join(name));
    let nodes = fs::read_dir("/dev/dri").into_iter().flatten().flatten().map(|entry| entry.path());
    let render = nodes.filter(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("renderD")));
    if plan.files.gpu { plain.chain(render).collect() } else { plain.collect() }
}

fn opened(path: &Path, attributes: Attributes) -> Result<OwnedFd, Failure> {
    restricted(open_tree(path), path, attributes)
}

fn restricted(tree: io::Result<OwnedFd>, path: &Path, attributes: Attributes) -> Result<OwnedFd, Failure> {
    let tree = tree.map_err(say("open", path.display()))?;
    restrict_tree(tree.as_fd(), attributes).map_err(say("restrict", path.display()))?;
    Ok(tree)
}

/// Nothing that is mounted here from now on is seen on the PC.
fn make_private() -> Result<(), Failure> {
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).map_err(say("make private", "/"))
}

/// The new root while it is built.
struct Root(PathBuf);

impl Root {
    fn begin(&self) -> Result<(), Failure> {
        let device = || stat(&self.0).map(|found| found.st_dev).map_err(say("look at", self.0.display()));
        let before = device()?;
        mount(Some("zone"), &self.0, Some("tmpfs"), MsFlags::MS_NOSUID, Some("mode=755,size=1m,nr_inodes=1k"))
            .map_err(say("mount", "/"))?;
        // what is made from here on must not end up in the PC's folder
        if device()? == before {
            return Err(Failure::new(Stage::Furnish, Code::Differs, &["mount /", "a new one", "the PC's"]));
        }
        self.folder(Path::new("/dev"), 0o755)
    }

    fn admit(&self, guest: &Guest) -> Result<(), Failure> {
        if guest.device {
            if let Some(parent) = guest.at.parent().filter(|parent| *parent != Path::new("/dev")) {
                self.folder(parent, 0o755)?;
            }
            fs::File::create(self.at(&guest.at)).map_err(say("create", guest.at.display()))?;
        } else {
            self.folder(&guest.at, 0o755)?;
        }
        attach_tree(guest.tree.as_fd(), &self.at(&guest.at)).map_err(say("mount", guest.at.display()))
    }

    /// The links that lead from the root to the PC's programs (merged /usr).
    fn links(&self) -> Result<(), Failure> {
        for name in PROGRAM_LINKS {
            if let Ok(target) = fs::read_link(Path::new("/").join(name)) {
                symlink(target, self.0.join(name)).map_err(say("link", name))?;
            }
        }
        Ok(())
    }

    fn proc(&self) -> Result<(), Failure> {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        self.mount("proc", "/proc", flags, "")?;
        COVERED.into_iter().try_for_each(|path| self.cover(path))
    }

    /// Puts /dev/null over a file, where it is there.
    fn cover(&self, path: &str) -> Result<(), Failure> {
        let (null, none) = (self.at(Path::new("/dev/null")), None::<&str>);
        match mount(Some(&null), &self.at(Path::new(path)), none, MsFlags::MS_BIND, none) {
            Err(Errno::ENOENT) => Ok(()),
            other => other.map_err(say("cover", path)),
        }
    }

    fn devices(&self) -> Result<(), Failure> {
        for (name, target) in [
            ("fd", "/proc/self/fd"),
            ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
            ("ptmx", "pts/ptmx"),
        ] {
            symlink(target, self.0.join("dev").join(name)).map_err(say("link", name))?;
        }
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
        self.mount("devpts", "/dev/pts", flags, "newinstance,ptmxmode=0666,mode=0620")?;
        self.mount("mqueue", "/dev/mqueue", flags | MsFlags::MS_NODEV, "")
    }

    /// Places to write that are gone with the zone.
    fn scratch(&self, plan: &Plan) -> Result<(), Failure> {
        let size = plan.files.scratch_mib;
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        for place in ["/tmp", "/dev/shm"] {
            self.mount("tmpfs", place, flags, &format!("mode=1777,size={size}m"))?;
        }
        if plan.files.memory_home {
            self.mount("tmpfs", &plan.person.home.to_string_lossy(), flags, &format!("mode=700,size={size}m"))?;
        }
        self.mount("tmpfs", "/run", flags, "mode=755,size=16m")?;
        self.folder(Path::new(&format!("/run/user/{}", plan.person.uid)), 0o700)?;
        self.folder(Path::new("/run/lock"), 0o755)?;
        self.folder(Path::new("/var/lib/dbus"), 0o755)?;
        for (name, target) in [("tmp", "/tmp"), ("run", "/run"), ("lib/dbus/machine-id", "/etc/machine-id")] {
            symlink(target, self.0.join("var").join(name)).map_err(say("link", name))?;
        }
        Ok(())
    }

    /// Mounts a folder of the user. Its place may lie below the zone's home, where the zone's programs were before: each
    /// part of the way is opened by itself, so that no link of theirs is followed.
    fn share(&self, place: &Path, tree: BorrowedFd<'_>) -> Result<(), Failure> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let failed = |cause| say("create", place.display())(cause);
        let mut folder = open(&self.0, flags, Mode::empty()).map_err(failed)?;
        for part in place.strip_prefix("/").unwrap_or(place) {
            let there = match openat(&folder, part, flags, Mode::empty()) {
                Err(Errno::ENOENT) => mkdirat(&folder, part, Mode::from_bits_truncate(0o755))
                    .and_then(|()| openat(&folder, part, flags, Mode::empty())),
                there => there,
            };
            folder = there.map_err(failed)?;
        }
        attach_tree_on(tree, folder.as_fd()).map_err(say("mount", place.display()))
    }

    /// The finished tree becomes the root and nothing can be added to it.
    fn become_root(&self) -> Result<(), Failure> {
        chdir(&self.0).map_err(say("enter", "/"))?;
        pivot_root(".", ".").map_err(say("change the root to", "/"))?;
        umount2(".", MntFlags::MNT_DETACH).map_err(say("unmount", "the PC's file system"))?;
        chdir("/").map_err(say("enter", "/"))?;
        let flags =
            MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        mount(None::<&str>, "/", None::<&str>, flags, None::<&str>).map_err(say("make read-only", "/"))
    }

    fn at(&self, path: &Path) -> PathBuf {
        self.0.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn folder(&self, path: &Path, mode: u32) -> Result<(), Failure> {
        fs::DirBuilder::new().recursive(true).mode(mode).create(self.at(path)).map_err(say("create", path.display()))
    }

    fn mount(&self, kind: &str, to: &str, flags: MsFlags, options: &str) -> Result<(), Failure> {
        let path = Path::new(to);
        self.folder(path, 0o755)?;
        mount(Some(kind), &self.at(path), Some(kind), flags, Some(options)).map_err(say("mount", to))
    }
}

/// The zone's host name, and no further namespaces where its programs have no use for them: a second lock beside
/// the filter, in the kernel's own accounting.
fn identity(plan: &Plan) -> Result<(), Failure> {
    sethostname(&plan.person.hostname).map_err(say("set", "host name"))?;
    if plan.seals.nested_namespaces {
        return Ok(());
    }
    // of the others none can be made without a capability, which is had in a new user namespace only
    let limit = "/proc/sys/user/max_user_namespaces";
    fs::write(limit, "0").map_err(say("write", limit))
}

fn say<E: Into<io::Error>>(verb: &'static str, object: impl std::fmt::Display) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Furnish, verb, object)
}
