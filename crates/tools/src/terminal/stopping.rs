//! Ending a command before it ends by itself, and keeping the shell in step with us through it.

use std::time::Duration;

use rustix::process::Signal;
use tokio::time::Instant;

use super::keeper::Keeper;
use super::session::Happening;
use super::shell::Shell;
use super::token::token;
use super::{Fault, script, wording};
use crate::pty::processes;

/// How long a command is given after the key that stops it.
const KEY_PATIENCE: Duration = Duration::from_millis(600);

/// How long a shell may take to answer after a signal, for the first time.
const STEADY_PATIENCE: Duration = Duration::from_millis(50);

/// How often it is asked.
const STEADY_TRIES: u32 = 6;

/// How long each harder way of stopping a command is given before the next.
const STOP_PATIENCE: Duration = Duration::from_secs(1);

/// The ways to stop a command, gentle ones first.
#[derive(Clone, Copy, Debug)]
enum Stop {
    Key,
    Terminate,
    Kill,
    KillShell,
}

impl Keeper {
    /// Stops the running command: first with the key, then harder. Its output is lost.
    pub(super) async fn interrupt(&mut self) {
        let ways = [
            (Stop::Key, KEY_PATIENCE),
            (Stop::Key, KEY_PATIENCE),
            (Stop::Terminate, STOP_PATIENCE),
            (Stop::Kill, STOP_PATIENCE),
            (Stop::KillShell, STOP_PATIENCE),
        ];
        for (stop, patience) in ways {
            if self.stopped(stop, patience).await {
                break;
            }
        }
        if self.running.is_some() {
            self.abandon();
            self.notice = Some(wording::replaced(&self.place.folder.to_string_lossy()));
        }
        if let Some(fate) = self.finished.take().and_then(|finished| finished.fate) {
            self.notice = Some(wording::as_notice(&fate));
        }
    }

    async fn stopped(&mut self, stop: Stop, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let mut sent = false;
        loop {
            match self.settle().await {
                Err(_) => return false,
                Ok(()) if self.running.is_none() => return true,
                Ok(()) => {}
            }
            // Before the command has begun, a signal would hit the shell while it still reads.
            let begun = self.running.as_ref().is_some_and(|running| running.started);
            if !sent && (begun || matches!(stop, Stop::KillShell)) {
                self.stop(stop);
                sent = true;
            }
            match self.event(Some(until)).await {
                Ok(Happening::Time) | Err(_) => return false,
                Ok(
                    Happening::Output | Happening::Said | Happening::Severed | Happening::Ended(_),
                ) => {}
            }
        }
    }

    fn stop(&mut self, stop: Stop) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        session.drop_keys();
        let group = session.foreground();
        let signal = match stop {
            Stop::Key => {
                running.pressed(group);
                session.interrupt();
                return;
            }
            Stop::Terminate => Signal::TERM,
            Stop::Kill | Stop::KillShell => Signal::KILL,
        };
        running.expect_end();
        if let Some(group) = group {
            processes::signal_group(group, signal);
            processes::signal_group(group, Signal::CONT);
        }
        if matches!(stop, Stop::KillShell) {
            let shell = session.shell.as_ref().map(Shell::pid);
            processes::signal(shell.as_slice(), signal);
        }
    }

    /// Makes sure that no signal sent to the last command is left to hit the shell while it reads the next.
    ///
    /// A question that is answered was read after all of them.
    pub(super) async fn steady(&mut self) -> Result<(), Fault> {
        for round in 0..STEADY_TRIES {
            let word = token();
            let until = Instant::now() + STEADY_PATIENCE * 2_u32.pow(round);
            let Some(shell) = self.shell() else {
                return Ok(());
            };
            shell.say(&script::question(&word));
            loop {
                if let Happening::Time = self.event(Some(until)).await? {
                    break;
                }
                let Some(shell) = self.shell() else {
                    return Ok(());
                };
                if script::answer(shell.said(), &word).is_some() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Passes an interrupt on to a program that began behind it.
    pub(super) fn press_on(&mut self) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        if running.presses(session.foreground()) {
            session.interrupt();
        }
    }

    /// Asks the shell again how the command went, if it may have forgotten the question.
    pub(super) fn remind(&mut self) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        // As long as a program is in the foreground, the shell waits for it.
        if !running.reminds() || session.foreground().is_some() {
            return;
        }
        if let Some(shell) = &mut session.shell {
            // A shell that suspended itself hears nothing.
            processes::signal(&[shell.pid()], Signal::CONT);
            shell.say(&script::question(&running.ended_word));
            running.reminded();
        }
    }

    /// Ends a shell that has not begun the command: something it was told before makes it wait for the rest of it.
    pub(super) fn revive(&mut self) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        if running.is_stuck() && session.foreground().is_none() {
            let shell = session.shell.as_ref().map(Shell::pid);
            processes::signal(shell.as_slice(), Signal::KILL);
        }
    }
}
