//! What `cargo xtask` understands, and which task each command is.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::bench::{self, Bench};
use crate::faults::{self, Faults};
use crate::lint::{self, Holes};
use crate::{Root, Scope, dist, serve, suite, tidy};

/// The tasks of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Tasks {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
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
        /// Also drive the original Python server with the clients, so that differences show
        #[arg(long)]
        original: bool,
    },
    /// Checks format, warnings, dependencies and the rules of ARCHITECTURE.md
    Lint {
        /// Fetch the list of known holes in dependencies first
        #[arg(long)]
        advisories: bool,
    },
    /// Checks the rules of ARCHITECTURE.md alone
    Tidy,
    /// Measures the figures and shows them beside the original's and the bar
    Bench {
        /// Only figures whose name contains this
        #[arg(long, value_name = "TEXT")]
        filter: Option<String>,
        /// Keep the table in BENCHMARKS.md, with the machine named
        #[arg(long, conflicts_with = "filter")]
        write: bool,
        /// A Python that has the original server: measure it beside ours, in the same run
        #[arg(long, value_name = "PYTHON")]
        original: Option<PathBuf>,
    },
    /// Lets a simulated machine die many times, and checks that nothing acknowledged is lost
    Faults(Faults),
    /// Packs the binary as it is shipped
    Dist,
}

impl Tasks {
    /// Does what was asked.
    pub fn run(self) -> anyhow::Result<()> {
        let root = Root::find()?;
        match self.task {
            Task::Serve { release, args } => serve::serve(&root, release, &args),
            Task::Test {
                filter,
                quick,
                original,
            } => suite::test(
                &root,
                &Scope {
                    filter,
                    quick,
                    original,
                },
            ),
            Task::Lint { advisories: true } => lint::lint(&root, Holes::Fetched),
            Task::Lint { advisories: false } => lint::lint(&root, Holes::Kept),
            Task::Tidy => tidy::tidy(&root),
            Task::Bench {
                filter,
                write,
                original,
            } => bench::bench(
                &root,
                &Bench {
                    filter,
                    write,
                    original,
                },
            ),
            Task::Faults(asked) => faults::faults(&root, &asked),
            Task::Dist => dist::dist(&root),
        }
    }
}
