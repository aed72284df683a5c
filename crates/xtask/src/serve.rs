//! `cargo xtask serve`: builds the product and becomes it, ready to use.

use std::process::Command;

use anyhow::Context as _;

use crate::program::{cargo, run};
use crate::{Root, ui};

/// What is opened when nobody says otherwise: the web interface.
const OPENED: &str = "serve";

/// Builds `openhands` and runs it with these arguments; without any it opens the web interface.
///
/// Our own crates are not optimised: that is ready in a fraction of the time, and the product waits for models and
/// commands, not for itself. `release` asks for what is shipped.
pub fn serve(root: &Root, release: bool, args: &[String]) -> anyhow::Result<()> {
    if let Err(error) = ui::ui(root) {
        println!("warning: the web interface is left out: {error:#}");
    }
    let mut build = cargo(root, &["build", "--package", "openhands"]);
    let profile = if release {
        build.arg("--release");
        "release"
    } else {
        "debug"
    };
    run(&mut build)?;
    let binary = root.target().join(profile).join("openhands");
    let mut openhands = Command::new(&binary);
    if args.is_empty() {
        openhands.arg(OPENED);
    }
    become_program(openhands.args(args))
        .with_context(|| format!("cannot start {}", binary.display()))
}

/// Keys such as Ctrl-C, and the exit code, are the program's own business from here on.
#[cfg(unix)]
fn become_program(command: &mut Command) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> std::io::Result<()> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1))
}
