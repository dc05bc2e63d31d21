//! Windows of a zone on a real compositor: what passes, what does not, and that the refused attacks work without
//! the proxy. The compositor is a headless sway of an ordinary user.

#[path = "support/desk.rs"]
mod desk;
mod support;
#[path = "support/wayland.rs"]
mod wayland;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::net::UnixStream;

use desk::{Desk, Ends, lives, run, start, until};
use sep_run::wire::{FromInit, Stage};
use support::needs;
use wayland::{Args, Raw};

const ALLOWED: &[(&str, u32)] = &[
    ("wl_compositor", 6),
    ("wl_subcompositor", 1),
    ("wl_shm", 2),
    ("wl_output", 4),
    ("wl_seat", 9),
    ("wl_data_device_manager", 3),
    ("xdg_wm_base", 6),
    ("wp_viewporter", 1),
    ("wp_presentation", 2),
    ("wp_fractional_scale_manager_v1", 1),
    ("wp_cursor_shape_manager_v1", 1),
    ("zwp_linux_dmabuf_v1", 4),
    ("zxdg_output_manager_v1", 3),
    ("zwp_idle_inhibit_manager_v1", 1),
    ("wp_single_pixel_buffer_manager_v1", 1),
    ("zwp_text_input_manager_v3", 1),
    ("zxdg_decoration_manager_v1", 1),
    ("zwp_relative_pointer_manager_v1", 1),
    ("zwp_pointer_gestures_v1", 3),
];

/// Interfaces and versions as `wayland-info` lists them.
fn listed(command: &mut std::process::Command, desk: &Desk) -> BTreeMap<String, u32> {
    let (code, output) = run(command, 10, &desk.dir);
    assert_eq!(code, Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let field = |line: &str, name: &str| {
        let rest = line.split_once(name)?.1.trim_start_matches(':').trim_start();
        Some(rest.split([',', ' ', '\'']).find(|w| !w.is_empty())?.to_owned())
    };
    let lines = text.lines().filter(|line| line.starts_with("interface:"));
    lines.map(|l| (field(l, "interface").unwrap(), field(l, "version").unwrap().parse().unwrap())).collect()
}

#[test]
fn window_01_programs_see_the_allow_list_and_nothing_else() {
    let Some((desk, zone)) = start("globals", &["wayland-info"]) else { return };
    let direct = listed(&mut desk.direct("wayland-info"), &desk);
    let seen = listed(&mut zone.inside("wayland-info", &desk), &desk);
    let mut expected: BTreeMap<String, u32> =
        ALLOWED.iter().filter_map(|(name, newest)| Some((name.to_string(), *direct.get(*name)?.min(newest)))).collect();
    // sway from 1.10 on shows this one to no program of a security context: seen here, the second lock is shut
    if direct.contains_key("wp_security_context_manager_v1") {
        expected.remove("zxdg_output_manager_v1");
    }
    assert_eq!(seen, expected);
    // what must pass for windows, Hangul and scaling is truly there, and what is hidden is truly offered
    for needed in ["wl_compositor", "xdg_wm_base", "wl_seat", "zwp_text_input_manager_v3", "wp_viewporter"] {
        assert!(seen.contains_key(needed), "{needed}");
    }
    for hidden in [
        "zwlr_screencopy_manager_v1",
        "zwlr_data_control_manager_v1",
        "zwp_virtual_keyboard_manager_v1",
        "zwp_input_method_manager_v2",
        "zwlr_layer_shell_v1",
        "zwp_primary_selection_device_manager_v1",
        "zwp_pointer_constraints_v1",
        "xdg_activation_v1",
        "zxdg_exporter_v2",
    ] {
        assert!(direct.contains_key(hidden) && !seen.contains_key(hidden), "{hidden}");
    }
}

#[test]
fn window_01_attacks_that_work_on_the_desktop_fail_in_the_zone() {
    let Some((desk, mut zone)) = start("attacks", &["grim", "wtype", "wl-copy"]) else { return };
    let _keyboard = desk.keyboard();
    for (program, args, said) in
        [("grim", &["-t", "ppm", "-"][..], "screencopy"), ("wtype", &["x"][..], "virtual keyboard")]
    {
        let (direct, _) = run(desk.direct(program).args(args), 10, &desk.dir);
        let (inside, output) = run(zone.inside(program, &desk).args(args), 10, &desk.dir);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            direct == Some(0) && inside != Some(0) && text.contains(said),
            "{program}: {direct:?} {inside:?} {text}"
        );
    }
    let _keyboard = desk.keyboard();
    assert_eq!(run(desk.direct("wl-copy").arg("business"), 10, &desk.dir).0, Some(0));
    let paste = |command: &mut std::process::Command| {
        let (code, output) = run(command.arg("-n"), 10, &desk.dir);
        (code, String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(paste(&mut desk.direct("wl-paste")), (Some(0), "business".into()));
    let (code, text) = paste(&mut zone.inside("wl-paste", &desk));
    assert!(code == Some(1) && text.is_empty(), "nothing is copied in the zone: {code:?} {text}");
    assert_eq!(run(zone.inside("wl-copy", &desk).arg("from the zone"), 10, &desk.dir).0, Some(0));
    assert_eq!(paste(&mut desk.direct("wl-paste")), (Some(0), "business".into()), "the desktop's stays");
    lives(&mut zone);
}

#[test]
fn window_02_programs_of_the_zone_copy_and_paste_among_themselves() {
    let Some((desk, mut zone)) = start("clipboard", &["wtype", "wl-copy"]) else { return };
    let _keyboard = desk.keyboard();
    let large = "외부 ".repeat(50_000);
    for text in ["from the zone", "and another", &large] {
        let file = desk.dir.join("copied");
        fs::write(&file, text).unwrap();
        let copy = zone.inside("wl-copy", &desk).stdin(fs::File::open(&file).unwrap()).spawn().unwrap();
        let (mut copy, mut pasted) = (Ends(copy), Vec::new());
        assert!(copy.0.wait().unwrap().success());
        until("the text", || {
            let (code, output) = run(zone.inside("wl-paste", &desk).arg("-n"), 10, &desk.dir);
            pasted = output.stdout;
            (code == Some(0) && pasted == text.as_bytes()).then_some(())
        });
    }
    let (code, output) = run(&mut desk.direct("wl-paste"), 10, &desk.dir);
    assert!(code == Some(1) && output.stdout.is_empty(), "nothing was copied on the desktop");
    // a second zone has a clipboard of its own
    let other = desk.zone("lab");
    assert_eq!(run(&mut other.inside("wl-paste", &desk), 10, &desk.dir).0, Some(1));
    lives(&mut zone);
}

#[test]
fn window_02_only_the_holder_of_an_input_serial_sets_the_selection() {
    let Some((desk, zone)) = start("serial", &["wtype"]) else { return };
    let _keyboard = desk.keyboard();
    let mut raw = Raw::new(zone.connect());
    let [seat, manager] = ["wl_seat", "wl_data_device_manager"].map(|i| raw.bind_named(i));
    let [keys, device, source] = std::array::from_fn(|_| raw.id());
    raw.send(seat, 1, Args::default().word(keys));
    raw.send(manager, 1, Args::default().word(device).word(seat));
    raw.window(|_, _| {});
    let offered = |raw: &mut Raw, source: u32, serial: u32| {
        raw.send(manager, 0, Args::default().word(source));
        raw.send(source, 0, Args::default().text("text/plain"));
        raw.send(device, 1, Args::default().word(source).word(serial));
        let events = raw.round_trip().unwrap();
        let count = |object: u32, number: u16| events.iter().filter(|(o, n, _)| (*o, *n) == (object, number)).count();
        // cancelled, and the offer that the focused program gets of its own selection
        (count(source, 2), count(device, 0))
    };
    assert_eq!(offered(&mut raw, source, 0xdead_beef), (1, 0), "an invented serial");
    let serial = until("the focus", || {
        raw.round_trip().unwrap();
        let enter = raw.seen.iter().find(|(object, number, _)| (*object, *number) == (keys, 1))?;
        Some(u32::from_ne_bytes(enter.2[..4].try_into().unwrap()))
    });
    let source = raw.id();
    assert_eq!(offered(&mut raw, source, serial), (0, 1), "the serial of the focus");
    // the same source again is no change: no `cancelled`, no new offer
    raw.send(device, 1, Args::default().word(source).word(serial));
    assert!(!raw.round_trip().unwrap().iter().any(|(object, _, _)| [source, device].contains(object)));
    // drag and drop is refused
    let surface = raw.id();
    let compositor = raw.bind_named("wl_compositor");
    raw.send(compositor, 0, Args::default().word(surface));
    let dragged = raw.id();
    raw.send(manager, 0, Args::default().word(dragged));
    raw.send(device, 0, Args::default().word(dragged).word(surface).word(0).word(serial));
    assert!(raw.round_trip().unwrap().iter().any(|(object, number, _)| (*object, *number) == (dragged, 2)));
}

#[test]
fn window_03_windows_carry_the_name_of_the_zone() {
    let Some((desk, zone)) = start("names", &[]) else { return };
    let mut windows = Vec::new();
    let cases: [(Option<&str>, Option<&str>, &str, &str); 4] = [
        (None, None, "[internet]", "internet"),
        (Some("외부 페이지"), Some("firefox-esr"), "[internet] 외부 페이지", "internet.firefox-esr"),
        (Some("a\u{202e}b\n\u{1b}[0mc"), Some("../x/y z"), "[internet] ab[0mc", "internet.xyz"),
        (Some(&"T".repeat(3900)), Some("long"), &format!("[internet] {}", "T".repeat(200)), "internet.long"),
    ];
    for (title, app_id, shown, id) in cases {
        let mut raw = Raw::new(zone.connect());
        raw.window(|raw, toplevel| {
            title.into_iter().for_each(|t| raw.send(toplevel, 2, Args::default().text(t)));
            app_id.into_iter().for_each(|a| raw.send(toplevel, 3, Args::default().text(a)));
        });
        windows.push(raw);
        assert_eq!(desk.window(id), shown);
    }
    // the control: on the desktop's own socket the words pass as they are
    let mut direct = Raw::new(UnixStream::connect(&desk.display).unwrap());
    direct.window(|raw, toplevel| {
        raw.send(toplevel, 2, Args::default().text("Payroll"));
        raw.send(toplevel, 3, Args::default().text("internet.fake"));
    });
    assert_eq!(desk.window("internet.fake"), "Payroll");
    drop(windows);
}

#[test]
fn window_03_another_compositor_shows_the_same_list_and_the_same_names() {
    if !needs(&["weston", "wayland-info"]) {
        return;
    }
    let desk = Desk::weston("weston");
    let mut zone = desk.zone("internet");
    let direct = listed(&mut desk.direct("wayland-info"), &desk);
    let seen = listed(&mut zone.inside("wayland-info", &desk), &desk);
    let expected: BTreeMap<String, u32> =
        ALLOWED.iter().filter_map(|(name, newest)| Some((name.to_string(), *direct.get(*name)?.min(newest)))).collect();
    assert_eq!(seen, expected);
    assert!(seen.contains_key("xdg_wm_base") && !seen.contains_key("zwp_pointer_constraints_v1"), "{seen:?}");
    assert!(direct.contains_key("zwp_pointer_constraints_v1"), "{direct:?}");
    // of the desktop's own window the words pass as they are
    for (socket, app_id, shown) in [
        (&zone.socket, "payroll", ["\"[internet] Payroll\")", "\"internet.payroll\")"]),
        (&desk.display, "internet.payroll", ["\"Payroll\")", "\"internet.payroll\")"]),
    ] {
        let mut raw = Raw::new(UnixStream::connect(socket).unwrap());
        raw.window(|raw, toplevel| {
            raw.send(toplevel, 2, Args::default().text("Payroll"));
            raw.send(toplevel, 3, Args::default().text(app_id));
        });
        let last = || ["set_title", "set_app_id"].map(|request| desk.heard(request).pop().unwrap_or_default());
        until("title and app_id", || (last() == shown).then_some(()));
    }
    lives(&mut zone);
}

#[test]
fn a_program_shows_its_window() {
    let Some((desk, zone)) = start("foot", &["foot", "grim"]) else { return };
    let before = desk.screenshot();
    let mut foot = zone.inside("foot", &desk);
    foot.args(["-a", "payroll", "-T", "Payroll", "-o", "colors.background=00aa00", "sleep", "60"]);
    let foot = Ends(foot.spawn().unwrap());
    assert_eq!(desk.window("internet.payroll"), "[internet] Payroll");
    let green = |shot: &[u8]| shot.chunks_exact(3).filter(|p| *p == [0, 0xaa, 0]).count();
    assert_eq!(green(&before), 0);
    until("green pixels", || {
        // the header's length may shift the pixels by one or two bytes
        let shot = desk.screenshot();
        (0..3).any(|shift| green(&shot[shift..]) > 10_000).then_some(())
    });
    drop(foot);
    until("its end", || desk.windows().is_empty().then_some(()));
}

#[test]
fn without_a_compositor_it_says_so_and_ends() {
    if !needs(&["sway"]) {
        return;
    }
    let mut desk = Desk::start("none");
    let display = desk.display.clone();
    desk.display = desk.dir.join("nobody");
    let mut zone = desk.zone("internet");
    assert_eq!(until("the end", || zone.child.0.try_wait().unwrap()).code(), Some(125));
    let FromInit::Failed(failure) = zone.says() else { panic!("it is not ready") };
    assert_eq!((failure.stage, failure.errno), (Stage::Connect, libc::ENOENT), "{failure:?}");
    desk.display = display;
}
