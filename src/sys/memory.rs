//! Memory of a process that waits: what it does not need while nothing happens is the machine's.

use std::os::raw::{c_int, c_void};
use std::time::Duration;

use nix::poll::{PollFd, PollTimeout, poll};
use nix::unistd::SysconfVar;

/// The time without anything to do after which a process rests.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// As poll(2) without a timeout. Who waits longer than a second [`rest`]s first.
pub fn wait(fds: &mut [PollFd<'_>]) -> nix::Result<c_int> {
    match poll(fds, PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::MAX)) {
        Ok(0) => rest(),
        other => return other,
    }
    poll(fds, PollTimeout::NONE)
}

/// Gives back the heap's free pages, and the pages of the program file itself: they stay in the page cache, and those
/// that are needed again are mapped again when they are touched. A process of ours that waits needs few of them.
pub fn rest() {
    // SAFETY: malloc_trim takes the allocator's own locks and touches free memory only. dl_iterate_phdr calls `unmap`
    // for a loaded object with a valid pointer, and passes on a null one that is not used.
    unsafe {
        libc::malloc_trim(0);
        libc::dl_iterate_phdr(Some(unmap), std::ptr::null_mut());
    }
}

/// Lets go of the segments that nobody can have written to. A segment with relocated data counts as written.
unsafe extern "C" fn unmap(object: *mut libc::dl_phdr_info, _: libc::size_t, _: *mut c_void) -> c_int {
    // SAFETY: the caller, dl_iterate_phdr, gives a valid object whose headers are `dlpi_phnum` in a row.
    let (base, headers) = unsafe {
        let object = &*object;
        (object.dlpi_addr, std::slice::from_raw_parts(object.dlpi_phdr, object.dlpi_phnum.into()))
    };
    let page = nix::unistd::sysconf(SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(65_536) as u64;
    for header in headers.iter().filter(|h| h.p_type == libc::PT_LOAD && h.p_flags & libc::PF_W == 0) {
        let (start, end) = (base + header.p_vaddr, base + header.p_vaddr + header.p_memsz);
        let (start, end) = (start.next_multiple_of(page), end - end % page);
        if start < end {
            // SAFETY: whole pages of a private, read-only mapping of the program file, which nothing has changed: the
            // kernel reads them from the file when they are touched again (madvise(2)), this code among them.
            unsafe { libc::madvise(start as *mut c_void, (end - start) as usize, libc::MADV_DONTNEED) };
        }
    }
    1 // the program itself comes first, and is enough
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::poll::PollFlags;
    use std::os::fd::AsFd;

    fn resident() -> u64 {
        let text = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("Rss:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    #[test]
    fn a_process_that_waits_holds_less_and_goes_on() {
        let (read, write) = std::io::pipe().unwrap();
        let before = resident();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(1500));
            let inside = resident();
            drop(write);
            inside
        });
        let begun = std::time::Instant::now();
        assert_eq!(wait(&mut [PollFd::new(read.as_fd(), PollFlags::POLLIN)]), Ok(1));
        assert!(begun.elapsed().as_millis() >= 1400);
        let inside = writer.join().unwrap();
        assert!(inside < before, "{before} KiB, then {inside}");
    }
}
