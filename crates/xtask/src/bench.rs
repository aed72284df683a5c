//! `cargo xtask bench`: what a figure is, and the table of ours beside the original's. Measures nothing itself.

mod machine;
mod record;
mod table;

use std::path::PathBuf;

use crate::Root;
use crate::program::{cargo, run};

pub use machine::machine;
pub use record::write;
pub use table::table;

/// A figure to reach, as `design` promised it.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// What is measured.
    pub name: &'static str,
    /// What the original needs, in its own words; empty where nobody measured it.
    pub original: &'static str,
    /// What ours must be.
    pub bar: Bar,
    /// What the numbers count.
    pub unit: Unit,
}

/// Where good ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bar {
    /// Less is better.
    AtMost(f64),
    /// More is better.
    AtLeast(f64),
    /// Nobody set one; less is better.
    None,
}

/// What the numbers of a figure count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, shown in the unit that fits.
    Seconds,
    /// So many in a second.
    PerSecond,
    /// So many times as much.
    Times,
    /// Bytes, shown in kB or MB.
    Bytes,
}

/// A figure and what several runs gave.
#[derive(Clone, Debug)]
pub struct Row {
    /// The figure.
    pub figure: Figure,
    /// One value a run.
    pub runs: Vec<f64>,
    /// The original's, where it was measured beside ours.
    pub original: Vec<f64>,
}

impl Row {
    /// A figure that nobody has measured yet.
    pub fn empty(figure: Figure) -> Self {
        Self {
            figure,
            runs: Vec::new(),
            original: Vec::new(),
        }
    }

    /// The run in the middle.
    pub fn median(&self) -> Option<f64> {
        middle(&self.runs)
    }

    /// Whether the run in the middle reaches the bar; nothing where there is no bar.
    pub fn met(&self) -> Option<bool> {
        let median = self.median();
        match self.figure.bar {
            Bar::AtMost(bar) => Some(median.is_some_and(|value| value <= bar)),
            Bar::AtLeast(bar) => Some(median.is_some_and(|value| value >= bar)),
            Bar::None => None,
        }
    }
}

fn middle(runs: &[f64]) -> Option<f64> {
    let mut runs = runs.to_vec();
    runs.sort_by(f64::total_cmp);
    runs.get(runs.len() / 2).copied()
}

/// What to measure, and whether to keep it.
#[derive(Clone, Debug, Default)]
pub struct Bench {
    /// Only figures whose name contains this.
    pub filter: Option<String>,
    /// Write the table into BENCHMARKS.md.
    pub write: bool,
    /// A Python that has the original server, to be measured beside ours.
    pub original: Option<PathBuf>,
}

/// Builds the product and the benchmarks as they are shipped and runs them.
pub fn bench(root: &Root, bench: &Bench) -> anyhow::Result<()> {
    run(&mut cargo(
        root,
        &["build", "--release", "--package", "openhands"],
    ))?;
    let mut command = cargo(
        root,
        &["bench", "--package", "xtask", "--bench", "figures", "--"],
    );
    command
        .arg("--openhands")
        .arg(root.target().join("release/openhands"));
    if let Some(filter) = &bench.filter {
        command.args(["--filter", filter]);
    }
    if let Some(python) = &bench.original {
        command.arg("--original").arg(python);
    }
    if bench.write {
        command.arg("--write");
    }
    run(&mut command)
}

#[cfg(test)]
mod tests;
