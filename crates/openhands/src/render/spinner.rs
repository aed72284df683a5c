//! The one line at the bottom that moves while nothing else does. Knows no clock: time is passed in.

use std::time::{Duration, Instant};

use super::{Line, Look, Tone, elapsed};

/// How long nothing must happen before it appears.
const PATIENCE: Duration = Duration::from_millis(400);
/// How long one picture stays.
const FRAME: Duration = Duration::from_millis(100);

/// What is being waited for, and since when.
#[derive(Clone, Debug)]
pub struct Spinner {
    what: String,
    since: Instant,
    quiet_since: Instant,
}

impl Spinner {
    /// Waiting for something from now on.
    pub fn new(what: impl Into<String>, now: Instant) -> Self {
        Self {
            what: what.into(),
            since: now,
            quiet_since: now,
        }
    }

    /// Something was printed.
    pub fn stir(&mut self, now: Instant) {
        self.quiet_since = now;
    }

    /// What is being waited for, in other words.
    pub fn rename(&mut self, what: impl Into<String>) {
        self.what = what.into();
    }

    /// The line to show, once the wait is worth it.
    pub fn line(&self, now: Instant, extra: &str, look: &Look) -> Option<Line> {
        if now.duration_since(self.quiet_since) < PATIENCE {
            return None;
        }
        let waited = now.duration_since(self.since);
        let frames = look.glyphs.spinner;
        let at = waited.as_millis() / FRAME.as_millis() % frames.len() as u128;
        let picture = usize::try_from(at).ok().and_then(|at| frames.get(at))?;
        let dot = look.glyphs.dot;
        let mut tail = format!(
            "{dot}{}",
            elapsed(Duration::from_secs(waited.as_secs().max(1)))
        );
        if !extra.is_empty() {
            tail = format!("{tail}{dot}{extra}");
        }
        let line = Line::new(Tone::Deed, *picture)
            .and(Tone::Plain, format!(" {}", self.what))
            .and(Tone::Faint, tail);
        // The last column stays free: some terminals break the line when it is filled.
        Some(line.cut(look.columns().saturating_sub(1), look))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_appears_only_when_nothing_happens() {
        let start = Instant::now();
        let look = Look::plain();
        let mut spinner = Spinner::new("thinking", start);
        let at = |millis| start + Duration::from_millis(millis);
        assert_eq!(spinner.line(at(100), "", &look), None);
        let line = spinner.line(at(2_500), "$0.10", &look).unwrap();
        assert!(
            line.text().ends_with("thinking \u{b7} 2.0 s \u{b7} $0.10"),
            "{}",
            line.text()
        );
        spinner.stir(at(2_500));
        assert_eq!(spinner.line(at(2_600), "", &look), None);
        assert!(spinner.line(at(3_000), "", &look).is_some());
    }

    #[test]
    fn it_never_fills_the_line() {
        let start = Instant::now();
        let look = Look {
            width: Some(20),
            ..Look::plain()
        };
        let spinner = Spinner::new("x".repeat(50), start);
        let line = spinner
            .line(start + Duration::from_secs(9), "more", &look)
            .unwrap();
        assert!(line.text().chars().count() <= 19);
    }
}
