//! `cargo xtask faults`: the seeded fault run, in a process of its own that knows the rooms.

use clap::Args;

use crate::Root;
use crate::program::{cargo, run};

/// How much to break.
#[derive(Args, Debug)]
pub struct Faults {
    /// Where the run starts; the same seed breaks the same things
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// At how many points the machine dies
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub crash_points: u64,
    /// Only this one conversation, whose seed a failure named
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seed", "crash_points"])]
    pub story: Option<u64>,
}

/// Runs it; an error if an acknowledged event was lost or a tool ran twice.
pub fn faults(root: &Root, faults: &Faults) -> anyhow::Result<()> {
    let mut command = cargo(
        root,
        &[
            "run",
            "--quiet",
            "--package",
            "xtask",
            "--example",
            "faults",
            "--",
        ],
    );
    if let Some(story) = faults.story {
        command.args(["--story", &story.to_string()]);
    } else {
        command
            .args(["--seed", &faults.seed.to_string()])
            .args(["--crash-points", &faults.crash_points.to_string()]);
    }
    run(&mut command)
}
