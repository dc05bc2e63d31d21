//! The few facts of the PC and its user that a plan needs. Read, never judged: the broker checks who owns what.
//!
//! No NSS: a static program asks /etc/passwd itself, and a user of a directory service has `$USER`.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::plan::{Ids, Mode, Store};
use super::resolve::is_login;
use super::site::Site;
use crate::sys::file::read_text;

/// What is known of the PC and its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Who makes zones on it.
    pub mode: Mode,
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Login name.
    pub login: String,
    /// Login shell, or /bin/sh where the zone would not have it.
    pub shell: String,
    /// The user's home on the PC.
    pub home: PathBuf,
    /// The user's folders by the XDG rules.
    pub xdg: XdgFolders,
    /// The PC's time zone (`Asia/Seoul`), if it says one.
    pub time_zone: Option<String>,
    /// What the organisation decided of the PC's networks; nothing in personal mode.
    pub lan: Option<Lan>,
    /// Folders with the PC's programs, those that are there and are no symbolic links.
    pub program_folders: Vec<PathBuf>,
}

/// The user's folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XdgFolders {
    /// `$XDG_CONFIG_HOME` or `~/.config`.
    pub config: PathBuf,
    /// `$XDG_DATA_HOME` or `~/.local/share`.
    pub data: PathBuf,
    /// `$XDG_STATE_HOME` or `~/.local/state`.
    pub state: PathBuf,
    /// Folder of ours that is gone with the session: `sep-run` below `$XDG_RUNTIME_DIR`, or below `/run/user/UID` where
    /// that is not set or is somebody else's (cron, ssh, su: whoever the user is there meets the zones of the desktop),
    /// else `/tmp/sep-run-UID`. Only as good as the owner and mode that the broker finds.
    pub runtime: PathBuf,
}

/// The PC's networks, as a zone meets them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lan {
    /// What the organisation decided.
    pub site: Site,
    /// The zone's number on this PC.
    pub number: u32,
    /// The PC's machine id.
    pub machine: String,
}

/// What managed zones keep between runs, a folder each by the zone's user id.
pub const SYSTEM_DATA: &str = "/var/lib/sep-run/zones";
/// What they have while they run.
pub const SYSTEM_RUNTIME: &str = "/run/sep-run/zones";
/// The log of all managed zones.
pub const SYSTEM_AUDIT: &str = "/var/log/sep-run/audit.jsonl";

/// The most that is read of /etc/passwd, in bytes.
const MAX_PASSWD: usize = 1024 * 1024;

impl Host {
    /// The audit log: the user's own, or the system's.
    pub fn audit(&self) -> PathBuf {
        match self.mode {
            Mode::Personal => self.xdg.state.join("sep-run/audit.jsonl"),
            Mode::Managed { .. } => SYSTEM_AUDIT.into(),
        }
    }

    /// Where a zone of this name lies.
    pub fn store(&self, zone: &str) -> Store {
        let (data, runtime) = match self.mode {
            Mode::Personal => (self.xdg.data.join("sep-run").join(zone), self.xdg.runtime.join(zone)),
            Mode::Managed { zone: Ids { uid, .. }, .. } => {
                (Path::new(SYSTEM_DATA).join(uid.to_string()), Path::new(SYSTEM_RUNTIME).join(uid.to_string()))
            }
        };
        Store { data, runtime, audit: self.audit() }
    }

    /// What the broker of the system knows of a user: nothing comes from the user's environment or files. Their folders are
    /// not looked at, which could take for ever.
    pub fn managed(caller: Ids, mode: Mode, lan: Lan) -> Self {
        let facts = Facts { env: &|_| None, passwd: &text("/etc/passwd"), owner: &|_| Owner::Hidden };
        Self { mode, lan: Some(lan), ..Self::from_facts(caller.uid, caller.gid, &facts) }
    }

    /// Asks the PC.
    pub fn gather() -> Self {
        let (uid, gid) = (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw());
        let env = |name: &str| std::env::var_os(name);
        let facts = Facts { env: &env, passwd: &text("/etc/passwd"), owner: &owner };
        Self::from_facts(uid, gid, &facts)
    }

    /// Whether the home is a folder of this user's. It is another one's after a `su` or `sudo` that keeps the
    /// environment, and nobody's where neither `$HOME` nor /etc/passwd names one.
    pub fn has_home(&self) -> bool {
        owner(&self.home) == Owner::Is(self.uid)
    }

    /// The home without symbolic links on its way: what folders are compared with that come without them.
    pub fn real_home(&self) -> PathBuf {
        real(&self.home)
    }

    /// Folders with the user's settings, data, records and session, in the same form.
    pub fn real_own(&self) -> [PathBuf; 4] {
        let XdgFolders { config, data, state, runtime } = &self.xdg;
        // all of the session, not only our part of it
        let session = if runtime.ends_with("sep-run") { runtime.parent() } else { None };
        [config, data, state, session.unwrap_or(runtime)].map(real)
    }

    /// The same from given facts.
    fn from_facts(uid: u32, gid: u32, facts: &Facts<'_>) -> Self {
        let Facts { env, passwd, owner } = facts;
        let entry = passwd_entry(passwd, uid);
        let absolute = |name: &str| env(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let home = absolute("HOME").or(entry.as_ref().map(|e| e.home.clone())).unwrap_or_else(|| "/".into());
        let user = env("USER").and_then(|u| u.into_string().ok());
        let login = entry.as_ref().map(|e| e.login.clone()).or(user).filter(|n| is_login(n));
        let shell = entry.map(|e| e.shell).filter(|s| s.starts_with("/bin/") || s.starts_with("/usr/bin/"));
        let is_own = |path: &Path| owner(path) == Owner::Is(uid);
        // one that is not there is made where this user may make it
        let can_be = |path: &Path| owner(path) == Owner::Missing && path.parent().is_some_and(is_own);
        let named = absolute("XDG_RUNTIME_DIR").filter(|path| is_own(path) || can_be(path));
        let usual = || Some(PathBuf::from(format!("/run/user/{uid}"))).filter(|path| is_own(path));
        let runtime = named.or_else(usual).map(|p| p.join("sep-run"));
        let xdg = XdgFolders {
            config: absolute("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")),
            data: absolute("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share")),
            state: absolute("XDG_STATE_HOME").unwrap_or_else(|| home.join(".local/state")),
            runtime: runtime.unwrap_or_else(|| format!("/tmp/sep-run-{uid}").into()),
        };
        Self {
            mode: Mode::Personal,
            uid,
            gid,
            login: login.unwrap_or_else(|| "user".into()),
            shell: shell.unwrap_or_else(|| "/bin/sh".into()),
            home,
            xdg,
            time_zone: time_zone(),
            lan: None,
            program_folders: program_folders(),
        }
    }
}

/// What a [`Host`] is made of.
struct Facts<'a> {
    env: &'a dyn Fn(&str) -> Option<OsString>,
    /// The text of /etc/passwd.
    passwd: &'a str,
    owner: &'a dyn Fn(&Path) -> Owner,
}

/// Whose a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Is(u32),
    /// It can be made.
    Missing,
    /// It lies where this user can not look.
    Hidden,
}

fn owner(path: &Path) -> Owner {
    match path.metadata() {
        Ok(folder) => Owner::Is(folder.uid()),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Owner::Missing,
        Err(_) => Owner::Hidden,
    }
}

/// A path without symbolic links on its way, as far as it is there.
fn real(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    let found =
        path.ancestors().find_map(|above| Some(above.canonicalize().ok()?.join(path.strip_prefix(above).ok()?)));
    found.unwrap_or_else(|| path.to_owned())
}

struct PasswdEntry {
    login: String,
    home: PathBuf,
    shell: String,
}

fn passwd_entry(passwd: &str, uid: u32) -> Option<PasswdEntry> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (login, _, id) = (fields.next()?, fields.next()?, fields.next()?);
        let (_, _, home, shell) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let own = id.parse() == Ok(uid) && home.starts_with('/');
        own.then(|| PasswdEntry { login: login.into(), home: home.into(), shell: shell.into() })
    })
}

/// A file's text, empty where it can not be read: every fact has something to fall back to.
fn text(path: &str) -> String {
    read_text(Path::new(path), MAX_PASSWD).unwrap_or_default()
}

fn time_zone() -> Option<String> {
    let link = std::fs::read_link("/etc/localtime").unwrap_or_default();
    let from_link = link.to_str().and_then(|l| l.split_once("zoneinfo/")).map(|(_, zone)| zone.to_owned());
    let zone = from_link.unwrap_or_else(|| text("/etc/timezone").trim().to_owned());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/_+-".contains(&b);
    (!zone.is_empty() && zone.len() <= 64 && zone.bytes().all(plain)).then_some(zone)
}

/// On a merged-/usr system /bin and /lib are links into /usr, which the zone makes again; else they are shown.
fn program_folders() -> Vec<PathBuf> {
    let names = ["/usr", "/opt", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
    let real = |path: &&str| Path::new(path).symlink_metadata().is_ok_and(|m| m.is_dir());
    names.into_iter().filter(real).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nbad line\nkim:x:1000:1000:Kim,,,:/home/kim:/usr/bin/zsh\n\
                          odd:x:1001:1001::/home/odd:/home/odd/sh\n";

    fn host(uid: u32, env: &[(&str, &str)]) -> Host {
        let find = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        let owner = |path: &Path| match path.to_str() {
            Some("/run/user/1000" | "/r" | "/home/kim") => Owner::Is(1000),
            Some("/root/r") => Owner::Hidden,
            _ => Owner::Missing,
        };
        Host::from_facts(uid, uid, &Facts { env: &find, passwd: PASSWD, owner: &owner })
    }

    #[test]
    fn the_name_comes_from_passwd_then_user_then_a_word() {
        assert_eq!(host(1000, &[("USER", "eve")]).login, "kim");
        assert_eq!(host(54_321, &[("USER", "eve")]).login, "eve");
        assert_eq!(host(54_321, &[("USER", "../eve")]).login, "user");
        assert_eq!(host(54_321, &[]).login, "user");
    }

    #[test]
    fn folders_follow_the_xdg_rules() {
        let plain = host(1000, &[]);
        assert_eq!(plain.home, Path::new("/home/kim"));
        assert_eq!(plain.xdg.data, Path::new("/home/kim/.local/share"));
        let set = [("HOME", "/h"), ("XDG_DATA_HOME", "relative"), ("XDG_STATE_HOME", "/s"), ("XDG_RUNTIME_DIR", "/r")];
        let xdg = host(1000, &set).xdg;
        assert_eq!((xdg.data, xdg.state, xdg.runtime), ("/h/.local/share".into(), "/s".into(), "/r/sep-run".into()));
    }

    #[test]
    fn the_runtime_folder_is_the_users_own_wherever_it_is_named() {
        let runtime = |uid, named| host(uid, &[("XDG_RUNTIME_DIR", named)]).xdg.runtime;
        assert_eq!(runtime(1000, "/r"), Path::new("/r/sep-run"));
        assert_eq!(runtime(1000, "/home/kim/run"), Path::new("/home/kim/run/sep-run"), "not made yet");
        for named in ["", "relative", "/root/r", "/run/user/0"] {
            assert_eq!(runtime(1000, named), Path::new("/run/user/1000/sep-run"), "{named:?}");
        }
        // the folder of who has called su
        assert_eq!(runtime(1001, "/run/user/1000"), Path::new("/tmp/sep-run-1001"));
    }

    #[test]
    fn folders_are_known_by_where_their_links_lead() {
        let top = std::env::temp_dir().join(format!("sep-run-real-{}", std::process::id()));
        std::fs::create_dir_all(top.join("disk/kim")).unwrap();
        std::os::unix::fs::symlink("disk", top.join("home")).unwrap();
        let top = top.canonicalize().unwrap();
        let host = host(1000, &[("HOME", top.join("home/kim").to_str().unwrap()), ("XDG_RUNTIME_DIR", "/r")]);
        assert_eq!((&host.home, host.real_home()), (&top.join("home/kim"), top.join("disk/kim")));
        assert_eq!(host.real_own()[0], top.join("disk/kim/.config"), "not made yet");
        assert_eq!(host.real_own()[3], Path::new("/r"));
        std::fs::remove_dir_all(top).unwrap();
    }

    #[test]
    fn a_shell_that_the_zone_has_not_is_not_its_shell() {
        assert_eq!(host(1000, &[]).shell, "/usr/bin/zsh");
        assert_eq!(host(1001, &[]).shell, "/bin/sh");
    }
}
