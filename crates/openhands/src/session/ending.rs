//! How a session ends: the code, the last line, and how to go on.

use std::time::Duration;

use domain::Status;

use super::account::Account;
use crate::exit::Exit;
use crate::render::{Line, Look, Tone, counted, elapsed, usage};

/// The code that a status at rest stands for.
pub fn exit(status: Status, account: &Account) -> Exit {
    match status {
        Status::Finished | Status::Idle | Status::Running | Status::Deleting => Exit::Finished,
        Status::Paused => Exit::Interrupted,
        Status::WaitingForConfirmation => Exit::Waiting,
        Status::Stuck => Exit::Stuck,
        Status::Error if account.hit_limit() => Exit::Limit,
        Status::Error => Exit::Error,
    }
}

/// One line under a run: how it went, how much it took.
pub fn footer(status: Status, account: &Account, took: Duration, look: &Look) -> Vec<Line> {
    let glyphs = look.glyphs;
    let (tone, mark, word) = match status {
        Status::Finished => (Tone::Good, glyphs.good, "finished"),
        Status::Error => (Tone::Bad, glyphs.bad, "stopped by an error"),
        Status::Stuck => (Tone::Bad, glyphs.bad, "going in circles"),
        Status::Paused => (Tone::Warning, glyphs.more, "stopped"),
        Status::WaitingForConfirmation => (Tone::Warning, glyphs.more, "waiting for your word"),
        Status::Idle | Status::Running | Status::Deleting => {
            (Tone::Faint, glyphs.more, status.as_str())
        }
    };
    let steps = counted(account.steps as u64, "step");
    let dot = glyphs.dot;
    let used = usage(&account.stats, look);
    vec![
        Line::empty(),
        Line::new(tone, format!("{mark} {word}")).and(
            Tone::Faint,
            format!("{dot}{steps}{dot}{used}{dot}{}", elapsed(took)),
        ),
    ]
}

/// How to go on later.
pub fn farewell(command: &str) -> Vec<Line> {
    vec![Line::new(Tone::Faint, "go on with: ").and(Tone::Plain, command)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_code() {
        let mut account = Account::default();
        for (status, code) in [
            (Status::Finished, 0),
            (Status::Error, 1),
            (Status::Stuck, 3),
            (Status::WaitingForConfirmation, 5),
            (Status::Paused, 130),
        ] {
            assert_eq!(exit(status, &account).code(), code, "{status}");
        }
        account.error = Some(domain::ConversationError {
            code: "MaxBudgetReached".to_owned(),
            detail: String::new(),
            classification: None,
        });
        assert_eq!(exit(Status::Error, &account).code(), 4);
    }
}
