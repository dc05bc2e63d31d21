//! Which program a line of the audit log names: real programs in a real zone, on a PC on the internet.
//!
//! A name is a hint. So each test that finds one has a twin where there is none to be found, or a false one is offered.

#[path = "support/internet.rs"]
mod internet;
mod support;

use std::time::{Duration, Instant};

use internet::{ADDRESS, PRIVATE, Pc, on_a_pc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::person::{Running, wait_for};

const NEEDS: &[&str] = &["python3"];

/// What programs of these tests begin with: `refused` connects to a closed address and waits for the reset.
const BEGIN: &str = "
import ctypes, os, socket, sys, time
prctl = ctypes.CDLL(None).prctl
def refused(port, family=socket.AF_INET, prefix=''):
    s = socket.socket(family)
    s.settimeout(20)
    begin = time.monotonic()
    try:
        s.connect((prefix + '10.20.0.10', port))
        s.recv(1)
    except ConnectionResetError:
        return time.monotonic() - begin
    sys.exit('it was not reset')
def clerk():
    for pid in filter(str.isdigit, os.listdir('/proc')):
        if open('/proc/%s/comm' % pid).read() == 'sep-run: clerk\\n':
            return int(pid)
";

/// Starts a program of Python in the zone.
fn start(pc: &Pc, script: &str) -> Running {
    let script = format!("{BEGIN}{script}");
    pc.person.start(pc.person.sep_run("internet", ["/usr/bin/python3", "-I", "-c", &script]))
}

/// Runs it to its end, and returns what it printed.
#[track_caller]
fn run(pc: &Pc, script: &str) -> String {
    start(pc, script).end_within(Duration::from_secs(60)).good()
}

/// Where the interpreter really lies.
fn python() -> String {
    std::fs::canonicalize("/usr/bin/python3").unwrap().to_str().unwrap().to_owned()
}

/// The only line whose field has this value, once it is there.
#[track_caller]
fn line(pc: &Pc, field: &str, value: impl Into<serde_json::Value>) -> serde_json::Value {
    let value = value.into();
    let found = || pc.audited().into_iter().filter(|l| l[field] == value).collect::<Vec<_>>();
    wait_for(Duration::from_secs(10), || !found().is_empty(), || format!("{field} {value}: {:?}", pc.audited()));
    let [line] = &found()[..] else { panic!("one event, one line: {:?}", found()) };
    line.clone()
}

/// The program that the line about a port names.
#[track_caller]
fn program(pc: &Pc, port: u16) -> String {
    line(pc, "port", port)["program"].as_str().unwrap().to_owned()
}

#[test]
fn each_refusal_names_the_file_that_the_program_runs() {
    on_a_pc(&["python3", "curl"], |pc| {
        assert!(std::path::Path::new("/usr/bin/curl").exists());
        let took = run(pc, "print(*(round(1000 * refused(n), 1) for n in [9001, 8001, 8002, 8003]))");
        println!("reset after {took} ms, the first with the start of the clerk");
        run(pc, "refused(9002, socket.AF_INET6, '::ffff:')");
        let curl = pc.person.inside("internet", &format!("curl -sS --max-time 20 http://{PRIVATE}:9003/"));
        assert_ne!(curl.status, 0);
        assert_eq!((program(pc, 9001), program(pc, 9002)), (python(), python()));
        assert_eq!(program(pc, 9003), std::fs::canonicalize("/usr/bin/curl").unwrap().to_str().unwrap());
        let line = line(pc, "port", 9001);
        assert_eq!((&line["event"], &line["destination"]), (&"refused".into(), &PRIVATE.into()));
        assert_eq!((&line["rule"], &line["protocol"]), (&"private".into(), &"tcp".into()));
    });
}

#[test]
fn datagrams_echoes_and_names_have_owners_too() {
    on_a_pc(&["python3", "ping"], |pc| {
        pc.person.profile("internet", r#"{"network": {"names_denied": ["closed.test"]}}"#);
        run(
            pc,
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('10.20.0.10', 9001)); s.send(b'x')
s.settimeout(20)
try:
    s.recv(1)
except OSError:
    pass
del s
try:
    socket.getaddrinfo('www.closed.test', 80, socket.AF_INET)
    sys.exit('it has an address')
except socket.gaierror:
    pass",
        );
        assert_eq!((program(pc, 9001), line(pc, "port", 9001)["protocol"].as_str()), (python(), Some("udp")));
        assert_eq!(line(pc, "name", "www.closed.test")["program"], python());
        pc.person.inside("internet", &format!("ping -n -c 1 -W 1 {PRIVATE}"));
        let ping = std::fs::canonicalize("/usr/bin/ping").unwrap();
        assert_eq!(line(pc, "protocol", "icmp")["program"], ping.to_str().unwrap());
    });
}

#[test]
fn a_program_that_calls_itself_otherwise_is_named_by_its_file() {
    on_a_pc(NEEDS, |pc| {
        let name = "prctl(15, b'firefox', 0, 0, 0); print(open('/proc/self/comm').read(), end='')";
        assert_eq!(run(pc, &format!("{name}; refused(9001)")), "firefox");
        assert_eq!(program(pc, 9001), python());
    });
}

#[test]
fn a_program_in_a_namespace_of_its_own_is_seen_and_one_that_closes_itself_is_not() {
    on_a_pc(NEEDS, |pc| {
        let nested = "if ctypes.CDLL(None).unshare(0x10000000): sys.exit('no namespace')
";
        run(pc, &format!("{nested}refused(9001)"));
        run(pc, "prctl(4, 0, 0, 0, 0); refused(9002)");
        assert_eq!((program(pc, 9001), program(pc, 9002)), (python(), "unknown".to_owned()));
    });
}

/// Stops the relay, so that what a program does is heard after the program has done it.
fn deaf<T>(pc: &Pc, body: impl FnOnce() -> T) -> T {
    let ours = pc.person.left();
    // on the PC itself, and a child of neither the test nor a client
    let (own, is_ours) = (std::process::id() as i32, |pid: i32| ours.iter().any(|p| p.pid == pid));
    let relays: Vec<_> = ours.iter().filter(|p| p.pid == p.inner && p.parent != own && !is_ours(p.parent)).collect();
    let [relay] = &relays[..] else { panic!("one relay: {ours:?}") };
    kill(Pid::from_raw(relay.pid), Signal::SIGSTOP).unwrap();
    let done = body();
    kill(Pid::from_raw(relay.pid), Signal::SIGCONT).unwrap();
    done
}

#[test]
fn a_program_that_has_ended_is_unknown() {
    on_a_pc(NEEDS, |pc| {
        let keeper = start(pc, "print('up', flush=True); time.sleep(60)");
        keeper.until_said("up");
        deaf(pc, || run(pc, "s = socket.socket(); s.connect(('10.20.0.10', 9001))"));
        assert_eq!(program(pc, 9001), "unknown");
        let waiting = deaf(pc, || {
            let waiting = start(pc, "print('up', flush=True); refused(9002)");
            waiting.until_said("up");
            std::thread::sleep(Duration::from_millis(200));
            waiting
        });
        assert_eq!(waiting.end().status, 0);
        assert_eq!(program(pc, 9002), python(), "the twin");
    });
}

#[test]
fn three_hundred_refusals_at_once_have_a_line_each() {
    on_a_pc(NEEDS, |pc| {
        let begin = Instant::now();
        let took = run(
            pc,
            "all = [socket.socket() for _ in range(300)]
begin = time.monotonic()
for n, s in enumerate(all):
    s.setblocking(False)
    s.connect_ex(('10.20.0.10', 10000 + n))
for s in all:
    s.settimeout(20)
    try:
        s.recv(1)
        sys.exit('not reset')
    except ConnectionResetError:
        pass
print(int(1000 * (time.monotonic() - begin)))",
        );
        assert!(took.parse::<u32>().unwrap() < 3_000, "{took} ms");
        let ports = || pc.audited().iter().filter_map(|l| l["port"].as_u64()).collect::<Vec<_>>();
        wait_for(Duration::from_secs(10), || ports().len() >= 300, || format!("{:?}", ports()));
        let mut seen = ports();
        seen.sort_unstable();
        assert_eq!(seen, (10_000..10_300).collect::<Vec<_>>());
        let lines = pc.audited();
        let named = lines.iter().filter(|l| l["program"] == python()).count();
        let unknown = lines.iter().filter(|l| l["program"] == "unknown").count();
        println!("{named} named, {unknown} unknown, reset after {took} ms, {:?} in all", begin.elapsed());
        assert_eq!(named + unknown, 300);
        assert!(named > 0, "a machine that is busy names few of them, but not none");
        assert!(lines.is_sorted_by_key(|l| l["time"].as_str().unwrap().to_owned()), "in order of arrival");
    });
}

#[test]
fn the_end_of_a_connection_names_the_program_that_made_it() {
    on_a_pc(NEEDS, |pc| {
        pc.person.profile("internet", r#"{"network": {"log": {"connections": "all"}}}"#);
        run(
            pc,
            "s = socket.create_connection(('198.51.100.10', 80), 20)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.sendto(b'x', ('198.51.100.10', 9001))
time.sleep(0.5)
s.send(b'GET /owner HTTP/1.0\\r\\n\\r\\n')
while s.recv(4096):
    pass",
        );
        pc.person.settle();
        let tcp = line(pc, "protocol", "tcp");
        assert_eq!((&tcp["event"], &tcp["destination"]), (&"connection".into(), &ADDRESS.into()));
        assert_eq!((&tcp["program"], &line(pc, "port", 9001)["program"]), (&python().into(), &python().into()));
    });
}

#[test]
fn a_zone_ends_though_its_clerk_waits_for_questions() {
    on_a_pc(NEEDS, |pc| {
        assert_eq!(run(pc, "print(clerk()); refused(9001); print(clerk() is not None)"), "None\nTrue");
        pc.person.nothing_is_left();
    });
}

#[test]
fn a_clerk_that_is_stopped_or_ended_costs_the_name_and_a_moment() {
    on_a_pc(NEEDS, |pc| {
        let said = run(
            pc,
            "refused(9001)
os.kill(clerk(), 19)
print(refused(9002) < 2)
os.kill(clerk(), 18)
refused(9003)
old = clerk()
os.kill(old, 9)
time.sleep(0.2)
print(clerk())
refused(9004)
print(clerk() != old)",
        );
        assert_eq!(said, "True\nNone\nTrue");
        let programs = [9001, 9002, 9003, 9004].map(|port| program(pc, port));
        assert_eq!(programs, [python(), "unknown".into(), python(), python()]);
    });
}

#[test]
fn a_program_with_very_many_descriptors_holds_nobody_up() {
    on_a_pc(NEEDS, |pc| {
        let hoarder = start(
            pc,
            "import resource
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
s, n = socket.socket(), 0
try:
    while n < 60000:
        os.dup(s.fileno()); n += 1
except OSError:
    pass
print('holds', n, flush=True)
time.sleep(60)",
        );
        hoarder.until_said("holds");
        let took: f64 = run(pc, "refused(9001); print(max(refused(9002 + n) for n in range(20)))").parse().unwrap();
        assert!(took < 1.0, "{took} s");
        let named = (9001..9022).filter(|port| program(pc, *port) == python()).count();
        println!("{}: {named} of 21 named, the slowest reset took {took} s", hoarder.said());
        assert!(named > 0, "who holds few is looked at first");
    });
}
