//! `cargo xtask serve`: builds the product and runs it, ready to use.

use anyhow::bail;

use crate::Root;
use crate::program::{cargo, run};

/// Builds `openhands` and runs it with these arguments; without any it opens the interactive session.
///
/// Builds without optimising our own crates: that is ready in a fraction of the time, and the product waits for models
/// and commands, not for itself. `release` asks for the real thing.
pub fn serve(root: &Root, release: bool, args: &[String]) -> anyhow::Result<()> {
    let mut build = cargo(root, &["build", "--package", "openhands"]);
    let profile = if release {
        build.arg("--release");
        "release"
    } else {
        "debug"
    };
    run(&mut build)?;
    let binary = root.target().join(profile).join("openhands");
    let status = std::process::Command::new(&binary).args(args).status()?;
    if !status.success() {
        bail!("openhands ended: {status}");
    }
    Ok(())
}
