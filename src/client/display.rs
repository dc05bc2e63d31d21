//! Which compositor the user has.

use std::ffi::OsString;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// The compositor's socket, by the rules of Wayland clients (wl_display_connect(3)): `None` where there is none.
pub fn compositor(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let name = PathBuf::from(env("WAYLAND_DISPLAY").filter(|name| !name.is_empty())?);
    let path = if name.is_absolute() { name } else { Path::new(&env("XDG_RUNTIME_DIR")?).join(name) };
    path.metadata().is_ok_and(|found| found.file_type().is_socket()).then_some(path)
}

/// The name by which the broker of the system finds it: that of a socket in the folder of the user's login.
pub fn name(compositor: &Path, user: u32) -> Option<String> {
    let beside = compositor.parent() == Some(Path::new(&format!("/run/user/{user}")));
    beside.then(|| compositor.file_name()?.to_str().map(str::to_owned)).flatten()
}
