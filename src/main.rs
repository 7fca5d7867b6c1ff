//! The command `tribunal`.

fn main() -> std::process::ExitCode {
    tribunal::cli::main()
}
