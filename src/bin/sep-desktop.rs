//! `sep-desktop`: windows of a zone on the user's desktop. Everything is in the library.

fn main() -> std::process::ExitCode {
    sep_run::desktop::main()
}
