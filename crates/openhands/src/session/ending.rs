//! How a session ends: the code, the last line, and how to go on.

use std::sync::Arc;
use std::time::Duration;

use domain::{Command, Status};

use super::Session;
use super::account::Account;
use super::screen::Screen;
use super::stage::Stage;
use super::watch::View;
use crate::exit::{Exit, Failure};
use crate::json_output::Outcome;
use crate::render::{Line, Look, Tone, counted, elapsed, usage};
use crate::stdout;
use crate::wiring::resume_command;

/// How long a conversation may take to put its things away when everybody leaves.
const FAREWELL: Duration = Duration::from_secs(5);

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
fn farewell(command: &str) -> Vec<Line> {
    vec![Line::new(Tone::Faint, "go on with: ").and(Tone::Plain, command)]
}

impl Session<'_> {
    /// Puts everything away, and says how to go on if there is something to go on with.
    pub(super) async fn end(mut self, ended: Result<Exit, Failure>) -> Result<Exit, Failure> {
        // The terminal is given back before anything is written to it.
        self.lines = None;
        let closed = tokio::select! {
            closed = put_away(&mut self.stage, &mut self.view) => closed,
            () = tokio::time::sleep(FAREWELL) => Ok(()),
            _ = self.signals.next() => Ok(()),
        };
        let ended = ended.and_then(|exit| closed.map(|()| exit));
        match ended {
            Ok(exit) => self.last_words(exit, None).map(|()| exit),
            Err(failure) => {
                if self.worked && matches!(self.view.screen, Screen::Json) {
                    self.last_words(failure.exit, Some(&failure))?;
                }
                Err(failure)
            }
        }
    }

    fn last_words(&mut self, exit: Exit, failure: Option<&Failure>) -> Result<(), Failure> {
        let (id, status) = (self.stage.id(), self.stage.status());
        let unfinished = !matches!(exit, Exit::Finished) || status != Status::Finished;
        let resume = resume_command(
            id,
            self.config_file.as_deref(),
            self.rooms.server.as_deref(),
        );
        if matches!(self.view.screen, Screen::Json) {
            let resume = unfinished.then_some(resume);
            let outcome = Outcome::new(id, status, exit, &self.view.account, resume);
            let outcome = outcome.with_failure(failure);
            return stdout::write(&outcome.line());
        }
        // After a hang-up there is nobody left to tell.
        if matches!(exit, Exit::HungUp | Exit::Pipe) || !(self.worked && unfinished) {
            return Ok(());
        }
        self.view.screen.rest()?;
        self.view.screen.say(|_| farewell(&resume))?;
        if exit == Exit::Waiting {
            self.view.screen.say(|_| {
                let how = format!("answer with: {resume} --approve, or --reject \"why not\"");
                vec![Line::new(Tone::Faint, how)]
            })?;
        }
        Ok(())
    }
}

/// Stops what still runs, shows what came of that, and closes the conversation.
async fn put_away(stage: &mut Stage, view: &mut View) -> Result<(), Failure> {
    let Stage::Open(watch) = stage else {
        return Ok(());
    };
    let conversation = Arc::clone(watch.conversation());
    if conversation.glance().status == Status::Running
        && conversation.command(Command::Interrupt).await.is_ok()
    {
        watch.catch_up(view)?;
    }
    Ok(conversation.close().await?)
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
