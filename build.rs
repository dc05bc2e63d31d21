//! Compiles the seccomp filters that the library embeds; each has its list in `build/`.

#[path = "build/relay.rs"]
mod relay;
#[path = "build/seccomp.rs"]
mod seccomp;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    seccomp::write("relay.bpf", &relay::filter());
}
