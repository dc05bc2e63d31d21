//! The processes of a zone as the PC's administrator sees them: what confines each is read from /proc.

use std::collections::BTreeMap;
use std::fs;

use crate::support::person::Person;

/// One process of a zone.
#[derive(Debug)]
pub struct Inside {
    /// Its words, with spaces between.
    pub words: String,
    /// Lines of /proc/PID/status.
    status: BTreeMap<String, String>,
    /// Namespaces by kind.
    pub namespaces: BTreeMap<&'static str, String>,
    /// What its root is.
    pub root: String,
}

impl Inside {
    /// A line of /proc/PID/status; `None` where the process is gone.
    pub fn field(&self, name: &str) -> &str {
        self.status.get(name).map_or("", String::as_str)
    }

    fn read(pid: i32) -> Option<Self> {
        let file = |name: &str| fs::read_to_string(format!("/proc/{pid}/{name}")).ok();
        let link = |name: &str| fs::read_link(format!("/proc/{pid}/{name}")).ok();
        let text = |path: std::path::PathBuf| path.to_string_lossy().into_owned();
        let kinds = ["user", "net", "pid", "ipc", "mnt"];
        let namespaces = kinds.into_iter().map(|kind| Some((kind, text(link(&format!("ns/{kind}"))?))));
        let pairs = file("status")?;
        let pairs = pairs.lines().filter_map(|l| l.split_once(':')).map(|(k, v)| (k.to_owned(), v.trim().to_owned()));
        Some(Self {
            words: file("cmdline")?.replace('\0', " "),
            status: pairs.collect(),
            namespaces: namespaces.collect::<Option<_>>()?,
            root: text(link("root")?),
        })
    }
}

/// Every program of this person's zones whose words hold `part`; the clients outside have the same words and no filter.
pub fn all(person: &Person, part: &str) -> Vec<Inside> {
    let sealed = person.left().into_iter().filter_map(|p| Inside::read(p.pid)).filter(|p| p.field("Seccomp") == "2");
    sealed.filter(|p| p.words.contains(part)).collect()
}
