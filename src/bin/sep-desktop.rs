//! `sep-desktop`: shows the windows of a zone. Everything is in the library.

fn main() -> std::process::ExitCode {
    sep_run::desktop::main()
}
