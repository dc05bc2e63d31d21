//! Compiles the seccomp filters that the library embeds, each from its list in `build/`: a launch then installs ready
//! bytes (0.1 ms) instead of building rules.

#[path = "build/agent.rs"]
mod agent;
#[path = "build/deny.rs"]
mod deny;
#[path = "build/desktop_filter.rs"]
mod desktop_filter;
#[path = "build/relay.rs"]
mod relay;
#[path = "build/scribe.rs"]
mod scribe;
#[path = "build/seccomp.rs"]
mod seccomp;
#[path = "build/zone.rs"]
mod zone;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    seccomp::write("agent.bpf", &agent::filter());
    seccomp::write("relay.bpf", &relay::filter());
    seccomp::write("scribe.bpf", &scribe::filter());
    seccomp::write("desktop-proxy.bpf", &desktop_filter::proxy());
    seccomp::write("desktop-dialer.bpf", &desktop_filter::dialer());
    deny::write("zone.bpf", &zone::filter(zone::Nested::No));
    deny::write("zone-nested.bpf", &zone::filter(zone::Nested::Yes));
}
