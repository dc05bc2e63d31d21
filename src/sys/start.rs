//! How `sep-run` starts and ends: at C's `main`, without Rust's runtime around it.
//!
//! For every program that runtime reads /proc/self/maps, maps a second stack and handles SIGSEGV on it, all to name a
//! stack overflow before the process dies of it. That is a tenth of a second launch (docs/benchmarks.md), for a message
//! that this program has no need of: it does not recurse on what it reads. What else the runtime does is done here.

use std::env::{ArgsOs, args_os};

/// C's `main`: hands the command line to a function, and ends with the status that it returns.
#[macro_export]
macro_rules! start {
    ($program:path) => {
        // the words are had from the C library, which gives them to every program's initialisers
        #[unsafe(no_mangle)]
        extern "C" fn main(_: std::ffi::c_int, _: *const *const std::ffi::c_char) -> std::ffi::c_int {
            $crate::sys::start::run($program)
        }
    };
}

/// Runs the program and ends with its status.
pub fn run(main: impl FnOnce(ArgsOs) -> u8) -> ! {
    open_standard();
    super::socket::ignore_sigpipe();
    std::process::exit(main(args_os()).into())
}

/// Puts /dev/null where the caller has closed one of the first three descriptors: the next file that is opened would
/// stand there and be written to as if it were standard output.
fn open_standard() {
    for fd in 0..3 {
        // SAFETY: F_GETFD takes and touches no memory; a number that is not open is EBADF.
        let open = unsafe { libc::fcntl(fd, libc::F_GETFD) } >= 0;
        // SAFETY: the path is a string that ends in zero. The lowest free number is `fd`: those below it are open.
        if !open && unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) } != fd {
            std::process::abort();
        }
    }
}
