//! The fault run: the real store and the real agent on a disk that dies, tears and fills up. `cargo xtask faults`
//! starts it; the same seed breaks the same things.

#![expect(
    clippy::print_stdout,
    reason = "a fault run speaks to the person who started it"
)]

mod story;

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::bail;
use clap::Parser;
use testkit::disk::{Dice, fault_run};

/// What `cargo xtask faults` hands over.
#[derive(Parser)]
struct Args {
    /// Where the run starts
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// At how many points the machine dies
    #[arg(long, default_value_t = 100_000)]
    crash_points: u64,
    /// Only this whole conversation, whose seed a failure named
    #[arg(long)]
    story: Option<u64>,
}

/// One crash in so many hits a whole conversation; the others hit a log alone, which is far quicker.
const STORIES: u64 = 5;

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if let Some(seed) = args.story {
        return match story::tell(seed) {
            Ok(crashes) => {
                println!("story {seed}: {crashes} crashes, nothing lost");
                Ok(())
            }
            Err(wrong) => bail!("story {seed}: {wrong}"),
        };
    }
    let begin = Instant::now();
    let whole = args.crash_points / STORIES;
    let logs = args.crash_points - whole;
    let progress = Progress::new("crashes of a log", logs);
    let report = fault_run(args.seed, logs, &|done| progress.show(done))?;
    progress.end();
    let progress = Progress::new("crashes of a conversation", whole);
    let (crashes, stories) = tell_many(args.seed, whole, &progress)?;
    progress.end();
    println!(
        "{} crash points from seed {} in {:.0?}: {} in {} logs, {crashes} in {stories} conversations; no acknowledged event lost, no tool run twice",
        report.crashes + crashes,
        args.seed,
        begin.elapsed(),
        report.crashes,
        report.histories,
    );
    Ok(())
}

/// Tells stories on all processors until there were enough crashes; gives the crashes and the stories.
fn tell_many(seed: u64, enough: u64, progress: &Progress) -> anyhow::Result<(u64, u64)> {
    let crashes = AtomicU64::new(0);
    let stories = AtomicU64::new(0);
    let failure = Mutex::new(None);
    let failed = || failure.lock().is_ok_and(|failure| failure.is_some());
    let work = || {
        while crashes.load(Ordering::Relaxed) < enough && !failed() {
            let number = stories.fetch_add(1, Ordering::Relaxed);
            let seed = Dice::new(seed ^ number.rotate_left(32)).any();
            match story::tell(seed) {
                Ok(more) => progress.show(crashes.fetch_add(more, Ordering::Relaxed) + more),
                Err(wrong) => {
                    if let Ok(mut failure) = failure.lock() {
                        failure.get_or_insert((seed, wrong));
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    if let Ok(Some((seed, wrong))) = failure.into_inner() {
        bail!(
            "the conversation of seed {seed} goes wrong: {wrong}; `cargo xtask faults --story {seed}` repeats it"
        );
    }
    Ok((crashes.into_inner(), stories.into_inner()))
}

/// A line that says how far the run is: rewritten on a terminal, now and then elsewhere.
struct Progress {
    what: &'static str,
    of: u64,
    shown: AtomicU64,
}

impl Progress {
    fn new(what: &'static str, of: u64) -> Self {
        Self {
            what,
            of,
            shown: AtomicU64::new(0),
        }
    }

    fn show(&self, done: u64) {
        let parts = if io::stdout().is_terminal() { 100 } else { 5 };
        let part = done * parts / self.of.max(1);
        if self.shown.fetch_max(part, Ordering::Relaxed) < part {
            let end = if io::stdout().is_terminal() {
                '\r'
            } else {
                '\n'
            };
            print!("{}: {} of {}{end}", self.what, done.min(self.of), self.of);
            // Not seeing how far it is harms nobody.
            let _ = io::stdout().flush();
        }
    }

    fn end(&self) {
        if io::stdout().is_terminal() {
            println!();
        }
    }
}
