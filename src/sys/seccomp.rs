//! Installing a compiled filter (seccomp(2)).

use std::io;

/// Installs a BPF program that `build.rs` has compiled, for this thread and what it starts. No-new-privileges must
/// be set before, else it is EACCES; a program that is not a whole number of instructions is EINVAL.
pub fn install(program: &[u8]) -> io::Result<()> {
    let (instructions, rest) = program.as_chunks::<8>();
    let filter: Vec<libc::sock_filter> = instructions.iter().map(instruction).collect();
    let Ok(len) = u16::try_from(filter.len()) else { return Err(io::Error::from_raw_os_error(libc::EINVAL)) };
    if len == 0 || !rest.is_empty() {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    let program = libc::sock_fprog { len, filter: filter.as_ptr().cast_mut() };
    // SAFETY: the kernel copies `len` instructions from a vector of exactly that many, which lives until after
    // the call, and only reads them.
    let done = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// One instruction, in the byte order of this machine, for which it was compiled.
fn instruction(bytes: &[u8; 8]) -> libc::sock_filter {
    let [c0, c1, jt, jf, k0, k1, k2, k3] = *bytes;
    let (code, k) = (u16::from_ne_bytes([c0, c1]), u32::from_ne_bytes([k0, k1, k2, k3]));
    libc::sock_filter { code, jt, jf, k }
}

#[cfg(test)]
mod tests {
    #[test]
    fn half_an_instruction_is_refused_before_the_kernel_sees_it() {
        for bytes in [&[][..], &[0; 7], &[0; 9]] {
            assert_eq!(super::install(bytes).unwrap_err().raw_os_error(), Some(libc::EINVAL));
        }
    }
}
