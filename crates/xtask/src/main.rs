//! `cargo xtask`: reads what was asked and calls the task of that name.

use clap::{Parser, Subcommand};
use xtask::{Root, Scope};

/// The tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Tasks {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds OpenHands and opens it
    Serve {
        /// Optimised as it is shipped; takes longer to build
        #[arg(long)]
        release: bool,
        /// What to hand to `openhands`, after `--`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Installs what the tests need and runs all of them, lints included
    Test {
        /// Only tests whose name contains this, and nothing else
        #[arg(long, value_name = "TEXT")]
        filter: Option<String>,
        /// Only the tests: no lints, no fault run
        #[arg(long)]
        quick: bool,
    },
}

fn main() -> anyhow::Result<()> {
    let root = Root::find()?;
    match Tasks::parse().task {
        Task::Serve { release, args } => xtask::serve(&root, release, &args),
        Task::Test { filter, quick } => xtask::test(&root, &Scope { filter, quick }),
    }
}
