//! `sep-run`: runs a program in a zone. Everything is in the library.

fn main() -> std::process::ExitCode {
    sep_run::cli::launch::main(std::env::args_os())
}
