//! `sepctl`: looks at profiles and at what this PC can give. Everything is in the library.

fn main() -> std::process::ExitCode {
    sep_run::cli::sepctl(std::env::args_os()).print()
}
