//! `cargo xtask`: does the task that was asked for.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match xtask::Tasks::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => xtask::complain(&error),
    }
}
