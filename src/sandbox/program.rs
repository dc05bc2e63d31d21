//! The program itself: which file it is, its descriptors, its environment, exec.

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::unistd::{chdir, dup2_stderr, dup2_stdin, dup2_stdout, execve};

use crate::policy::{Plan, travelling};
use crate::sys;
use crate::wire::{Code, Connection, Failure, FromInit, Launch, Stage, Stdio};

use super::terminal;

/// Passed descriptors for standard input, output and error; `None` where none was passed.
pub type Places = [Option<OwnedFd>; 3];

/// Starts the program on its places and stays until its end is reported.
pub fn run(client: &Connection, launch: &Launch, places: Places, plan: &Plan) -> Result<(), Failure> {
    let program = find(launch, plan)?;
    let terminal = if launch.stdio.contains(&Stdio::Pty) {
        Some(terminal::accept(client, launch.window)?)
    } else {
        client.answer(Stage::Run, &FromInit::Accepted, &[])?;
        None
    };
    terminal::supervise(client, terminal, |terminal| {
        let cause = become_program(&program, launch, &places, terminal, plan);
        let failure = not_executed(launch, cause);
        let status = failure.exit_status();
        let _ = client.answer(Stage::Run, &FromInit::Failed(failure), &[]);
        status.into()
    })
}

/// The file to execute: a path as it is, else the first of the program's names found in the zone's PATH.
fn find(launch: &Launch, plan: &Plan) -> Result<CString, Failure> {
    let typed = launch.argv.first().map(OsString::as_os_str).unwrap_or_default();
    let missing = || Failure::new(Stage::Run, Code::NotFound, &[&typed.to_string_lossy()]);
    let c_path = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(|_| missing());
    if typed.as_bytes().contains(&b'/') {
        return c_path(Path::new(typed));
    }
    plan.candidates(typed).iter().find(|path| path.is_file()).map_or_else(|| Err(missing()), |path| c_path(path))
}

fn not_executed(launch: &Launch, errno: Errno) -> Failure {
    let name = launch.argv.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let code = if errno == Errno::ENOENT { Code::NotFound } else { Code::NotExecutable };
    Failure { errno: errno as i32, ..Failure::new(Stage::Run, code, &[&name]) }
}

/// In the child: exec or the errno of what failed.
fn become_program(
    program: &CString,
    launch: &Launch,
    places: &Places,
    terminal: Option<BorrowedFd<'_>>,
    plan: &Plan,
) -> Errno {
    let attempt = || -> nix::Result<std::convert::Infallible> {
        stand(launch, places, terminal)?;
        limit_files(plan)?;
        chdir(&plan.person.home)?;
        execve(program, &c_strings(launch.argv.clone()), &environment(launch, plan))
    };
    match attempt() {
        Ok(never) => match never {},
        Err(cause) => cause,
    }
}

/// Puts the descriptors in their places. They are copied above the three first, so that none is overwritten.
fn stand(launch: &Launch, places: &Places, terminal: Option<BorrowedFd<'_>>) -> nix::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null").map_err(|_| Errno::ENODEV)?;
    let mut high = Vec::new();
    for (place, kind) in places.iter().zip(launch.stdio) {
        let fd = match (kind, place, terminal) {
            (Stdio::Passed, Some(fd), _) => fd.as_fd(),
            (Stdio::Pty, _, Some(terminal)) => terminal,
            _ => null.as_fd(),
        };
        high.push(sys::fd::adopt(fcntl(fd, FcntlArg::F_DUPFD_CLOEXEC(3))?));
    }
    let [stdin, stdout, stderr] = high.as_slice() else { return Err(Errno::EBADF) };
    dup2_stdin(stdin)?;
    dup2_stdout(stdout)?;
    dup2_stderr(stderr)
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
    let pairs = launch.env.iter().filter_map(|entry| split_pair(entry));
    c_strings(of_plan.chain(travelling(pairs, &plan.travelling, None)).collect())
}

fn split_pair(entry: &OsStr) -> Option<(OsString, OsString)> {
    let at = entry.as_bytes().iter().position(|byte| *byte == b'=')?;
    let (name, value) = entry.as_bytes().split_at_checked(at)?;
    Some((OsStr::from_bytes(name).to_owned(), OsStr::from_bytes(value.get(1..)?).to_owned()))
}

/// A string with a zero byte can not come from a real argument list; what stands before the zero is what counts.
fn c_strings(values: Vec<OsString>) -> Vec<CString> {
    let cut =
        |value: OsString| value.into_vec().split(|byte| *byte == 0).next().map(<[u8]>::to_vec).unwrap_or_default();
    values.into_iter().filter_map(|value| CString::new(cut(value)).ok()).collect()
}
