//! Windows: the zone's name on title and app_id, and the desktop's own decoration, which shows the title.

use std::rc::Rc;

use wl_proxy::protocols::wayland::wl_surface::WlSurface;
use wl_proxy::protocols::xdg_decoration_unstable_v1::zxdg_decoration_manager_v1::{
    ZxdgDecorationManagerV1, ZxdgDecorationManagerV1Handler,
};
use wl_proxy::protocols::xdg_decoration_unstable_v1::zxdg_toplevel_decoration_v1::{
    ZxdgToplevelDecorationV1, ZxdgToplevelDecorationV1Handler, ZxdgToplevelDecorationV1Mode,
};
use wl_proxy::protocols::xdg_shell::xdg_surface::{XdgSurface, XdgSurfaceHandler};
use wl_proxy::protocols::xdg_shell::xdg_toplevel::{XdgToplevel, XdgToplevelHandler};
use wl_proxy::protocols::xdg_shell::xdg_wm_base::{XdgWmBase, XdgWmBaseHandler};

use super::label;

/// The factory of windows; holds the zone's name.
pub struct WmBase(pub Rc<str>);

struct Surface(Rc<str>);

struct Window(Rc<str>);

/// The factory of decorations.
pub struct Decorations;

struct Decoration;

impl XdgWmBaseHandler for WmBase {
    fn handle_get_xdg_surface(&mut self, slf: &Rc<XdgWmBase>, id: &Rc<XdgSurface>, surface: &Rc<WlSurface>) {
        id.set_handler(Surface(self.0.clone()));
        slf.send_get_xdg_surface(id, surface);
    }
}

impl XdgSurfaceHandler for Surface {
    fn handle_get_toplevel(&mut self, slf: &Rc<XdgSurface>, id: &Rc<XdgToplevel>) {
        id.set_handler(Window(self.0.clone()));
        slf.send_get_toplevel(id);
        // a program that never names its window gets the zone's name at least
        id.send_set_title(&label::title(&self.0, ""));
        id.send_set_app_id(&label::app_id(&self.0, ""));
    }
}

impl XdgToplevelHandler for Window {
    fn handle_set_title(&mut self, slf: &Rc<XdgToplevel>, title: &str) {
        slf.send_set_title(&label::title(&self.0, title));
    }

    fn handle_set_app_id(&mut self, slf: &Rc<XdgToplevel>, app_id: &str) {
        slf.send_set_app_id(&label::app_id(&self.0, app_id));
    }
}

impl ZxdgDecorationManagerV1Handler for Decorations {
    fn handle_get_toplevel_decoration(
        &mut self,
        slf: &Rc<ZxdgDecorationManagerV1>,
        id: &Rc<ZxdgToplevelDecorationV1>,
        toplevel: &Rc<XdgToplevel>,
    ) {
        id.set_handler(Decoration);
        slf.send_get_toplevel_decoration(id, toplevel);
        id.send_set_mode(ZxdgToplevelDecorationV1Mode::SERVER_SIDE);
    }
}

impl ZxdgToplevelDecorationV1Handler for Decoration {
    fn handle_set_mode(&mut self, slf: &Rc<ZxdgToplevelDecorationV1>, _mode: ZxdgToplevelDecorationV1Mode) {
        slf.send_set_mode(ZxdgToplevelDecorationV1Mode::SERVER_SIDE);
    }

    fn handle_unset_mode(&mut self, slf: &Rc<ZxdgToplevelDecorationV1>) {
        slf.send_set_mode(ZxdgToplevelDecorationV1Mode::SERVER_SIDE);
    }
}
