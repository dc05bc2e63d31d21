fn main() -> std::process::ExitCode {
    sep_run::desktop::main()
}
