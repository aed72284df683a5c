//! Many histories at once, until there were enough crashes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::dice::Dice;
use super::history::replay_history;

/// What a run of faults did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// How often the log crashed and was opened again.
    pub crashes: u64,
    /// In how many histories.
    pub histories: u64,
}

/// What went wrong, and how to see it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the history of seed {seed} goes wrong {wrong}; `testkit::disk::replay_history({seed})` repeats it"
)]
pub struct Failure {
    /// The seed of the history.
    pub seed: u64,
    /// What.
    pub wrong: String,
}

/// Crashes the store at random points of random histories, that many times at least, on all processors.
///
/// Tells `progress` now and then how many crashes there were. Fails at the first history that loses or changes
/// anything acknowledged, keeps half a batch, or cannot be opened.
pub fn fault_run(
    seed: u64,
    crash_points: u64,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Report, Failure> {
    let crashes = AtomicU64::new(0);
    let histories = AtomicU64::new(0);
    let failure = Mutex::new(None);
    let work = || {
        while crashes.load(Ordering::Relaxed) < crash_points && lock(&failure).is_none() {
            let number = histories.fetch_add(1, Ordering::Relaxed);
            let seed = Dice::new(seed ^ number.rotate_left(32)).any();
            match replay_history(seed) {
                Ok(more) => {
                    let before = crashes.fetch_add(more, Ordering::Relaxed);
                    if before / 1000 != (before + more) / 1000 {
                        progress(before + more);
                    }
                }
                Err(wrong) => {
                    lock(&failure).get_or_insert(Failure { seed, wrong });
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    match failure.into_inner() {
        Ok(None) => Ok(Report {
            crashes: crashes.into_inner(),
            histories: histories.into_inner(),
        }),
        Ok(Some(failure)) => Err(failure),
        Err(poisoned) => Err(poisoned.into_inner().unwrap_or(Failure {
            seed,
            wrong: "because the run itself broke down".to_owned(),
        })),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
