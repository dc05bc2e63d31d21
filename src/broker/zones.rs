//! Where running zones are found: one folder each in the user's runtime directory, with lock, socket and plan.
//!
//! The folder must be the user's own and closed to others, else whoever made it could stand in for a zone.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, geteuid, getpid};

use crate::policy::Plan;
use crate::sys::file::{open_own, read_text};
use crate::wire::{Code, Connection, Failure, Stage};

/// The file of what the relay counts.
const METER: &str = "traffic";
/// More bytes than a plan has.
const LONGEST_PLAN: usize = 4 * 1024 * 1024;

/// A zone's folder below the runtime directory.
#[derive(Debug)]
pub struct Folder(PathBuf);

/// A zone that runs.
#[derive(Debug)]
pub struct Running {
    /// The name of its folder, which is the zone's.
    pub name: String,
    /// To its init.
    pub connection: Connection,
    /// Its plan; `None` where another version has kept it.
    pub plan: Option<Plan>,
    /// What its relay has written about traffic.
    pub totals: String,
}

/// Every zone that runs, by name. A folder of somebody else's below the user's own is no zone.
pub fn all(runtime: &Path) -> Result<Vec<Running>, Failure> {
    if !is_own_if_there(runtime)? {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(runtime).map_err(say("read", runtime))?;
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names.into_iter().filter_map(|name| look(runtime, name)).collect())
}

fn look(runtime: &Path, name: String) -> Option<Running> {
    let folder = runtime.join(&name);
    let connection = knock(&folder).ok().flatten()?;
    let text = |file: &str, most: usize| read_text(&folder.join(file), most).unwrap_or_default();
    let plan = serde_json::from_str(&text("plan.json", LONGEST_PLAN)).ok();
    Some(Running { name, connection, plan, totals: text(METER, 128) })
}

/// Connects to the running zone of this plan. `None` where none runs.
pub fn join(plan: &Plan) -> Result<Option<Connection>, Failure> {
    knock(&plan.store.runtime)
}

fn knock(folder: &Path) -> Result<Option<Connection>, Failure> {
    if !is_own_if_there(folder)? {
        return Ok(None);
    }
    let path = folder.join("init.sock");
    match Connection::to(&path) {
        Ok(zone) => Ok(Some(zone)),
        Err(Errno::ENOENT | Errno::ECONNREFUSED | Errno::ENOTDIR) => Ok(None),
        Err(cause) => Err(Failure::system(Stage::Ask, "connect to", path.display(), cause)),
    }
}

/// The plan of the running zone as it was kept beside its socket.
pub fn remembered(plan: &Plan) -> Option<String> {
    fs::read_to_string(plan.store.runtime.join("plan.json")).ok()
}

/// The folder, made where it is not there, refused where it is not the user's own.
pub fn folder(plan: &Plan) -> Result<Folder, Failure> {
    let path = plan.store.runtime.clone();
    own_folder(&path)?;
    Ok(Folder(path))
}

/// Makes a folder 0700 with its parents, or checks that the one there is the user's own and nobody else's; so is the
/// one above it, else its owner could put another in its place.
pub fn own_folder(path: &Path) -> Result<(), Failure> {
    made_or_own(path, 0o700)
}

/// The same for a folder that everybody may enter.
pub fn public_folder(path: &Path) -> Result<(), Failure> {
    made_or_own(path, 0o755)
}

fn made_or_own(path: &Path, mode: u32) -> Result<(), Failure> {
    // looked at first: at each launch but the first it is there, and mkdir(2) is the slower way to learn that
    if is_own_if_there(path)? {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(mode).create(path).map_err(say("create", path))?;
    if is_own_if_there(path)? { Ok(()) } else { Err(say("look at", path)(Errno::ENOENT)) }
}

/// False where the folder or the one above it is not there; an error where one of them is not the user's own.
fn is_own_if_there(path: &Path) -> Result<bool, Failure> {
    let (above, folder) = (path.parent().map_or(Ok(true), is_own)?, is_own(path)?);
    Ok(above && folder)
}

fn is_own(path: &Path) -> Result<bool, Failure> {
    let found = match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(false),
        other => other.map_err(say("look at", path))?,
    };
    let wrong = if found.is_symlink() {
        "link"
    } else if !found.is_dir() {
        "kind"
    } else if found.uid() != geteuid().as_raw() {
        "owner"
    } else if found.mode() & 0o022 != 0 {
        "mode"
    } else {
        return Ok(true);
    };
    Err(Failure::new(Stage::Authorise, Code::Foreign, &[&path.display().to_string(), wrong]))
}

impl Folder {
    /// Waits for the right to build this zone; it is given back when the value is dropped or the process ends.
    pub fn lock(&self) -> Result<Flock<File>, Failure> {
        let path = self.0.join("lock");
        let file = open_own(&path).map_err(say("open", &path))?;
        Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, cause)| say("lock", &path)(cause))
    }

    /// A socket bound in place of a dead zone's. init calls `listen` on it, so that a client is refused until then.
    pub fn bind(&self) -> Result<OwnedFd, Failure> {
        bind(&self.0.join("init.sock"))
    }

    /// The file for what the zone's relay counts, empty.
    pub fn meter(&self) -> Result<File, Failure> {
        let path = self.0.join(METER);
        let options = &mut File::options();
        let options = options.create(true).write(true).truncate(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
        options.open(&path).map_err(say("open", &path))
    }

    /// The right to show the zone's windows, which the last copy of the descriptor gives back; an error where another has it.
    pub fn display(&self) -> Result<File, Failure> {
        let path = self.0.join("display");
        // for reading: the proxy, which is the user's, gets it
        let options = &mut File::options();
        let options = options.read(true).mode(0o600).custom_flags(libc::O_CREAT | libc::O_NOFOLLOW);
        let file = options.open(&path).map_err(say("open", &path))?;
        file.try_lock().map_err(|cause| say("lock", &path)(std::io::Error::from(cause)))?;
        // the number of the one before is another's by now
        fs::write(&path, "").map_err(say("write", &path)).map(|()| file)
    }

    /// Keeps the number of this process, which has the right and a process group of its own, for [`Folder::end_display`].
    pub fn shown_by_this(&self) -> Result<(), Failure> {
        let path = self.0.join("display");
        fs::write(&path, getpid().to_string()).map_err(say("write", &path))
    }

    /// Ends who has the right: a proxy whose zone has ended, or that nobody can reach any more. Whoever stops it keeps it, and
    /// with it the zone's network and card.
    pub fn end_display(&self) -> Result<(), Failure> {
        let path = self.0.join("display");
        let Ok(file) = File::open(&path) else { return Ok(()) };
        let group = read_text(&path, 16).ok().and_then(|text| text.parse().ok()).map(Pid::from_raw);
        // as long as somebody has the lock the group is there, and its number nobody else's
        if let (Err(_), Some(group)) = (file.try_lock(), group) {
            match killpg(group, Signal::SIGKILL) {
                Ok(()) | Err(Errno::ESRCH) => file.lock().map_err(say("lock", &path))?,
                Err(cause) => return Err(say("end", &path)(cause)),
            }
        }
        Ok(())
    }

    /// Keeps the plan of the zone beside its socket, for the message about a difference, which says less without it.
    pub fn remember(&self, plan: &Plan) {
        let _ = fs::write(self.0.join("plan.json"), plan.to_json());
    }
}

/// A socket bound at a path, in place of what a dead process has left there.
pub fn bind(path: &Path) -> Result<OwnedFd, Failure> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(say("remove", path)(cause)),
        _ => {}
    }
    Connection::bound(path).map_err(say("bind", path))
}

/// The text of a file that decides over others: this process's user owns it, and nobody else may write to it.
pub fn own_text(path: &Path, most: usize) -> Result<String, Failure> {
    let found = fs::symlink_metadata(path).map_err(say("read", path))?;
    let wrong = match () {
        () if !found.is_file() => "kind",
        () if found.uid() != geteuid().as_raw() => "owner",
        () if found.mode() & 0o022 != 0 => "mode",
        () => return read_text(path, most).map_err(say("read", path)),
    };
    Err(Failure::new(Stage::Authorise, Code::Foreign, &[&path.display().to_string(), wrong]))
}

fn say<E: Into<std::io::Error>>(verb: &'static str, path: &Path) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Authorise, verb, path.display())
}
