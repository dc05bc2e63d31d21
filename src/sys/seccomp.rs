//! Installing a ready seccomp filter.

use std::io;

/// Size of one instruction, `struct sock_filter`.
const INSTRUCTION: usize = 8;

/// Puts a compiled filter on this thread and all that it starts (seccomp(2), SECCOMP_SET_MODE_FILTER).
/// no_new_privs must be set before, else EACCES.
pub fn install(filter: &[u8]) -> io::Result<()> {
    let mut instructions: Vec<libc::sock_filter> = filter
        .chunks_exact(INSTRUCTION)
        .map(|i| libc::sock_filter {
            code: u16::from_ne_bytes([i[0], i[1]]),
            jt: i[2],
            jf: i[3],
            k: u32::from_ne_bytes([i[4], i[5], i[6], i[7]]),
        })
        .collect();
    let program = libc::sock_fprog { len: instructions.len() as u16, filter: instructions.as_mut_ptr() };
    // SAFETY: `program` points at `len` instructions that live until after the call; the kernel copies them.
    let done = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &program) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
