//! How long a call waits, and for what reason it stops waiting. Arithmetic only.

use std::time::Duration;

use tokio::time::Instant;

/// How long a full-screen program that never rests is let draw before its screen is shown.
const DRAWING: Duration = Duration::from_secs(2);

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pause {
    /// The command has ended.
    Ended,
    /// It said nothing for too long.
    Quiet,
    /// It took longer than it was given.
    Late(f64),
    /// It says something all the time and does not end.
    Long,
    /// It waits for somebody to type.
    Asks,
    /// It has the whole screen and keeps drawing on it.
    Shows,
}

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// When the call began.
    pub(super) since: Instant,
    /// The seconds it was given.
    pub(super) limit: Option<f64>,
    /// How long a command may say nothing.
    pub(super) quiet: Duration,
    /// How long a command may take that was given no limit.
    pub(super) longest: Duration,
    /// Whether the call did more than ask for output.
    pub(super) active: bool,
}

impl Patience {
    /// When the wait is over if nothing happens, and why; a call with a limit waits for nothing else.
    pub(super) fn end(&self, touched: Instant, full_screen: bool) -> Option<(Instant, Pause)> {
        if let Some(limit) = self.limit {
            // A limit beyond all time is none.
            let wait = Duration::try_from_secs_f64(limit).ok()?;
            return Some((self.since.checked_add(wait)?, Pause::Late(limit)));
        }
        let quiet = touched.checked_add(self.quiet);
        let long = self.since.checked_add(self.longest);
        let shows = self.since.checked_add(DRAWING).filter(|_| full_screen);
        [
            quiet.map(|at| (at, Pause::Quiet)),
            long.map(|at| (at, Pause::Long)),
            shows.map(|at| (at, Pause::Shows)),
        ]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
    }
}
