//! The agent server as its clients see it: over HTTP and sockets, against the binary as it is shipped, and the original
//! beside it where somebody named a Python that has it.

mod client;
mod files;
mod history;
mod life;
mod runs;
mod subject;

use anyhow::Context as _;
use xtask::bench::{Bar, Figure, Row, Unit};

use crate::site::Site;
pub use subject::Subject;

/// What one course of events shows, and how often it is played.
pub struct Story {
    figures: &'static [Figure],
    /// How often ours plays it; the original plays it once, it takes so long.
    runs: usize,
    /// Gives a value for each figure.
    play: fn(&Site, &Subject) -> anyhow::Result<Vec<f64>>,
}

/// All of them.
pub fn stories() -> impl Iterator<Item = &'static Story> {
    [
        life::STORIES,
        runs::STORIES,
        history::STORIES,
        files::STORIES,
    ]
    .into_iter()
    .flatten()
}

impl Story {
    /// Plays it with ours, and once with the original if there is one; the rows whose names contain what is wanted.
    pub fn rows(
        &self,
        site: &Site,
        original: Option<&Subject>,
        wanted: &str,
    ) -> anyhow::Result<Vec<Row>> {
        let mut rows: Vec<Row> = self.figures.iter().copied().map(Row::empty).collect();
        if !rows.iter().any(|row| row.figure.name.contains(wanted)) {
            return Ok(Vec::new());
        }
        let ours = Subject::Ours(site.openhands().to_owned());
        for run in 1..=self.runs {
            self.say(&format!("run {run} of {}", self.runs));
            for (row, value) in rows.iter_mut().zip(self.played(site, &ours)?) {
                row.runs.push(value);
            }
        }
        if let Some(original) = original {
            self.say("the original");
            for (row, value) in rows.iter_mut().zip(self.played(site, original)?) {
                row.original.push(value);
            }
        }
        rows.retain(|row| row.figure.name.contains(wanted));
        Ok(rows)
    }

    fn played(&self, site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
        let name = self.name();
        (self.play)(site, subject).with_context(|| format!("measuring {name}"))
    }

    fn name(&self) -> &'static str {
        self.figures.first().map_or("nothing", |figure| figure.name)
    }

    fn say(&self, what: &str) {
        println!("{}: {what}", self.name());
    }
}

/// A figure that is good when it is small.
const fn at_most(name: &'static str, original: &'static str, bar: f64, unit: Unit) -> Figure {
    Figure {
        name,
        original,
        bar: Bar::AtMost(bar),
        unit,
    }
}

/// A figure that is good when it is large.
const fn at_least(name: &'static str, original: &'static str, bar: f64) -> Figure {
    Figure {
        name,
        original,
        bar: Bar::AtLeast(bar),
        unit: Unit::PerSecond,
    }
}
