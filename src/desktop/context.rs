//! The second lock: where the compositor knows `wp_security_context_v1`, the proxy's connections are made through it,
//! so that the compositor itself refuses screen capture and the like to them.
//!
//! It is never the only lock: many compositors do not have it, and it says nothing about clipboard and titles.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use wl_proxy::baseline::Baseline;
use wl_proxy::object::ObjectCoreApi;
use wl_proxy::protocols::ObjectInterface;
use wl_proxy::protocols::security_context_v1::wp_security_context_manager_v1::WpSecurityContextManagerV1;
use wl_proxy::protocols::wayland::wl_callback::{WlCallback, WlCallbackHandler};
use wl_proxy::protocols::wayland::wl_registry::{WlRegistry, WlRegistryHandler};
use wl_proxy::state::State;

use crate::wire::{Failure, Stage};

/// How long the compositor may take to answer at the start.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where to connect to.
#[derive(Debug)]
pub struct Upstream {
    /// The inode of the compositor's socket, or of the one that the security context listens on. What is later put
    /// at its path is another one and means nothing here.
    pub socket: OwnedFd,
    /// Closing it ends the security context; `None` where the compositor has none.
    _context: Option<OwnedFd>,
}

#[derive(Default)]
struct Found {
    manager: RefCell<Option<u32>>,
    answered: RefCell<bool>,
}

struct Registry(Rc<Found>);

struct Answered(Rc<Found>);

impl WlRegistryHandler for Registry {
    fn handle_global(&mut self, _slf: &Rc<WlRegistry>, name: u32, interface: ObjectInterface, _version: u32) {
        if interface == ObjectInterface::WpSecurityContextManagerV1 {
            *self.0.manager.borrow_mut() = Some(name);
        }
    }
}

impl WlCallbackHandler for Answered {
    fn handle_done(&mut self, _slf: &Rc<WlCallback>, _data: u32) {
        *self.0.answered.borrow_mut() = true;
    }
}

/// Asks the compositor for a security context of this zone. Without one in the compositor the answer is its own
/// socket; an error when it can not be reached.
pub fn enter(compositor: &Path, zone: &str) -> Result<Upstream, Failure> {
    let fail = |cause: std::io::Error| Failure::system(Stage::Connect, "reach", compositor.display(), cause);
    let socket = UnixStream::connect(compositor).map_err(fail)?;
    let other = |e: wl_proxy::state::StateError| fail(other_error(e));
    let server = Rc::new(OwnedFd::from(socket));
    let state = State::builder(Baseline::V6).with_server_fd(&server).build().map_err(other)?;
    let whole = state.create_destructor();
    let found = Rc::new(Found::default());
    let registry = state.display().new_send_get_registry();
    registry.set_handler(Registry(found.clone()));
    round_trip(&state, &found).map_err(fail)?;
    let name = *found.manager.borrow();
    let upstream = match name {
        None => Upstream { socket: inode(compositor).map_err(fail)?, _context: None },
        Some(name) => listen(&state, &registry, name, compositor, zone).map_err(fail)?,
    };
    round_trip(&state, &found).map_err(fail)?;
    drop(whole);
    Ok(upstream)
}

/// A socket of our own, which the compositor takes connections from. Its path is needed for a moment only.
fn listen(
    state: &Rc<State>,
    registry: &WlRegistry,
    name: u32,
    compositor: &Path,
    zone: &str,
) -> std::io::Result<Upstream> {
    let instance = format!("{:016x}", RandomState::new().build_hasher().finish());
    let path = compositor.with_file_name(format!("sep-{zone}-{instance}"));
    let listener = Rc::new(OwnedFd::from(UnixListener::bind(&path)?));
    let socket = inode(&path);
    std::fs::remove_file(&path)?;
    let (theirs, ours) = std::io::pipe()?;
    let manager: Rc<WpSecurityContextManagerV1> = state.create_object(1);
    registry.send_bind(name, manager.clone());
    let context = manager.new_send_create_listener(&listener, &Rc::new(OwnedFd::from(theirs)));
    context.send_set_sandbox_engine("sep-run");
    context.send_set_app_id(zone);
    context.send_set_instance_id(&instance);
    context.send_commit();
    context.send_destroy();
    Ok(Upstream { socket: socket?, _context: Some(ours.into()) })
}

fn inode(path: &Path) -> std::io::Result<OwnedFd> {
    Ok(open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty())?)
}

/// The library's errors know no errno; the words are for the log.
fn other_error(cause: impl std::fmt::Display) -> std::io::Error {
    std::io::Error::other(cause.to_string())
}

/// Waits until the compositor has done all that was sent.
fn round_trip(state: &Rc<State>, found: &Rc<Found>) -> std::io::Result<()> {
    *found.answered.borrow_mut() = false;
    let callback = state.display().new_send_sync();
    callback.set_handler(Answered(found.clone()));
    callback.set_forward_to_client(false);
    let end = Instant::now() + PATIENCE;
    while !*found.answered.borrow() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        state.dispatch(Some(left)).map_err(other_error)?;
    }
    Ok(())
}
