fn main() -> std::process::ExitCode {
    sep_run::cli::sepctl(std::env::args_os()).print()
}
