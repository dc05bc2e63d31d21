//! Random bytes of the kernel (getrandom(2)).

use std::io;

/// Fills the bytes; at most 256, which the kernel gives whole.
pub fn fill(bytes: &mut [u8]) -> io::Result<()> {
    // SAFETY: the kernel writes at most `len` bytes to a slice of that length.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    match usize::try_from(got) {
        Ok(len) if len == bytes.len() => Ok(()),
        Ok(_) => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// A number of 64 bits.
pub fn number() -> io::Result<u64> {
    let mut bytes = [0; 8];
    fill(&mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}
