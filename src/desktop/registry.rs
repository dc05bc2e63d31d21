//! The registry as a program sees it: only allowed globals, and binding only to what it was shown.
//!
//! The version and the interface of a bind are compared with the announcement that this very registry made. What
//! does not match is a protocol error, which ends this connection only.

use std::collections::HashMap;
use std::rc::Rc;

use wl_proxy::object::{Object, ObjectCoreApi, ObjectRcUtils};
use wl_proxy::protocols::ObjectInterface;
use wl_proxy::protocols::wayland::wl_data_device_manager::WlDataDeviceManager;
use wl_proxy::protocols::wayland::wl_display::{WlDisplay, WlDisplayHandler};
use wl_proxy::protocols::wayland::wl_registry::{WlRegistry, WlRegistryHandler};
use wl_proxy::protocols::wayland::wl_seat::WlSeat;
use wl_proxy::protocols::xdg_decoration_unstable_v1::zxdg_decoration_manager_v1::ZxdgDecorationManagerV1;
use wl_proxy::protocols::xdg_shell::xdg_wm_base::XdgWmBase;

use super::clipboard::{Clipboard, Manager};
use super::globals;
use super::seat::Seat;
use super::session::{INVALID_OBJECT, Session};
use super::windows::{Decorations, WmBase};

/// What all handlers of one connection share.
#[derive(Clone)]
pub struct Shared {
    /// The zone's name.
    pub zone: Rc<str>,
    /// The zone's clipboard.
    pub clipboard: Rc<Clipboard>,
    /// The connection.
    pub session: Rc<Session>,
}

/// The root object of a connection.
pub struct Display(pub Shared);

struct Registry {
    shared: Shared,
    shown: HashMap<u32, Global>,
}

struct Global {
    interface: ObjectInterface,
    version: u32,
    removed: bool,
}

impl WlDisplayHandler for Display {
    fn handle_get_registry(&mut self, slf: &Rc<WlDisplay>, registry: &Rc<WlRegistry>) {
        registry.set_handler(Registry { shared: self.0.clone(), shown: HashMap::new() });
        slf.send_get_registry(registry);
    }
}

impl WlRegistryHandler for Registry {
    fn handle_global(&mut self, slf: &Rc<WlRegistry>, name: u32, interface: ObjectInterface, version: u32) {
        let Some(version) = globals::granted(interface, version) else { return };
        self.shown.insert(name, Global { interface, version, removed: false });
        slf.send_global(name, interface, version);
    }

    fn handle_global_remove(&mut self, slf: &Rc<WlRegistry>, name: u32) {
        let Some(global) = self.shown.get_mut(&name) else { return };
        global.removed = true;
        slf.send_global_remove(name);
    }

    fn handle_bind(&mut self, slf: &Rc<WlRegistry>, name: u32, id: Rc<dyn Object>) {
        let asked = (id.interface(), id.version());
        match self.shown.get(&name) {
            Some(global) if asked.0 == global.interface && (1..=global.version).contains(&asked.1) => {
                bind(&self.shared, slf, name, &id, global.removed);
            }
            _ => self.refuse(slf),
        }
    }
}

impl Registry {
    fn refuse(&self, registry: &Rc<WlRegistry>) {
        if let Some(client) = registry.client() {
            self.shared.session.refuse(&client, registry.clone(), INVALID_OBJECT, "no such global in this zone");
        }
    }
}

/// Gives the new object its handler. One of a global that went away in the meantime is inert: the program could not
/// know. A data device manager is answered here and never reaches the compositor.
fn bind(shared: &Shared, registry: &WlRegistry, name: u32, id: &Rc<dyn Object>, removed: bool) {
    if let Some(manager) = id.try_downcast::<WlDataDeviceManager>() {
        manager.set_handler(Manager(shared.clone()));
        return manager.set_forward_to_server(false);
    }
    if removed {
        return id.set_forward_to_server(false);
    }
    if let Some(base) = id.try_downcast::<XdgWmBase>() {
        base.set_handler(WmBase(shared.zone.clone()));
    } else if let Some(seat) = id.try_downcast::<WlSeat>() {
        seat.set_handler(Seat(shared.clone()));
    } else if let Some(manager) = id.try_downcast::<ZxdgDecorationManagerV1>() {
        manager.set_handler(Decorations);
    }
    registry.send_bind(name, id.clone());
}
