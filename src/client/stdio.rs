//! What stands in the three places of a program's stdio, judged by what the user's own descriptors are.
//!
//! | the user has | the program gets |
//! |---|---|
//! | nothing, /dev/null | the zone's own /dev/null |
//! | a terminal | the zone's own terminal, which the client shows on the user's |
//! | a pipe without a name, open in the one direction that its place needs | itself |
//! | a directory, an `O_PATH` descriptor, an eventfd and its like | nothing: the launch is refused |
//! | anything else: files, sockets, devices, named pipes, pipes open for reading *and* writing | a pipe, pumped |
//!
//! A file is never passed, although it could not be opened anew: whoever holds a descriptor of a file that the user
//! owns may change its mode, its dates and its attributes, lease it and lock it, also where it is open for reading
//! only (fchmod(2), fsetxattr(2), fcntl(2)). Neither Landlock nor a filter can tell that from the same on a file of
//! the zone.

use std::cell::LazyCell;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::termios::tcgetattr;

use super::pump::{Pump, Running, Way};
use super::screen::Screen;
use crate::sys::file::{self, read_text};
use crate::sys::tty;
use crate::wire::{Code, Failure, Stage, Stdio, WindowSize};

const NAMES: [&str; 3] = ["stdin", "stdout", "stderr"];

/// File systems whose files are the kernel's own business: no process of anybody is asked when one is read, so a pump
/// of one can be waited for.
const ORDINARY: [&str; 22] = [
    "bcachefs", "btrfs", "cifs", "erofs", "exfat", "ext2", "ext3", "ext4", "f2fs", "iso9660", "jfs", "nfs", "nfs4",
    "ntfs3", "overlay", "ramfs", "smb3", "squashfs", "tmpfs", "udf", "vfat", "xfs",
];

/// The mounts of this process, read where a file makes it necessary.
type Mounts = LazyCell<String>;
const MOUNTS: &str = "/proc/self/mountinfo";
/// The most that is read of them, in bytes: a file on a mount further down is pumped as one that may wait for ever.
const MAX_MOUNTS: usize = 16 * 1024 * 1024;

/// What the three descriptors of this process become.
#[derive(Debug)]
pub struct Prepared {
    /// For the launch.
    pub stdio: [Stdio; 3],
    /// What stands beside the launch, in the order of the [`Stdio::Passed`] places.
    pub fds: Vec<OwnedFd>,
    /// The user's window, 24 by 80 where there is none.
    pub window: WindowSize,
    pub(super) screen: Option<Screen>,
    pumps: Vec<Pump>,
    pub(super) running: Vec<Running>,
    /// Whether the zone may give the program no terminal though the user has one: an organisation's profile decides.
    pub(super) may_be_left_out: bool,
}

/// What one descriptor is for a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Null,
    Terminal,
    Pass,
    Pump,
    /// Pumped, and what the program did not take is given back at its end: the next reader of the file goes on there.
    Lend,
    Refuse(&'static str),
}

/// Judges descriptors 0 to 2 of this process and makes the pipes that are needed. Nothing is read or written yet.
///
/// # Errors
/// [`Code::BadStdio`] for what can neither enter a zone nor be pumped; a failed system call.
pub fn prepare() -> Result<Prepared, Failure> {
    let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    from([stdin.as_fd(), stdout.as_fd(), stderr.as_fd()])
}

fn from(user: [BorrowedFd<'_>; 3]) -> Result<Prepared, Failure> {
    let mut prepared = Prepared {
        stdio: [Stdio::Null; 3],
        fds: Vec::new(),
        window: WindowSize { rows: 24, columns: 80 },
        screen: None,
        pumps: Vec::new(),
        running: Vec::new(),
        may_be_left_out: false,
    };
    let mounts: Mounts = LazyCell::new(|| read_text(Path::new(MOUNTS), MAX_MOUNTS).unwrap_or_default());
    let mut pumped: Option<(file::Kind, usize)> = None;
    for (at, (fd, name)) in user.iter().zip(NAMES).enumerate() {
        let way = if at == 0 { Way::In } else { Way::Out };
        let cause = |cause: std::io::Error| Failure::system(Stage::Parse, "examine", name, cause);
        let (place, kind) = judge(*fd, way, &mounts).map_err(cause)?;
        match place {
            Place::Null => continue,
            Place::Terminal => prepared.show_on(*fd).map_err(|e| cause(e.into()))?,
            Place::Refuse(kind) => return Err(Failure::new(Stage::Parse, Code::BadStdio, &[name, kind])),
            Place::Pass => prepared.fds.push(fd.try_clone_to_owned().map_err(cause)?),
            Place::Pump | Place::Lend => {
                let way = if place == Place::Lend { Way::Lent } else { way };
                // `2>&1`: one pipe for both, so that the order of what is written is kept
                let same = pumped.filter(|(other, _)| way == Way::Out && *other == kind).map(|p| p.1);
                let end = prepared.pump(*fd, way, same).map_err(cause)?;
                if way == Way::Out {
                    pumped = Some((kind, prepared.fds.len()));
                }
                prepared.fds.push(end);
            }
        }
        if let Some(stands) = prepared.stdio.get_mut(at) {
            *stands = if place == Place::Terminal { Stdio::Pty } else { Stdio::Passed };
        }
    }
    Ok(prepared)
}

impl Prepared {
    fn show_on(&mut self, terminal: BorrowedFd<'_>) -> nix::Result<()> {
        if self.screen.is_none() {
            let screen = Screen::open(terminal)?;
            self.window = screen.window();
            self.screen = Some(screen);
        }
        Ok(())
    }

    fn pump(&mut self, user: BorrowedFd<'_>, way: Way, same: Option<usize>) -> std::io::Result<OwnedFd> {
        if let Some(end) = same.and_then(|at| self.fds.get(at)) {
            return end.try_clone();
        }
        let (pump, end) = Pump::new(way, user.try_clone_to_owned()?)?;
        self.pumps.push(pump);
        Ok(end)
    }

    /// Starts what will carry bytes, once: before the program, so that what can not be started is known before.
    pub(super) fn start(&mut self) -> Result<(), Failure> {
        for pump in self.pumps.drain(..) {
            let started = pump.start().map_err(|cause| Failure::system(Stage::Attach, "start", "pump", cause))?;
            self.running.push(started);
        }
        Ok(())
    }

    /// True when all three are the user's terminal: the program is then in its foreground from the start. In a
    /// pipeline another program may want the terminal, and this one gets it when it first asks.
    pub(super) fn is_whole_terminal(&self) -> bool {
        self.stdio == [Stdio::Pty; 3]
    }
}

fn judge(fd: BorrowedFd<'_>, way: Way, mounts: &Mounts) -> std::io::Result<(Place, file::Kind)> {
    let none = file::Kind { format: 0, device: (0, 0), mount: 0, identity: (0, 0, 0) };
    let flags = match fcntl(fd, FcntlArg::F_GETFL) {
        Err(Errno::EBADF) => return Ok((Place::Null, none)),
        other => OFlag::from_bits_retain(other?),
    };
    if flags.contains(OFlag::O_PATH) {
        return Ok((Place::Refuse("path"), none));
    }
    let kind = file::kind(fd)?;
    let fits = flags & OFlag::O_ACCMODE == if way == Way::In { OFlag::O_RDONLY } else { OFlag::O_WRONLY };
    let place = match kind.format {
        libc::S_IFCHR => device(fd, kind.device),
        libc::S_IFIFO if fits && is_nameless(fd) => Place::Pass,
        libc::S_IFREG if way == Way::In && is_ordinary(kind.mount, mounts) => Place::Lend,
        libc::S_IFDIR => Place::Refuse("directory"),
        0 => Place::Refuse("anonymous"),
        _ => Place::Pump,
    };
    Ok((place, kind))
}

fn device(fd: BorrowedFd<'_>, number: (u32, u32)) -> Place {
    if number == (1, 3) {
        Place::Null
    } else if tcgetattr(fd).is_ok() && tty::pty_number(fd).is_err() {
        Place::Terminal
    } else {
        Place::Pump
    }
}

/// True for a pipe that is in no file system: the kernel names it `pipe:[NUMBER]`, where a file has a path.
fn is_nameless(fd: BorrowedFd<'_>) -> bool {
    use std::os::fd::AsRawFd;
    let link = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd()));
    link.is_ok_and(|name| name.as_os_str().as_encoded_bytes().starts_with(b"pipe:["))
}

/// True when the mount is one of this process's and of an ordinary kind. `fstatfs` would ask a file server.
fn is_ordinary(mount: u64, mounts: &str) -> bool {
    let id = mount.to_string();
    mounts.lines().filter(|line| line.split(' ').next() == Some(&id)).any(|line| {
        let kind = line.split_once(" - ").and_then(|(_, after)| after.split(' ').next());
        kind.is_some_and(|kind| ORDINARY.contains(&kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;

    fn place_of(fd: impl AsFd, way: Way) -> Place {
        judge(fd.as_fd(), way, &LazyCell::new(|| fs::read_to_string(MOUNTS).unwrap())).unwrap().0
    }

    #[test]
    fn each_kind_has_its_place() {
        let dir = std::env::temp_dir();
        let path = dir.join(format!("sep-run-stdio-{}", std::process::id()));
        let both = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        let (read_end, write_end) = std::io::pipe().unwrap();
        let socket = std::os::unix::net::UnixStream::pair().unwrap().0;
        let event = nix::sys::memfd::memfd_create(c"x", nix::sys::memfd::MFdFlags::empty()).unwrap();
        let opath = OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(&path).unwrap();
        let named = dir.join(format!("sep-run-fifo-{}", std::process::id()));
        nix::unistd::mkfifo(&named, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let fifo = OpenOptions::new().read(true).write(true).open(&named).unwrap();
        let fifo = OpenOptions::new().read(true).open(format!("/proc/self/fd/{}", fifo.as_raw_fd())).unwrap();
        assert_eq!(place_of(fifo, Way::In), Place::Pump, "a pipe that has a mode of its own");
        fs::remove_file(named).unwrap();
        assert_eq!(place_of(&both, Way::In), Place::Lend);
        assert_eq!(place_of(fs::File::open(&path).unwrap(), Way::In), Place::Lend);
        assert_eq!(place_of(fs::File::open(&path).unwrap(), Way::Out), Place::Pump);
        assert_eq!(place_of(OpenOptions::new().append(true).open(&path).unwrap(), Way::Out), Place::Pump);
        assert_eq!(place_of(opath, Way::In), Place::Refuse("path"));
        assert_eq!(place_of(fs::File::open(&dir).unwrap(), Way::In), Place::Refuse("directory"));
        assert_eq!(place_of(read_end, Way::In), Place::Pass);
        assert_eq!(place_of(write_end, Way::Out), Place::Pass);
        assert_eq!(place_of(socket, Way::Out), Place::Pump);
        assert_eq!(place_of(event, Way::Out), Place::Pump, "a file of no mount that is known");
        assert_eq!(place_of(fs::File::open("/dev/null").unwrap(), Way::In), Place::Null);
        assert_eq!(place_of(fs::File::open("/dev/zero").unwrap(), Way::In), Place::Pump);
        assert_eq!(place_of(fs::File::open("/proc/self/stat").unwrap(), Way::In), Place::Pump);
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_system_of_fuse_is_not_ordinary() {
        let line = "40 30 0:50 / /home/u/s rw,nosuid shared:9 - fuse.sshfs u@h:/ rw,user_id=1";
        assert!(!is_ordinary(40, line) && !is_ordinary(4, line));
        assert!(is_ordinary(41, "41 30 8:1 / / rw,relatime - ext4 /dev/sda1 rw"));
    }
}
