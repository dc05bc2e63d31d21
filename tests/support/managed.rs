//! A PC that its organisation manages, made by root for one test: a site file, profiles of root's, a real `sepd`.
#![allow(dead_code)]

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::mount::{MsFlags, mount};

#[path = "cgroup.rs"]
pub mod cgroup;

use crate::pc::{Pc, USER, as_root, cover, on_own_pc};
use crate::support::person::{Ended, LIMIT, Running, listens, wait_for};
use crate::support::program;

/// Where the broker is asked.
pub const SOCKET: &str = "/run/sep-run/sepd.sock";
/// Within this time the broker has let go of a client that says nothing.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(25);
/// A second person, who is given nothing.
pub const STRANGER: u32 = 54_400;

/// A profile for probing: any program, with terminal and pipes.
pub const LAB: &str = r#"{"files": {"exec_home": true}, "launch": {"stdio": true, "programs":
    {"sh": ["<any>"], "true": [], "cat": ["<any>"], "sleep": ["<any>"], "python3": ["<any>"]}}}"#;

/// Two networks around the PC, each with a server: a business one, whose card the PC keeps, and an internet one, whose card
/// goes to the zones. Programs in them end with the test, whose process is the first of its namespace.
const LANS: &str = r#"set -e
server() { # namespace, link on the PC, its address, the PC's link address
  unshare -n sh -c 'echo up; exec sleep 600' >/tmp/.up.$1 & 
  while ! grep -q up /tmp/.up.$1; do sleep 0.01; done; rm /tmp/.up.$1
  ip link add $2 address $4 type veth peer name lan netns $!
  for what in 'link set lo up' 'link set lan up' "addr add $3 dev lan"; do nsenter -t $! -n ip $what; done
  echo $! >/run/$1.pid
}
server business eth-biz 10.20.0.10/16 02:00:00:0b:00:01
server internet eth-inet 198.51.100.10/24 02:00:00:0a:00:01
ip link set lo up; ip addr add 10.20.0.50/16 dev eth-biz; ip link set eth-biz up; ip route add default via 10.20.0.10
i() { nsenter -t $(cat /run/internet.pid) -n "$@"; }
i ip addr add 203.0.113.1/24 dev lan; i ip route add default dev lan
b() { nsenter -t $(cat /run/business.pid) -n "$@"; }
b ip route add default dev lan
for place in b:10.20.0.10 i:198.51.100.10 i:203.0.113.1; do
  ${place%%:*} setsid python3 -I -m http.server -d /run/www --bind ${place#*:} 80 >/dev/null 2>&1 &
done
setsid python3 -I -m http.server -d /run/www --bind 10.20.0.50 80 >/dev/null 2>&1 &
"#;

/// The site of such a PC.
pub const TWO_NETWORKS: &str = r#"{"version": 1, "profiles": {"lab": {"users": ["kim"]}, "second": {"users": ["kim"]}},
    "business": {"prefixes": ["10.20.0.0/16"], "nics": ["02:00:00:0b:00:01"]},
    "uplinks": {"inet": {"nic": "02:00:00:0a:00:01", "static":
        {"first": "203.0.113.50/24", "count": 16, "gateway": "203.0.113.1", "dns": ["203.0.113.1"]}}}}"#;

/// The PC, with the person that the site gives its profiles to.
pub struct Managed<'a> {
    /// The PC.
    pub pc: &'a Pc,
}

/// Runs a body on a managed PC of its own. Nothing where a need is missing.
pub fn on_managed_pc(further: &[&str], body: impl FnOnce(&Managed)) {
    let cgroup = cgroup::Own::new();
    on_own_pc(further, |pc| {
        as_root(|| cgroup.enter());
        as_root(own_system);
        let managed = Managed { pc };
        managed.site(r#"{"version": 1, "profiles": {"lab": {"users": ["kim"]}}}"#);
        managed.profile("lab", LAB);
        body(&managed);
    });
}

/// Folders of the system that are this test's own.
fn own_system() {
    let etc = std::env::temp_dir().join("etc");
    fs::create_dir(&etc).unwrap();
    cover(&etc);
    assert!(Command::new("/bin/cp").args(["-a", "/etc/."]).arg(&etc).status().unwrap().success());
    mount(Some(&etc), "/etc", None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
    for (file, line) in [("passwd", "kim:x:54321:54321:Kim:/home/kim:/bin/sh\n"), ("group", "kim:x:54321:\n")] {
        let path = Path::new("/etc").join(file);
        fs::write(&path, fs::read_to_string(&path).unwrap() + line).unwrap();
    }
    ["/run", "/var"].into_iter().for_each(cover);
    ["/var/lib", "/var/log"].into_iter().for_each(|path| fs::create_dir(path).unwrap());
    let _ = fs::remove_dir_all("/etc/sep-run");
    fs::create_dir_all("/etc/sep-run/profiles").unwrap();
}

impl Managed<'_> {
    /// Writes the site's file.
    pub fn site(&self, json: &str) {
        as_root(|| fs::write("/etc/sep-run/site.json", json).unwrap());
    }

    /// Writes a profile of root's.
    pub fn profile(&self, name: &str, json: &str) {
        as_root(|| fs::write(format!("/etc/sep-run/profiles/{name}.json"), json).unwrap());
    }

    /// Puts the PC between two networks, and gives its zones cards on the second.
    pub fn two_networks(&self) {
        as_root(|| fs::create_dir("/run/www").and_then(|()| fs::write("/run/www/index.html", "page")).unwrap());
        self.root(LANS).good();
        self.site(TWO_NETWORKS);
        for name in ["lab", "second"] {
            self.profile(name, &LAB.replacen('{', r#"{"network": {"card": "macvlan"}, "#, 1));
        }
        for server in ["10.20.0.10", "10.20.0.50"] {
            let answers = || self.root(&format!("curl -s -m 1 http://{server}/")).status == 0;
            wait_for(LIMIT, answers, || format!("no server at {server}: {}", self.root("ip addr; ss -ltn").text()));
        }
    }

    /// Starts `sepd` and waits until it can be asked.
    pub fn broker(&self) -> Rooted {
        let mut command = self.pc.person.command(program("sepd"));
        command.arg("--listen").uid(0).gid(0);
        let broker = Rooted(Some(as_root(|| self.pc.person.start(command))));
        wait_for(LIMIT, || listens(Path::new(SOCKET)), || format!("sepd: {}", broker.complained()));
        broker
    }

    /// Runs a shell script in the zone of a profile.
    #[track_caller]
    pub fn inside(&self, profile: &str, script: &str) -> Ended {
        self.pc.person.inside(profile, script)
    }

    /// Runs a shell script in the zone of a profile as somebody whom this PC does not know by name.
    #[track_caller]
    pub fn stranger(&self, profile: &str, script: &str) -> Ended {
        self.somebody(profile, script, STRANGER, STRANGER)
    }

    /// The same as the person, with a group more.
    #[track_caller]
    pub fn in_group(&self, group: &str, profile: &str, script: &str) -> Ended {
        self.member(group, profile, script, USER)
    }

    /// The same as somebody with this number.
    #[track_caller]
    pub fn member(&self, group: &str, profile: &str, script: &str, uid: u32) -> Ended {
        let gid = self.root(&format!("getent group {group} | cut -d: -f3")).good().parse().unwrap();
        self.somebody(profile, script, uid, gid)
    }

    fn somebody(&self, profile: &str, script: &str, uid: u32, gid: u32) -> Ended {
        let mut command = self.pc.person.command("/usr/bin/setpriv");
        let ids = [format!("--reuid={uid}"), format!("--regid={uid}"), format!("--groups={gid}")];
        command.args(ids).arg(program("sep-run")).args([profile, "--", "sh", "-c", script]).uid(0).gid(0);
        as_root(|| self.pc.person.start(command)).end()
    }

    /// Runs a shell script as root of the PC.
    #[track_caller]
    pub fn root(&self, script: &str) -> Ended {
        let mut command = self.pc.person.command("/bin/sh");
        command.args(["-c", script]).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").uid(0).gid(0);
        as_root(|| self.pc.person.start(command)).end()
    }

    /// Starts a program as root of the PC.
    pub fn start_root<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Rooted {
        let mut words = words.into_iter();
        let mut command = self.pc.person.command(format!("/usr/bin/{}", words.next().unwrap()));
        command.args(words).uid(0).gid(0);
        Rooted(Some(as_root(|| self.pc.person.start(command))))
    }

    /// Listens on the wire of one of the two networks for what does not belong there.
    pub fn listen(&self, kind: &str) -> Rooted {
        let pid = self.root(&format!("cat /run/{kind}.pid")).good();
        let script = include_str!("../managed/wire.py");
        let wire = self.start_root(["nsenter", "-t", &pid, "-n", "python3", "-I", "-c", script, "lan", kind]);
        wire.until_said("listening");
        wire
    }

    /// Waits until nobody runs under an id.
    #[track_caller]
    pub fn settle(&self, uid: u32) {
        // what has ended waits for this test's process, which is the first of its namespace and takes none
        let left = || self.root(&format!("ps -o stat=,pid=,args= -u {uid} | grep -v ^Z")).text();
        wait_for(LIMIT, || left().is_empty(), || format!("left: {}", left()));
    }

    /// `sepctl WORDS…` as root.
    #[track_caller]
    pub fn root_sepctl(&self, words: &str) -> Ended {
        self.root(&format!("{} {words}", program("sepctl").display()))
    }

    /// The lines of the system's audit log.
    pub fn log(&self) -> Vec<serde_json::Value> {
        let text = as_root(|| fs::read_to_string("/var/log/sep-run/audit.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Waits until a process with these words runs.
pub fn until(managed: &Managed, words: &str) {
    let there = || managed.root(&format!("pgrep -fx '{words}'")).status == 0;
    wait_for(LIMIT, there, || format!("no {words}"));
}

/// A program that root started, and that ends with this.
pub struct Rooted(Option<Running>);

impl std::ops::Deref for Rooted {
    type Target = Running;

    fn deref(&self) -> &Running {
        self.0.as_ref().unwrap()
    }
}

impl Drop for Rooted {
    fn drop(&mut self) {
        // who is not root can not end it
        as_root(|| drop(self.0.take()));
    }
}
