//! The program itself: fork, exec, wait, report.

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, chdir, execve, pipe2, setsid, write};

use crate::policy::Plan;
use crate::sys;
use crate::sys::process::ForkInside;
use crate::wire::{Code, Connection, Failure, FromInit, Launch, Stage, ToInit};

/// Descriptors for standard input, output and error; `None` is the zone's /dev/null.
pub type Places = [Option<OwnedFd>; 3];

/// What a launch may bring of its caller's environment, beside what the plan sets.
const TRAVELS: [&str; 4] = ["LANG", "TZ", "TERM", "COLORTERM"];

/// Starts the program and reports its end to the client.
pub fn run(client: &Connection, launch: &Launch, places: Places, plan: &Plan) -> Result<(), Failure> {
    let program = find(launch, plan)?;
    let children = SigSet::from_iter([Signal::SIGCHLD]);
    let signals = SignalFd::with_flags(&children, SfdFlags::SFD_CLOEXEC).map_err(say("watch", "SIGCHLD"))?;
    let pid = start(&program, launch, places, plan)?;
    client.answer(Stage::Run, &FromInit::Accepted, &[])?;
    let _ = client.answer(Stage::Run, &watch(client, &signals, pid)?, &[]);
    Ok(())
}

/// The file to execute: a path as it is, else the first of the program's names found in the zone's PATH.
fn find(launch: &Launch, plan: &Plan) -> Result<CString, Failure> {
    let typed = launch.argv.first().map(OsString::as_os_str).unwrap_or_default();
    let missing = || Failure::new(Stage::Run, Code::NotFound, &[&typed.to_string_lossy()]);
    let c_path = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(|_| missing());
    if typed.as_bytes().contains(&b'/') {
        return c_path(Path::new(typed));
    }
    let names = plan.names_of(typed);
    let folders = plan.env.iter().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str()).unwrap_or_default();
    names
        .iter()
        .flat_map(|name| folders.split(':').map(move |folder| Path::new(folder).join(name)))
        .find(|path| path.is_file())
        .map_or_else(|| Err(missing()), |path| c_path(&path))
}

/// Forks and executes. Returns when the program runs, or with the reason why it does not: the child holds one end of
/// a pipe that closes by itself at a successful exec.
fn start(program: &CString, launch: &Launch, places: Places, plan: &Plan) -> Result<Pid, Failure> {
    let (mut told, tell) = pipe2(OFlag::O_CLOEXEC).map(|(r, w)| (File::from(r), w)).map_err(say("make", "a pipe"))?;
    let pid = match sys::process::fork_inside().map_err(say("start", program.to_string_lossy()))? {
        ForkInside::Child => {
            let cause = become_program(program, launch, places, plan);
            let _ = write(&tell, &(cause as i32).to_ne_bytes());
            sys::process::exit(127)
        }
        ForkInside::Parent(pid) => pid,
    };
    drop(tell);
    let mut errno = [0; 4];
    match told.read_exact(&mut errno) {
        Ok(()) => Err(not_executed(launch, i32::from_ne_bytes(errno))),
        Err(_) => Ok(pid),
    }
}

fn not_executed(launch: &Launch, errno: i32) -> Failure {
    let name = launch.argv.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let code = if errno == libc::ENOENT { Code::NotFound } else { Code::NotExecutable };
    Failure { errno, ..Failure::new(Stage::Run, code, &[&name]) }
}

/// In the child: exec or the errno of what failed.
fn become_program(program: &CString, launch: &Launch, places: Places, plan: &Plan) -> Errno {
    let attempt = || -> nix::Result<std::convert::Infallible> {
        setsid()?;
        stand(places)?;
        sys::process::default_signals();
        SigSet::empty().thread_set_mask()?;
        limit_files(plan)?;
        chdir(&plan.person.home)?;
        execve(program, &c_strings(launch.argv.clone()), &environment(launch, plan))
    };
    match attempt() {
        Ok(never) => match never {},
        Err(cause) => cause,
    }
}

/// Puts the descriptors in their places. They are moved above the three first, so that none is overwritten.
fn stand(places: Places) -> nix::Result<()> {
    use nix::fcntl::{FcntlArg, fcntl};
    let null: OwnedFd = File::options().read(true).write(true).open("/dev/null").map_err(|_| Errno::ENODEV)?.into();
    let mut high = Vec::new();
    for place in places {
        let fd = place.as_ref().unwrap_or(&null);
        high.push(sys::fd::adopt(fcntl(fd, FcntlArg::F_DUPFD_CLOEXEC(3))?));
    }
    let [stdin, stdout, stderr] = high.as_slice() else { return Err(Errno::EBADF) };
    nix::unistd::dup2_stdin(stdin)?;
    nix::unistd::dup2_stdout(stdout)?;
    nix::unistd::dup2_stderr(stderr)
}

fn limit_files(plan: &Plan) -> nix::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let Some(wanted) = plan.limits.open_files else { return Ok(()) };
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let limit = wanted.min(hard);
    setrlimit(Resource::RLIMIT_NOFILE, limit, limit)
}

/// The plan's environment, then what travels with the launch.
fn environment(launch: &Launch, plan: &Plan) -> Vec<CString> {
    let of_plan = plan.env.iter().map(|(name, value)| OsString::from(format!("{name}={value}")));
    let of_launch = launch.env.iter().filter(|entry| travels(entry)).cloned();
    c_strings(of_plan.chain(of_launch).collect())
}

fn travels(entry: &OsStr) -> bool {
    let name = entry.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default();
    name.starts_with(b"LC_") || TRAVELS.iter().any(|allowed| allowed.as_bytes() == name)
}

/// A string with a zero byte can not come from a real argument list; what stands before the zero is what counts.
fn c_strings(values: Vec<OsString>) -> Vec<CString> {
    let cut =
        |value: OsString| value.into_vec().split(|byte| *byte == 0).next().map(<[u8]>::to_vec).unwrap_or_default();
    values.into_iter().filter_map(|value| CString::new(cut(value)).ok()).collect()
}

/// Waits for the program's end; meanwhile passes the client's signals on. A client that goes away leaves its program
/// running: it was started to do something.
fn watch(client: &Connection, signals: &SignalFd, pid: Pid) -> Result<FromInit, Failure> {
    let mut listening = true;
    loop {
        if let Some(end) = ended(pid) {
            return Ok(end);
        }
        let mut watched = vec![PollFd::new(signals.as_fd(), PollFlags::POLLIN)];
        if listening {
            watched.push(PollFd::new(client.as_fd(), PollFlags::POLLIN));
        }
        let _ = poll(&mut watched, PollTimeout::NONE);
        let ready = |at: usize| watched.get(at).and_then(PollFd::any).unwrap_or(false);
        let [child, spoke] = [ready(0), ready(1)];
        if child {
            let _ = signals.read_signal();
        }
        if spoke {
            listening = obey(client, pid);
        }
    }
}

/// One order of the client. False where it is gone or talks nonsense: then it is not listened to again.
fn obey(client: &Connection, pid: Pid) -> bool {
    match client.order(Stage::Run) {
        Ok(Some((ToInit::Signal(number), _))) => {
            if let Ok(signal) = Signal::try_from(number as i32) {
                let _ = killpg(pid, signal);
            }
            true
        }
        _ => false,
    }
}

fn ended(pid: Pid) -> Option<FromInit> {
    match waitpid(pid, Some(WaitPidFlag::WNOHANG)) {
        Ok(WaitStatus::Exited(_, status)) => Some(FromInit::Exited(status as u32)),
        Ok(WaitStatus::Signaled(_, signal, _)) => Some(FromInit::Signalled(signal as u32)),
        _ => None,
    }
}

fn say<E: Into<std::io::Error>>(verb: &'static str, object: impl std::fmt::Display) -> impl FnOnce(E) -> Failure {
    Failure::because(Stage::Run, verb, object)
}
