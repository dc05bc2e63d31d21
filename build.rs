//! Compiles the seccomp filters once, so that a launch installs ready bytes (0.1 ms) instead of building rules.

#[path = "build/desktop_filter.rs"]
mod desktop_filter;
#[path = "build/filter.rs"]
mod filter;
#[path = "build/zone.rs"]
mod zone;

fn main() {
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=build.rs");
    filter::write("zone", &zone::filter(zone::Nested::No));
    filter::write("zone-nested", &zone::filter(zone::Nested::Yes));
    filter::write("desktop-proxy", &desktop_filter::proxy());
    filter::write("desktop-dialer", &desktop_filter::dialer());
}
