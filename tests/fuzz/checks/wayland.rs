//! A program of a zone on the display proxy, between two socket pairs: a whole connection, with a small compositor at
//! the other end that offers more than a zone may have and answers what it must.
//!
//! The input is a list of pieces, each a byte of kind and length and then what the program sends: the lowest bit says
//! whether a descriptor goes with it, the others are the length in words. The compositor believes what it gets, since
//! the proxy is what stands before it, and holds the proxy to its promises.

use std::collections::HashMap;
use std::io::{ErrorKind, IoSlice, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use nix::poll::PollFlags;
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use sep_run::desktop::fuzzing::{Counter, ObjectInterface, Program, Session, Shared, WAITS, granted};

/// What the compositor offers: interface, version, and the most that a zone may have of it; 0 is nothing.
const OFFERED: &[(&str, u32, u32)] = &[
    ("wl_compositor", 6, 6),
    ("wl_subcompositor", 1, 1),
    ("wl_shm", 2, 2),
    ("wl_output", 4, 4),
    ("wl_seat", 10, 9),
    ("wl_data_device_manager", 4, 3),
    ("xdg_wm_base", 7, 6),
    ("zxdg_decoration_manager_v1", 2, 1),
    ("wp_viewporter", 1, 1),
    ("zwp_linux_dmabuf_v1", 5, 4),
    ("wp_security_context_manager_v1", 1, 0),
    ("wl_fixes", 1, 0),
    ("zwp_tablet_manager_v2", 2, 0),
    ("zwlr_screencopy_manager_v1", 3, 0),
    ("ext_data_control_manager_v1", 1, 0),
    ("zwp_virtual_keyboard_manager_v1", 1, 0),
    ("zwlr_layer_shell_v1", 5, 0),
];

/// The most turns after one piece; what a piece sets off ends by itself long before.
const TURNS: usize = 8;

/// True when the program bound something.
pub fn check(bytes: &[u8]) -> bool {
    decided(bytes);
    let counter = Counter::open();
    let before = counter.count();
    let bound = joined(bytes, &counter);
    assert_eq!(counter.count(), before, "descriptors stay open after the connection's end");
    bound
}

/// The decision alone, on a version that the input chooses.
fn decided(bytes: &[u8]) {
    let version = bytes.last_chunk().map_or(0, |word| u32::from_ne_bytes(*word));
    for (name, _, most) in OFFERED {
        let Some(interface) = ObjectInterface::from_str(name) else { continue };
        let expected = Some(version.min(*most)).filter(|v| *v > 0);
        assert_eq!(granted(interface, version), expected, "{name} {version}");
    }
}

fn joined(bytes: &[u8], counter: &Counter) -> bool {
    let [(program, near), (compositor, far)] = [UnixStream::pair(), UnixStream::pair()].map(|p| p.expect("a pair"));
    [&program, &near, &compositor, &far].iter().for_each(|s| s.set_nonblocking(true).expect("a socket"));
    let shared = Shared { zone: "internet".into(), clipboard: Rc::default(), session: Rc::new(Session::default()) };
    let mut proxy = Program::new(near.into(), far.into(), shared).expect("a connection");
    let mut compositor =
        Compositor { stream: compositor, inbox: Vec::new(), objects: [(1, "wl_display")].into(), bound: 0 };
    for (with, piece) in pieces(bytes) {
        send(&program, piece, with);
        if !serve(&mut proxy, counter, &program, &mut compositor) {
            break;
        }
    }
    compositor.bound > 0
}

/// Turns until nothing moves. False at the connection's end.
fn serve(proxy: &mut Program, counter: &Counter, program: &UnixStream, compositor: &mut Compositor) -> bool {
    let mut answers = [PollFlags::empty(); WAITS];
    answers[0] = PollFlags::POLLIN;
    for _ in 0..TURNS {
        let going = proxy.turn(&answers, counter) && proxy.flush();
        let moved = compositor.serve() | told(program);
        if !going || !moved {
            return going;
        }
    }
    true
}

fn pieces(mut bytes: &[u8]) -> Vec<(bool, &[u8])> {
    let mut pieces = Vec::new();
    while let Some((head, rest)) = bytes.split_first() {
        let (piece, after) = rest.split_at((usize::from(head >> 1) * 4).min(rest.len()));
        pieces.push((head & 1 != 0, piece));
        bytes = after;
    }
    pieces
}

fn send(program: &UnixStream, piece: &[u8], with: bool) {
    if piece.is_empty() {
        return;
    }
    // any descriptor will do: nobody reads it
    let passed = [program.as_raw_fd()];
    let rights = [ControlMessage::ScmRights(&passed)];
    let control = if with { &rights[..] } else { &[] };
    // what the socket has no room for, or an end, is nothing that this is about
    let _ = sendmsg::<()>(program.as_raw_fd(), &[IoSlice::new(piece)], control, MsgFlags::MSG_NOSIGNAL, None);
}

/// Takes what the program is told; true when there was something. No hidden interface is named to it.
fn told(mut program: &UnixStream) -> bool {
    let mut bytes = Vec::new();
    drain(&mut program, &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    for (number, (name, _, _)) in (1u8..).zip(OFFERED).filter(|(_, (_, _, most))| *most == 0) {
        // as an announcement has it, number and length before it: a type of the clipboard may be called what it likes
        let announced = format!("{}\0\0\0{}\0\0\0{name}\0", char::from(number), char::from(name.len() as u8 + 1));
        assert!(!text.contains(&announced), "the program is told of {name}");
    }
    !bytes.is_empty()
}

fn drain(stream: &mut &UnixStream, into: &mut Vec<u8>) {
    match stream.read_to_end(into) {
        Ok(_) => {}
        Err(e) => assert!(matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionReset), "{e}"),
    }
}

/// The other end. Numbers of objects are never used again here, since it never says that one is free.
struct Compositor {
    stream: UnixStream,
    inbox: Vec<u8>,
    objects: HashMap<u32, &'static str>,
    bound: usize,
}

/// The arguments of a message, in order.
struct Args<'a>(&'a [u8]);

impl<'a> Args<'a> {
    fn word(&mut self) -> u32 {
        let (word, rest) = self.0.split_first_chunk().expect("the proxy writes whole messages");
        self.0 = rest;
        u32::from_ne_bytes(*word)
    }

    fn text(&mut self) -> &'a str {
        let length = self.word() as usize;
        let (text, rest) = self.0.split_at(length.next_multiple_of(4));
        self.0 = rest;
        std::str::from_utf8(&text[..length - 1]).expect("the proxy passes text only")
    }
}

impl Compositor {
    /// Answers what is there; true when there was something.
    fn serve(&mut self) -> bool {
        let before = self.inbox.len();
        drain(&mut &self.stream, &mut self.inbox);
        let moved = self.inbox.len() > before;
        while let Some((object, number, args)) = self.next() {
            self.request(object, number, &mut Args(&args));
        }
        moved
    }

    fn next(&mut self) -> Option<(u32, u16, Vec<u8>)> {
        let header: [u8; 8] = *self.inbox.first_chunk()?;
        let [object, second] = [0, 4].map(|at| u32::from_ne_bytes([0, 1, 2, 3].map(|i| header[at + i])));
        let size = (second >> 16) as usize;
        assert!(size >= 8 && size.is_multiple_of(4), "a message of {size} bytes");
        let message: Vec<u8> = (self.inbox.len() >= size).then(|| self.inbox.drain(..size).collect())?;
        Some((object, second as u16, message[8..].to_vec()))
    }

    fn request(&mut self, object: u32, number: u16, args: &mut Args<'_>) {
        match (self.objects.get(&object).copied().unwrap_or("other"), number) {
            ("wl_display", 0) => self.tell(args.word(), 0, &[1]),
            ("wl_display", 1) => {
                let registry = self.add("wl_registry", args);
                self.offer(registry);
            }
            ("wl_registry", 0) => self.bind(args),
            ("wl_compositor", 0) => drop(self.add("wl_surface", args)),
            ("wl_seat", 1) => {
                let keyboard = self.add("wl_keyboard", args);
                self.focus(keyboard);
            }
            ("xdg_wm_base", 2) => drop(self.add("xdg_surface", args)),
            ("xdg_surface", 1) => drop(self.add("xdg_toplevel", args)),
            ("xdg_toplevel", 2) => assert!(args.text().starts_with("[internet]"), "a title without the zone"),
            ("xdg_toplevel", 3) => assert!(args.text().starts_with("internet"), "an app id without the zone"),
            _ => {}
        }
    }

    fn add(&mut self, interface: &'static str, args: &mut Args<'_>) -> u32 {
        let id = args.word();
        assert!(self.objects.insert(id, interface).is_none(), "object {id} twice");
        id
    }

    fn offer(&self, registry: u32) {
        for (name, (interface, version, _)) in (1..).zip(OFFERED) {
            let mut words = vec![name, interface.len() as u32 + 1];
            let mut text = interface.as_bytes().to_vec();
            text.resize((text.len() + 1).next_multiple_of(4), 0);
            words.extend(text.chunks(4).map(|w| u32::from_ne_bytes([w[0], w[1], w[2], w[3]])));
            words.push(*version);
            self.tell(registry, 0, &words);
        }
    }

    /// A bind is of what was offered, at most so new as a zone may have it, and never of the clipboard.
    fn bind(&mut self, args: &mut Args<'_>) {
        let (name, interface, version) = (args.word(), args.text().to_owned(), args.word());
        let offered = (name as usize).checked_sub(1).and_then(|at| OFFERED.get(at));
        let &(offered, _, most) = offered.unwrap_or_else(|| panic!("global {name} was not offered"));
        assert_eq!(offered, interface, "another interface than offered");
        assert!((1..=most).contains(&version), "{interface} {version}");
        assert!(interface != "wl_data_device_manager", "the desktop's clipboard");
        self.add(offered, args);
        self.bound += 1;
    }

    /// The keyboard's focus comes with the first surface, so that the zone's clipboard is reached.
    fn focus(&self, keyboard: u32) {
        let surface = self.objects.iter().filter(|(_, i)| **i == "wl_surface").map(|(id, _)| *id).min();
        if let Some(surface) = surface {
            self.tell(keyboard, 1, &[7, surface, 0]);
        }
    }

    fn tell(&self, object: u32, number: u16, args: &[u32]) {
        let size = 8 + 4 * args.len() as u32;
        let words = [&[object, size << 16 | u32::from(number)], args].concat();
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_ne_bytes()).collect();
        // a proxy that has ended is not there to hear it
        let _ = (&self.stream).write(&bytes);
    }
}
