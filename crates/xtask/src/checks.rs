//! Counting what passed and what failed, across tests and other checks, up to the closing line.

use std::fmt;
use std::time::Instant;

/// That so many checks failed; the closing line has said it already.
#[derive(Debug)]
pub struct Failed(u64);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.0)
    }
}

impl std::error::Error for Failed {}

/// What passed and what failed so far, with the names of what failed.
#[derive(Debug, Default)]
pub struct Tally {
    passed: u64,
    failed: u64,
    failures: Vec<String>,
}

impl Tally {
    /// Runs one check under a heading and counts it.
    pub fn check(&mut self, name: &str, check: impl FnOnce() -> anyhow::Result<()>) {
        let start = heading(name);
        let result = check();
        self.count(name, result);
        println!("after {:.0?}", start.elapsed());
    }

    /// Counts the result of a check.
    pub fn count(&mut self, name: &str, result: anyhow::Result<()>) {
        match result {
            Ok(()) => {
                self.passed += 1;
                println!("{name}: passed");
            }
            Err(error) => {
                println!("{name}: FAILED: {error:#}");
                self.fail(name.to_owned());
            }
        }
    }

    /// Counts one failure.
    pub fn fail(&mut self, name: String) {
        self.failed += 1;
        self.failures.push(name);
    }

    /// Reads a line that a test program printed; counts its closing line.
    pub fn hear(&mut self, line: &str) {
        let line = plain(line);
        if let Some(counts) = line.strip_prefix("test result: ") {
            self.passed += count_before(counts, " passed");
            self.failed += count_before(counts, " failed");
        } else if let Some(test) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(test.to_owned());
        }
    }

    /// How many failed.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// The closing line.
    pub fn closing(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }

    /// Names the failures, prints the closing line last, and is an error if anything failed.
    pub fn close(self) -> anyhow::Result<()> {
        println!();
        for name in &self.failures {
            println!("failed: {name}");
        }
        println!("{}", self.closing());
        match self.failed {
            0 => Ok(()),
            failed => Err(Failed(failed).into()),
        }
    }
}

/// Prints the heading of a phase; returns when it began.
pub fn heading(name: &str) -> Instant {
    println!("\n=== {name}");
    Instant::now()
}

fn count_before(counts: &str, word: &str) -> u64 {
    counts
        .split(';')
        .filter_map(|part| part.strip_suffix(word))
        .filter_map(|part| part.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

/// The line without colours.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        rest = after
            .split_once(|c: char| c.is_ascii_alphabetic())
            .map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
