//! The figures of the product, measured as it is shipped. Run by `cargo xtask bench`; nothing fails over a time.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark speaks to the person who started it"
)]

mod durability;
mod process;
mod recovery;
mod server;
mod site;
mod steps;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use xtask::Root;
use xtask::bench::{Figure, Row, machine, table, write};

use server::Subject;
use site::Site;

/// What `cargo xtask bench` hands over.
#[derive(Parser)]
struct Args {
    /// Only figures whose name contains this
    #[arg(long)]
    filter: Option<String>,
    /// Keep the table in BENCHMARKS.md
    #[arg(long)]
    write: bool,
    /// The binary to measure
    #[arg(long)]
    openhands: PathBuf,
    /// A Python that has the original server; it is measured beside ours
    #[arg(long)]
    original: Option<PathBuf>,
    /// Said by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// A figure and how one run of it is measured.
struct Measure {
    figure: Figure,
    runs: usize,
    run: fn(&Site) -> anyhow::Result<f64>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let root = Root::find()?;
    let openhands = args.openhands.canonicalize();
    let openhands = openhands.with_context(|| format!("no {}", args.openhands.display()))?;
    let site = Site::new(&root, openhands)?;
    let wanted = args.filter.as_deref().unwrap_or_default();
    let measures = [
        durability::MEASURES,
        recovery::MEASURES,
        steps::MEASURES,
        process::MEASURES,
    ];
    let mut rows = Vec::new();
    for measure in measures.into_iter().flatten() {
        if measure.figure.name.contains(wanted) {
            rows.push(row(measure, &site)?);
        }
    }
    let original = args.original.map(Subject::Original);
    for story in server::stories() {
        rows.extend(story.rows(&site, original.as_ref(), wanted)?);
    }
    println!("\nMachine: {}.\n\n{}", machine(site.folder()), table(&rows));
    if args.write {
        write(&root, &rows)?;
    }
    Ok(())
}

fn row(measure: &Measure, site: &Site) -> anyhow::Result<Row> {
    let figure = measure.figure;
    let mut runs = Vec::new();
    for run in 1..=measure.runs {
        println!("{}: run {run} of {}", figure.name, measure.runs);
        runs.push((measure.run)(site).with_context(|| format!("measuring {}", figure.name))?);
    }
    Ok(Row {
        runs,
        ..Row::empty(figure)
    })
}
