//! The `openhands` command: configuration, subcommands, and the only place rooms are wired together.

pub mod cli;
mod clock;
mod config;
mod demo;
mod environment;
mod exit;
mod render;

use std::process::ExitCode;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
