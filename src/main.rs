//! The program `avsc-tui`: parse, run, print the error chain, return the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    avsc_tui::cli::main()
}
