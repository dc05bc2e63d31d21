//! Landlock's version, which its crate keeps to itself.

/// The ABI that the kernel has (landlock_create_ruleset(2), LANDLOCK_CREATE_RULESET_VERSION); 0 for none.
pub fn abi() -> u32 {
    const VERSION: u32 = 1;
    // SAFETY: no attributes are passed; with this flag the call makes nothing and returns a number.
    let abi = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0, VERSION) };
    u32::try_from(abi).unwrap_or(0)
}
