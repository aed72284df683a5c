//! The tasks of this repository as plain functions, so that tests can call them too. Knows no room of the product.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task speaks to the person who started it"
)]

pub mod bench;
mod checks;
mod chromium;
mod dist;
mod faults;
mod lint;
mod needs;
mod node;
mod program;
mod python;
mod root;
mod serve;
mod suite;
mod tasks;
pub mod tidy;
mod ui;

use std::process::ExitCode;

pub use root::Root;
pub use suite::Scope;
pub use tasks::Tasks;

/// Says why a task failed, unless its closing line did.
pub fn complain(error: &anyhow::Error) -> ExitCode {
    if !error.is::<checks::Failed>() {
        eprintln!("error: {error:#}");
    }
    ExitCode::FAILURE
}
