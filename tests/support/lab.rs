//! A lab for the relay, made of network namespaces by each test itself: a PC with a card to the internet, a server
//! namespace behind it, and a zone (user namespace A with its network, programs in a user namespace B below it).
//!
//! The machine's own interfaces, mounts and devices are not touched: the PC is a namespace of its own, and a
//! /dev/net/tun that users may open is mounted in the test's own mount namespace.
#![allow(dead_code)]

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Gid, Pid, Uid, setgroups, setresgid, setresuid};
use sep_run::audit::{Log, Pen};
use sep_run::network::nic::relay::{Plugged, plug};
use sep_run::network::relay::{self, Seed};
use sep_run::policy::plan::{LogConnections, Relay};
use sep_run::wire::{Connection, Failure};

use super::clone3;

/// The ordinary user.
pub const USER: u32 = 54_321;
/// A web site.
pub const SITE: &str = "198.51.100.10";
/// Another one.
pub const OTHER: &str = "198.51.100.11";
/// A site that the plan denies.
pub const DENIED: &str = "198.51.100.66";
/// The EMR on the business network.
pub const EMR: &str = "10.20.0.10";
/// A private host that is not business.
pub const PRINTER: &str = "192.168.7.9";
/// The PC's own address.
pub const PC: &str = "203.0.113.2";
/// The PC's upstream resolver.
pub const DNS: &str = "203.0.113.1";
/// A web site by IPv6.
pub const SITE6: &str = "2001:db8:100::10";
/// The zone's resolver.
pub const GATE: &str = "192.0.2.1:53";

/// A plan that opens the internet, with a business prefix and a denied one.
pub fn plan() -> Relay {
    Relay {
        business: vec!["10.20.0.0/16".into(), "fd20::/64".into()],
        deny: vec![format!("{DENIED}/32")],
        log: LogConnections::All,
        ..Relay::default()
    }
}

/// The whole lab, seen from the PC.
pub struct Lab {
    /// The relay process.
    pub relay: i32,
    /// A process in A.
    pub a: i32,
    server: i32,
    init: Option<Connection>,
    audit: PathBuf,
    hold: UnixStream,
}

/// Makes this process the PC: namespaces of its own, a tun device that users may open, a resolv.conf of its own.
pub fn become_pc(tun_mode: u32) {
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET).unwrap();
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
    mount(Some("tmpfs"), "/mnt", Some("tmpfs"), MsFlags::empty(), none).unwrap();
    mknod("/mnt/tun", SFlag::S_IFCHR, Mode::from_bits_truncate(tun_mode), makedev(10, 200)).unwrap();
    fs::set_permissions("/mnt/tun", std::os::unix::fs::PermissionsExt::from_mode(tun_mode)).unwrap();
    mount(Some("/mnt/tun"), "/dev/net/tun", none, MsFlags::MS_BIND, none).unwrap();
    fs::write("/mnt/resolv.conf", format!("nameserver {DNS}\n")).unwrap();
    mount(Some("/mnt/resolv.conf"), "/etc/resolv.conf", none, MsFlags::MS_BIND, none).unwrap();
    ip("link set lo up");
    fs::write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647").unwrap();
}

/// Lets programs that this process starts have its capabilities.
pub fn keep_capabilities() {
    use caps::{CapSet, read, set};
    let held = read(None, CapSet::Permitted).unwrap();
    set(None, CapSet::Inheritable, &held).unwrap();
    set(None, CapSet::Ambient, &held).unwrap();
}

/// Runs `ip` in this process's network namespace.
pub fn ip(args: &str) {
    let done = Command::new("ip").args(args.split_whitespace()).output().unwrap();
    assert!(done.status.success(), "ip {args}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A link of the PC that leads nowhere.
pub fn dead_link(name: &str) {
    ip(&format!("link add {name} type veth peer name {name}-end"));
    ip(&format!("link set {name} up"));
    ip(&format!("link set {name}-end up"));
}

/// The descriptors of a process.
pub fn fds(pid: i32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

impl Lab {
    /// PC, servers, zone and relay.
    pub fn new(plan: &Relay, v6: bool) -> Self {
        become_pc(0o666);
        let server = serve_internet();
        Self::with_server(plan, v6, server)
    }

    /// The zone and its relay, on a PC and with servers that are there.
    pub fn with_server(plan: &Relay, v6: bool, server: i32) -> Self {
        let (a, plugged, hold) = build(plan, v6);
        let plugged = plugged.unwrap();
        let (init, there) = Connection::pair().unwrap();
        let audit = PathBuf::from("/mnt/audit");
        let log = OpenOptions::new().create(true).read(true).append(true).open(&audit).unwrap();
        let mut head = OpenOptions::new();
        head.create(true).truncate(false).read(true).write(true);
        let head = head.open(sep_run::audit::head(&audit)).unwrap();
        let log = Log::new(log, head, Duration::from_millis(5));
        let meter = std::fs::File::create("/mnt/traffic").unwrap();
        let relay = clone3(CloneFlags::empty()).unwrap();
        if relay == 0 {
            drop(init);
            become_user();
            stdio_to_null();
            let keep: Vec<i32> = plugged.fds().iter().map(|f| f.as_raw_fd()).collect();
            let files = log.fds().map(|f| f.as_raw_fd());
            let keep = [&[0, 1, 2, there_fd(&there), meter.as_raw_fd()][..], &files, &keep].concat();
            sep_run::sys::fd::close_all_but(&keep).unwrap();
            relay::run(Seed {
                zone: "internet".into(),
                plan: plan.clone(),
                plugged,
                init: there,
                audit: Pen::Log(log),
                meter,
            });
        }
        Self { relay, a, server, init: Some(init), audit, hold }
    }

    /// Runs a body as a program of the zone that has every capability in a user namespace of its own (the worst
    /// that a program can be), and fails when it panics.
    pub fn in_zone(&self, body: impl FnOnce()) {
        let pid = self.start_in_zone(body);
        assert_eq!(waitpid(Pid::from_raw(pid), None).unwrap(), WaitStatus::Exited(Pid::from_raw(pid), 0));
    }

    /// The same, without waiting for it.
    pub fn start_in_zone(&self, body: impl FnOnce()) -> i32 {
        let pid = clone3(CloneFlags::empty()).unwrap();
        if pid == 0 {
            report_panics();
            // init's end of the pair above all: the zone has ended when nobody has it
            sep_run::sys::fd::close_all_but(&[0, 1, 2]).unwrap();
            let entered = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                setgroups(&[]).unwrap();
                setns(open(self.a, "user"), CloneFlags::CLONE_NEWUSER).unwrap();
                setns(open(self.a, "net"), CloneFlags::CLONE_NEWNET).unwrap();
                set_ids();
                unshare(CloneFlags::CLONE_NEWUSER).unwrap();
                write_maps("self");
                body();
            }));
            std::process::exit(i32::from(entered.is_err()));
        }
        pid
    }

    /// The audit log's lines so far.
    pub fn audit(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(&self.audit).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until a line has all these fields, and returns it.
    pub fn audited(&self, fields: &[(&str, &str)]) -> serde_json::Value {
        let until = Instant::now() + Duration::from_secs(3);
        let plain = |v: &serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
        loop {
            let lines = self.audit();
            let found = lines.iter().find(|l| fields.iter().all(|(k, v)| plain(&l[*k]) == *v));
            if let Some(line) = found {
                return line.clone();
            }
            assert!(Instant::now() < until, "no line with {fields:?} in {lines:#?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Closes init's end of the pair, as the end of the zone does, and returns how the relay ended.
    pub fn end_zone(&mut self) -> WaitStatus {
        self.init = None;
        let until = Instant::now() + Duration::from_secs(3);
        loop {
            match waitpid(Pid::from_raw(self.relay), Some(nix::sys::wait::WaitPidFlag::WNOHANG)).unwrap() {
                WaitStatus::StillAlive => assert!(Instant::now() < until, "the relay goes on after its zone"),
                ended => return ended,
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether the relay is there.
    pub fn relay_lives(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/stat", self.relay)).is_ok_and(|s| !s.contains(") Z "))
    }

    /// Runs `ip` in the servers' namespace.
    pub fn servers_ip(&self, args: &str) {
        let net = format!("--net=/proc/{}/ns/net", self.server);
        let done = Command::new("nsenter").arg(net).arg("ip").args(args.split_whitespace()).status().unwrap();
        assert!(done.success(), "ip {args}");
    }

    /// Stops the servers, as a cable does that is pulled.
    pub fn stop_servers(&self) {
        kill(Pid::from_raw(self.server), Signal::SIGKILL).unwrap();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for pid in [self.relay, self.a, self.server] {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
}

fn there_fd(connection: &Connection) -> i32 {
    use std::os::fd::AsFd;
    connection.as_fd().as_raw_fd()
}

/// A process in A, what `plug` made there, and what keeps it alive.
pub fn build(plan: &Relay, v6: bool) -> (i32, Result<Plugged, Failure>, UnixStream) {
    build_after(|| {}, plan, v6)
}

/// The same, with something done in the namespace before.
pub fn build_after(first: impl FnOnce(), plan: &Relay, v6: bool) -> (i32, Result<Plugged, Failure>, UnixStream) {
    let (here, there) = Connection::pair().unwrap();
    let (hold, held) = UnixStream::pair().unwrap();
    let maker = clone3(CloneFlags::empty()).unwrap();
    if maker == 0 {
        drop((here, hold));
        report_panics();
        become_user();
        let (mut go, mut going) = UnixStream::pair().unwrap();
        let a = clone3(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET).unwrap();
        if a == 0 {
            drop(go);
            let _ = going.read(&mut [0]);
            first();
            tell(&there, plug(plan, v6));
            drop(there);
            let _ = (&held).read(&mut [0]);
            std::process::exit(0);
        }
        write_maps(&a.to_string());
        go.write_all(&[1]).unwrap();
        there.send(&a.to_ne_bytes(), &[]).unwrap();
        std::process::exit(0);
    }
    drop((there, held));
    let (mut a, mut plugged) = (None, None);
    while a.is_none() || plugged.is_none() {
        let message = here.receive().unwrap().expect("the builder says something");
        match message.bytes.as_slice() {
            bytes if bytes.len() == 4 => a = Some(i32::from_ne_bytes(bytes.try_into().unwrap())),
            b"plugged" => plugged = Some(Plugged::from_fds(message.fds)),
            bytes => {
                let (_, mut from) = sep_run::wire::Reader::new(bytes).unwrap();
                plugged = Some(Err(Failure::read(&mut from).unwrap()));
            }
        }
    }
    waitpid(Pid::from_raw(maker), None).unwrap();
    (a.unwrap(), plugged.unwrap(), hold)
}

fn tell(to: &Connection, plugged: Result<Plugged, Failure>) {
    match plugged {
        Ok(plugged) => to.send(b"plugged", &plugged.fds()).unwrap(),
        Err(failure) => {
            let mut message = sep_run::wire::Writer::new(1);
            failure.write(&mut message);
            to.send(&message.finish().unwrap(), &[]).unwrap();
        }
    }
}

fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let _ = nix::unistd::write(std::io::stderr(), format!("in a process of the lab: {info}\n").as_bytes());
    }));
}

fn become_user() {
    setgroups(&[]).unwrap();
    set_ids();
}

fn set_ids() {
    let (uid, gid) = (Uid::from_raw(USER), Gid::from_raw(USER));
    setresgid(gid, gid, gid).unwrap();
    setresuid(uid, uid, uid).unwrap();
    nix::sys::prctl::set_dumpable(true).unwrap();
}

fn write_maps(pid: &str) {
    fs::write(format!("/proc/{pid}/setgroups"), "deny").unwrap();
    for map in ["gid_map", "uid_map"] {
        fs::write(format!("/proc/{pid}/{map}"), format!("{USER} {USER} 1")).unwrap();
    }
}

fn open(pid: i32, kind: &str) -> OwnedFd {
    File::open(format!("/proc/{pid}/ns/{kind}")).unwrap().into()
}

fn stdio_to_null() {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null").unwrap();
    nix::unistd::dup2_stdin(&null).unwrap();
    nix::unistd::dup2_stdout(&null).unwrap();
    nix::unistd::dup2_stderr(&null).unwrap();
}

/// The servers: a namespace with every address of the lab but the PC's. Returns their process.
pub fn serve_internet() -> i32 {
    let (mut here, mut there) = UnixStream::pair().unwrap();
    let pid = clone3(CloneFlags::empty()).unwrap();
    if pid == 0 {
        drop(here);
        report_panics();
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        there.write_all(&[1]).unwrap();
        there.read_exact(&mut [0]).unwrap();
        for line in [
            "link set lo up",
            "link set eth0 up",
            "addr add 203.0.113.1/24 dev eth0",
            "-6 addr add 2001:db8:113::1/64 dev eth0 nodad",
            "-6 addr add 2001:db8:100::10/128 dev lo",
            "-6 addr add fd20::10/128 dev lo",
        ] {
            ip(line);
        }
        for address in [SITE, OTHER, DENIED, EMR, PRINTER] {
            ip(&format!("addr add {address}/32 dev lo"));
        }
        super::servers::start();
        there.write_all(&[2]).unwrap();
        std::thread::sleep(Duration::from_secs(120));
        std::process::exit(0);
    }
    drop(there);
    here.read_exact(&mut [0]).unwrap();
    ip(&format!("link add eth-inet type veth peer name eth0 netns {pid}"));
    for line in [
        "addr add 203.0.113.2/24 dev eth-inet",
        "-6 addr add 2001:db8:113::2/64 dev eth-inet nodad",
        "link set eth-inet up",
        "route add default via 203.0.113.1",
        "-6 route add default via 2001:db8:113::1",
    ] {
        ip(line);
    }
    here.write_all(&[1]).unwrap();
    here.read_exact(&mut [0]).unwrap();
    pid
}

/// Connects with a time limit.
pub fn connect(to: &str, port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&at(to, port), Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(stream)
}

/// A socket address of text.
pub fn at(to: &str, port: u16) -> SocketAddr {
    SocketAddr::new(to.parse().unwrap(), port)
}

/// Whether a word said to the echo server comes back: what "reached" means in all tests.
pub fn reaches(to: &str, port: u16) -> bool {
    let said = || -> std::io::Result<bool> {
        let mut stream = connect(to, port)?;
        stream.write_all(b"word")?;
        let mut back = [0; 4];
        stream.read_exact(&mut back)?;
        Ok(&back == b"word")
    };
    said().unwrap_or(false)
}

/// Whether a connection is reset before anything comes: what "refused" looks like to a program.
pub fn is_reset(to: &str, port: u16) -> bool {
    let read = connect(to, port).and_then(|mut stream| stream.read(&mut [0]));
    read.is_err_and(|e| e.raw_os_error() == Some(nix::libc::ECONNRESET))
}

/// Whether a datagram comes back from the echo server.
pub fn reaches_udp(to: &str, port: u16) -> bool {
    let local = if to.contains(':') { "[::]:0" } else { "0.0.0.0:0" };
    let said = || -> std::io::Result<bool> {
        let socket = UdpSocket::bind(local)?;
        socket.set_read_timeout(Some(Duration::from_millis(700)))?;
        socket.send_to(b"word", at(to, port))?;
        let mut back = [0; 64];
        let (len, from) = socket.recv_from(&mut back)?;
        Ok(&back[..len] == b"word" && from == at(to, port))
    };
    said().unwrap_or(false)
}
