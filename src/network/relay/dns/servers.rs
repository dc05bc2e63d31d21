//! The upstream servers: those of the PC's resolv.conf, read again when it has changed.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Where the PC names them.
pub const PATH: &str = "/etc/resolv.conf";
/// What other resolvers use of the file.
const MOST: usize = 3;
/// A file larger than this is none.
const LARGEST: u64 = 64 * 1024;
/// How long what was read is used without looking.
const FRESH: Duration = Duration::from_secs(1);

/// The upstream servers.
#[derive(Debug)]
pub struct Servers {
    path: PathBuf,
    known: Vec<SocketAddr>,
    looked: Option<Instant>,
    version: Option<(u64, u64, i64, i64)>,
}

impl Servers {
    /// Those of the file at `path`; it is read when the first query comes.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), known: Vec::new(), looked: None, version: None }
    }

    /// The servers now, in the order of the file; without a file it is one on the PC itself, as resolv.conf(5) says.
    /// While the file can not be read, those that it had last.
    pub fn now(&mut self, now: Instant) -> &[SocketAddr] {
        if self.looked.is_none_or(|at| now.saturating_duration_since(at) >= FRESH) {
            self.looked = Some(now);
            self.look();
        }
        &self.known
    }

    fn look(&mut self) {
        let version = fs::metadata(&self.path).ok().filter(|m| m.len() <= LARGEST);
        let version = version.map(|m| (m.ino(), m.len(), m.mtime(), m.mtime_nsec()));
        if version.is_some() && version == self.version {
            return;
        }
        if let Some(text) = version.and_then(|_| fs::read(&self.path).ok()) {
            self.known = parse(&String::from_utf8_lossy(&text));
            self.version = version;
        }
        if self.known.is_empty() {
            self.known = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, super::PORT))];
        }
    }
}

/// The servers that a resolv.conf names. One with a link-local address and a named zone (`fe80::1%eth0`) is passed
/// over: the relay may not look a link's number up.
fn parse(text: &str) -> Vec<SocketAddr> {
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next()?.parse::<IpAddr>().ok()).flatten()
    };
    text.lines().filter_map(server).take(MOST).map(|ip| SocketAddr::new(ip, super::PORT)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_resolv_conf_may_hold() {
        let text = "# nameserver 9.9.9.9\nsearch corp.test\n\tnameserver 127.0.0.53\nnameserver  fd00::53 # x\noptions edns0\n\
                    nameserver fe80::1%eth0\nnameserver nonsense\nnameserver\nnameserver 1.1.1.1\nnameserver 8.8.8.8\n";
        let found: Vec<_> = parse(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["127.0.0.53:53", "[fd00::53]:53", "1.1.1.1:53"]);
    }

    #[test]
    fn it_is_read_again_when_it_has_changed_or_was_replaced() {
        let folder = std::env::temp_dir().join(format!("sep-servers-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("resolv.conf");
        let (mut servers, start) = (Servers::new(&path), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(servers.now(at(0))[0].to_string(), "127.0.0.1:53", "without a file");
        fs::write(&path, "nameserver 192.0.2.53\n").unwrap();
        assert_eq!(servers.now(at(0))[0].to_string(), "127.0.0.1:53", "not looked at again so soon");
        assert_eq!(servers.now(at(2))[0].to_string(), "192.0.2.53:53");
        fs::write(folder.join("new"), "nameserver 192.0.2.54\n").unwrap();
        fs::rename(folder.join("new"), &path).unwrap();
        assert_eq!(servers.now(at(4))[0].to_string(), "192.0.2.54:53");
        fs::remove_file(&path).unwrap();
        assert_eq!(servers.now(at(6))[0].to_string(), "192.0.2.54:53", "the last that were known");
        fs::remove_dir_all(&folder).unwrap();
    }
}
