fn main() -> std::process::ExitCode {
    sep_run::cli::launch::main(std::env::args_os())
}
