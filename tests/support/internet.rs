//! An internet of its own for one test, made by an ordinary user: in a user namespace of its own the test is the PC,
//! and a network namespace behind it holds the servers. Whole programs meet it through a real zone.
//!
//! The machine's own network, mounts and /etc are neither touched nor asked: names come from the resolver here, and
//! the addresses are those of documentation (RFC 5737). `PC` has a /etc that a test may change as an administrator.
#![allow(dead_code)]

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Packet, PacketFlag, QTYPE, ResourceRecord, TYPE};

use crate::support::person::{Person, wait_for};
use crate::support::{clone3, fork_wait, needs};

/// A web site by its name; every other name of the lab has the same address.
pub const SITE: &str = "www.lab.test";
/// A name whose address is private.
pub const INSIDE: &str = "inside.lab.test";
/// The site's address.
pub const ADDRESS: &str = "198.51.100.10";
/// A server of a business network, which answers just as well.
pub const PRIVATE: &str = "10.20.0.10";
/// The PC's own address.
pub const OWN: &str = "203.0.113.2";
/// What the SSH server says before it closes.
pub const BANNER: &str = "SSH-2.0-lab_1.0";

const ROUTER: &str = "203.0.113.1";

/// The PC with a person at it.
pub struct Pc {
    /// Who works there.
    pub person: Person,
    /// Files below it are served as `/files/…`.
    pub files: PathBuf,
    top: PathBuf,
    server: i32,
    _hold: UnixStream,
}

/// Runs a body on a PC on the internet, in a child process, and fails when it panics. Nothing where a need is missing.
pub fn on_a_pc(further: &[&str], body: impl FnOnce(&Pc)) {
    let all: Vec<&str> = ["user", "zone", "tun", "ip"].iter().chain(further).copied().collect();
    if needs(&all) {
        fork_wait(|| {
            let pc = Pc::new();
            body(&pc);
            pc.person.settle();
        });
    }
}

impl Pc {
    fn new() -> Self {
        become_administrator();
        let person = Person::new();
        let top = person.top.join("pc");
        let files = top.join("files");
        fs::create_dir_all(&files).unwrap();
        own_etc(&top.join("etc"));
        let (server, hold) = serve(&top);
        lose_capabilities();
        Self { person, files, top, server, _hold: hold }
    }

    /// Writes a file of the PC's /etc; folders above it are made.
    pub fn etc(&self, name: &str, text: &str) {
        let path = self.top.join("etc").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The home as programs of the zone name it.
    pub fn home(&self) -> String {
        let mut plan = self.person.command(crate::support::program("sep-run"));
        plan.args(["--dry-run", "internet"]);
        let plan: serde_json::Value = serde_json::from_str(&self.person.run(plan).good()).unwrap();
        plan["person"]["home"].as_str().unwrap().to_owned()
    }

    /// Puts an empty folder of this test's own in place of one of the PC's.
    pub fn cover(&self, folder: &str) -> PathBuf {
        mount(Some("cover"), folder, Some("tmpfs"), MsFlags::empty(), Some("mode=755")).unwrap();
        PathBuf::from(folder)
    }

    /// What the web server was asked for so far: `ADDRESS HOST PATH AGENT`, a line each.
    pub fn asked(&self) -> String {
        fs::read_to_string(self.top.join("asked")).unwrap_or_default()
    }

    /// A web server with a certificate, on port 443 of the site; ends with the result.
    pub fn serve_tls(&self, certificate: &Path, key: &Path) -> Tls {
        let mut server = Command::new("nsenter");
        server.arg(format!("--net=/proc/{}/ns/net", self.server)).args(["/usr/bin/python3", "-I", "-c", TLS]);
        server.arg(certificate).arg(key).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        keep_capabilities();
        let started = server.spawn();
        lose_capabilities();
        let mut child = started.unwrap();
        child.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
        Tls(child)
    }

    /// The audit log's lines.
    pub fn audited(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.person.top.join("state/sep-run/audit.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until a refusal of this destination is recorded.
    #[track_caller]
    pub fn refused(&self, destination: &str, rule: &str) -> serde_json::Value {
        let find = || {
            let is =
                |l: &serde_json::Value| l["event"] == "refused" && l["destination"] == destination && l["rule"] == rule;
            self.audited().into_iter().rev().find(is)
        };
        wait_for(Duration::from_secs(10), || find().is_some(), || format!("{destination} in {:?}", self.audited()));
        find().unwrap()
    }
}

/// A server that ends with this value.
pub struct Tls(Child);

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Answers every request with a line, and says on standard output when it listens.
const TLS: &str = r#"
import http.server, ssl, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"by TLS\n")
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", 443), Page)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
print("x", flush=True)
server.serve_forever()
"#;

impl Drop for Pc {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.server), Signal::SIGKILL);
    }
}

/// Every capability over namespaces of this test's own, and none over the machine's.
fn become_administrator() {
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET).unwrap();
    fs::write("/proc/self/setgroups", "deny").unwrap();
    fs::write("/proc/self/gid_map", format!("{gid} {gid} 1")).unwrap();
    fs::write("/proc/self/uid_map", format!("{uid} {uid} 1")).unwrap();
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
    keep_capabilities();
    ip("link set lo up");
    fs::write("/proc/sys/net/ipv4/ping_group_range", format!("{gid} {gid}")).unwrap();
}

/// Lets `ip` have the capabilities of this process, which are over namespaces of its own.
fn keep_capabilities() {
    use caps::{CapSet, read, set};
    let held = read(None, CapSet::Permitted).unwrap();
    set(None, CapSet::Inheritable, &held).unwrap();
    set(None, CapSet::Ambient, &held).unwrap();
}

/// From here on what is started is an ordinary user's.
fn lose_capabilities() {
    caps::clear(None, caps::CapSet::Ambient).unwrap();
    caps::clear(None, caps::CapSet::Inheritable).unwrap();
}

fn ip(args: &str) {
    let done = Command::new("ip").args(args.split_whitespace()).output().unwrap();
    assert!(done.status.success(), "ip {args}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A copy of the machine's /etc in its place, with the lab's resolver. What the user can not read is not there.
fn own_etc(copy: &Path) {
    Command::new("cp").args(["-r", "--preserve=links,mode", "/etc"]).arg(copy).output().unwrap();
    for name in ["resolv.conf", "localtime"] {
        let _ = fs::remove_file(copy.join(name));
    }
    fs::write(copy.join("resolv.conf"), format!("nameserver {ROUTER}\n")).unwrap();
    std::os::unix::fs::symlink("/usr/share/zoneinfo/Asia/Seoul", copy.join("localtime")).unwrap();
    mount(Some(copy), "/etc", None::<&str>, MsFlags::MS_BIND, None::<&str>).unwrap();
}

/// The servers' namespace with a cable to this one. They end with the returned socket.
fn serve(top: &Path) -> (i32, UnixStream) {
    let (mut here, mut there) = UnixStream::pair().unwrap();
    let pid = clone3(CloneFlags::empty()).unwrap();
    if pid == 0 {
        drop(here);
        unshare(CloneFlags::CLONE_NEWNET).unwrap();
        there.write_all(&[1]).unwrap();
        there.read_exact(&mut [0]).unwrap();
        for line in ["link set lo up", "link set eth0 up", &format!("addr add {ROUTER}/24 dev eth0")] {
            ip(line);
        }
        for address in [ADDRESS, PRIVATE] {
            ip(&format!("addr add {address}/32 dev lo"));
        }
        start(top);
        there.write_all(&[2]).unwrap();
        let _ = there.read(&mut [0]);
        std::process::exit(0);
    }
    drop(there);
    here.read_exact(&mut [0]).unwrap();
    ip(&format!("link add eth-inet type veth peer name eth0 netns {pid}"));
    ip(&format!("addr add {OWN}/24 dev eth-inet"));
    ip("link set eth-inet up");
    ip(&format!("route add default via {ROUTER}"));
    here.write_all(&[1]).unwrap();
    here.read_exact(&mut [0]).unwrap();
    (pid, here)
}

fn start(top: &Path) {
    let (log, files) = (top.join("asked"), top.join("files"));
    listen(80, move |stream| {
        let _ = web(stream, &log, &files);
    });
    listen(22, |mut stream| {
        let _ = stream.write_all(format!("{BANNER}\r\n").as_bytes());
        let _ = stream.read(&mut [0; 256]);
    });
    let resolver = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 53)).unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((len, from)) = resolver.recv_from(&mut buffer) {
            if let Some(answer) = resolve(&buffer[..len]) {
                let _ = resolver.send_to(&answer, from);
            }
        }
    });
}

fn listen(port: u16, serve: impl Fn(TcpStream) + Clone + Send + 'static) {
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || serve(stream));
        }
    });
}

/// Names of the lab have an address; others have none, so that what a browser asks for by itself ends at once.
fn resolve(query: &[u8]) -> Option<Vec<u8>> {
    let asked = Packet::parse(query).ok()?;
    let question = asked.questions.first()?.clone();
    let mut packet = Packet::new_reply(asked.id());
    packet.set_flags(PacketFlag::RECURSION_AVAILABLE);
    packet.questions.push(question.clone());
    let name = question.qname.to_string().to_lowercase();
    if !name.ends_with("lab.test") {
        *packet.rcode_mut() = simple_dns::RCODE::NameError;
    } else if question.qtype == QTYPE::TYPE(TYPE::A) {
        let address: Ipv4Addr = if name == INSIDE { PRIVATE } else { ADDRESS }.parse().ok()?;
        packet.answers.push(ResourceRecord::new(
            question.qname,
            CLASS::IN,
            60,
            RData::A(A { address: address.into() }),
        ));
    }
    packet.build_bytes_vec().ok()
}

/// One request, one answer, then the end of the connection.
fn web(stream: TcpStream, log: &Path, files: &Path) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut first, mut host, mut agent) = (String::new(), String::new(), String::new());
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("host") => host = value.to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("user-agent") => agent = value.to_owned(),
            Some(_) => {}
            None => break,
        }
    }
    let path = first.split_whitespace().nth(1)?.split('?').next()?;
    let to = stream.local_addr().ok()?.ip();
    let line = format!("{to} {host} {path} {agent}\n");
    OpenOptions::new().create(true).append(true).open(log).ok()?.write_all(line.as_bytes()).ok()?;
    answer(stream, path, files)
}

fn answer(mut stream: TcpStream, path: &str, files: &Path) -> Option<()> {
    let file = path.strip_prefix("/files/").filter(|name| !name.contains("..")).map(|name| files.join(name));
    let found = match (file, path) {
        (Some(file), _) => fs::read(file).ok().map(|body| ("application/octet-stream", body)),
        (None, "/favicon.ico") => None,
        (None, "/hangul") => Some(("text/html; charset=utf-8", glyphs().into_bytes())),
        (None, "/field") => Some(("text/html; charset=utf-8", FIELD.as_bytes().to_vec())),
        (None, _) => Some(("text/html; charset=utf-8", page(path).into_bytes())),
    };
    let (status, (kind, body)) = found.map_or(("404 Not Found", ("text/plain", b"no\n".to_vec())), |f| ("200 OK", f));
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok()
}

/// A page whose title and words tell its path.
fn page(path: &str) -> String {
    let title = path.trim_start_matches('/');
    format!("<!doctype html><title>page {title}</title><body style='background:#0a7'><h1>words of {title}</h1>")
}

/// A page to type into; its title tells the text and every step of composing it.
const FIELD: &str = "<!doctype html><title>wait</title><textarea></textarea><script>
const field = document.querySelector('textarea'), steps = []
field.addEventListener('focus', () => { document.title = 'type here' })
field.addEventListener('compositionupdate', e => { if (e.data && e.data !== steps.at(-1)) steps.push(e.data) })
field.addEventListener('input', () => { document.title = field.value + ' by ' + steps })
field.focus()
</script>";

/// Side of a cell of the page `/hangul`, in pixels.
pub const CELL: usize = 100;
/// What stands in the first row of it, a cell each.
pub const SYLLABLES: &str = "가나다라한글뷁힣";

/// First row: Hangul. Second row: as many characters that no font has. Below: nothing.
fn glyphs() -> String {
    let missing = (0..SYLLABLES.chars().count()).map(|n| char::from_u32(0x10_fff0 + n as u32).unwrap());
    let rows = [SYLLABLES.chars().collect::<Vec<_>>(), missing.collect()];
    let mut body = String::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, c) in row.iter().enumerate() {
            body += &format!("<div style='left:{}px;top:{}px'>{c}</div>", x * CELL, y * CELL);
        }
    }
    format!(
        "<!doctype html><html lang=ko><title>글자</title><style>body{{background:#fff;color:#000;margin:0}}\
         div{{position:absolute;width:{CELL}px;height:{CELL}px;line-height:{CELL}px;font-size:50px;\
         text-align:center;font-family:sans-serif;overflow:hidden}}</style>{body}"
    )
}
