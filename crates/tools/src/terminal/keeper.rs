//! The task that owns one terminal: it takes one call after another, listens in between, and stops what was given up.
//!
//! Knows no model and no log.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use domain::{Secret, TerminalAction, TerminalObservation};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::renewal::Place;
use super::running::{End, Running};
use super::session::{Happening, Haste, Session};
use super::shell::Shell;
use super::{Config, Fault, script, surroundings, wording};

/// One call.
pub(super) struct Request {
    /// What to do.
    pub(super) action: TerminalAction,
    /// Secrets for this call.
    pub(super) env: BTreeMap<String, Secret>,
    /// Who hears output as it comes; dropped when it is not taken.
    pub(super) progress: mpsc::Sender<String>,
    /// Who gets the observation; gone when the call is given up.
    pub(super) reply: oneshot::Sender<Result<TerminalObservation, Fault>>,
}

/// The state of one terminal.
pub(super) struct Keeper {
    pub(super) config: Arc<Config>,
    closing: CancellationToken,
    pub(super) session: Option<Session>,
    pub(super) running: Option<Running>,
    /// A command that ended while nobody was looking.
    pub(super) finished: Option<Finished>,
    pub(super) place: Place,
    /// The exit code of the last command.
    pub(super) status: i64,
    /// Something the next observation should begin with.
    pub(super) notice: Option<String>,
    pub(super) user: Option<String>,
    pub(super) host: Option<String>,
    pub(super) program: Option<PathBuf>,
}

/// A command that ended.
#[derive(Debug)]
pub(super) struct Finished {
    /// Its exit code.
    pub(super) code: i64,
    /// The rest of its output.
    pub(super) text: String,
    /// What became of the shell, if something did.
    pub(super) fate: Option<String>,
    /// The control key that was sent to it last.
    pub(super) key: Option<u8>,
    /// Whether a call has already returned without its end.
    pub(super) seen: bool,
    /// Whether it began at all.
    pub(super) began: bool,
    /// What whoever watches has not heard of it.
    pub(super) live: String,
}

impl Keeper {
    /// Nothing runs yet.
    pub(super) fn new(config: Arc<Config>, closing: CancellationToken) -> Self {
        let folder = config.working_dir.clone();
        Self {
            user: surroundings::user(&config),
            host: surroundings::host(),
            config,
            closing,
            session: None,
            running: None,
            finished: None,
            place: Place::new(folder),
            status: 0,
            notice: None,
            program: None,
        }
    }

    /// Works until the terminal is closed.
    pub(super) async fn serve(mut self, mut requests: mpsc::Receiver<Request>) {
        let closing = self.closing.clone();
        loop {
            let request = tokio::select! {
                biased;
                () = closing.cancelled() => break,
                request = requests.recv() => request,
                () = self.idle() => continue,
            };
            match request {
                Some(request) => self.answer(request, &closing).await,
                None => break,
            }
        }
        if let Some(session) = self.session.take() {
            session.end(Haste::Patient).await;
        }
    }

    async fn answer(&mut self, request: Request, closing: &CancellationToken) {
        let Request {
            action,
            env,
            progress,
            mut reply,
        } = request;
        let outcome = tokio::select! {
            biased;
            () = closing.cancelled() => {
                let mut closed = wording::refused(&action.command, wording::CLOSED.to_owned());
                closed.exit_code = Some(-1);
                Some(Ok(closed))
            }
            () = reply.closed() => None,
            outcome = self.carry_out(&action, &env, &progress) => Some(outcome),
        };
        let Some(outcome) = outcome else {
            tokio::select! {
                biased;
                () = closing.cancelled() => {}
                () = self.interrupt() => {}
            }
            return;
        };
        if outcome.as_ref().is_err_and(Fault::is_broken) {
            self.abandon();
        }
        // A call that was given up just now has its command ended like any other.
        if reply.send(outcome).is_err() && self.running.is_some() {
            self.interrupt().await;
        }
    }

    /// Listens while nobody asks anything; returns only when the terminal broke.
    async fn idle(&mut self) {
        loop {
            if self.session.is_none() {
                return std::future::pending().await;
            }
            if self.settle().await.is_err() || self.event(None).await.is_err() {
                return self.abandon();
            }
        }
    }

    /// Waits for something to happen, and keeps account of the running command.
    pub(super) async fn event(&mut self, until: Option<Instant>) -> Result<Happening, Fault> {
        loop {
            let look = self.running.as_ref().and_then(Running::look_at);
            let next = [until, look].into_iter().flatten().min();
            let Some(session) = &mut self.session else {
                return Err(Fault::Gone);
            };
            let happening = session.next(next).await?;
            match &happening {
                Happening::Said => self.hear(),
                Happening::Ended(status) => {
                    let status = *status;
                    self.lose_shell(status);
                }
                Happening::Time if until.is_none_or(|until| Instant::now() < until) => {
                    self.press_on();
                    self.remind();
                    self.revive();
                    continue;
                }
                Happening::Output | Happening::Severed | Happening::Time => {}
            }
            return Ok(happening);
        }
    }

    /// If the command has ended: collects the rest of its output and puts the terminal in order.
    pub(super) async fn settle(&mut self) -> Result<(), Fault> {
        let ended = self
            .running
            .as_ref()
            .and_then(|running| running.end.clone());
        let (Some(end), Some(session)) = (ended, &mut self.session) else {
            return Ok(());
        };
        session.pty.tidy();
        session.drop_keys();
        session.catch_up().await?;
        if self.running.as_ref().is_some_and(|running| running.shaken) {
            self.steady().await?;
        }
        let (Some(session), Some(running)) = (&mut self.session, self.running.take()) else {
            return Ok(());
        };
        let live = session.display.live();
        let text = session.display.report();
        session.display.end();
        let (code, fate) = match end {
            End::Prompt { code, folder, path } => {
                self.arrive(folder, &path);
                (code, None)
            }
            End::Shell(status) => self.inherit(status, running.secrets),
        };
        self.status = code;
        self.finished = Some(Finished {
            code,
            text,
            fate,
            key: running.key,
            seen: running.seen,
            began: running.started,
            live,
        });
        Ok(())
    }

    /// Drops a terminal that is of no use any more, with everything on it.
    pub(super) fn abandon(&mut self) {
        self.session = None;
        self.running = None;
    }

    pub(super) fn shell(&mut self) -> Option<&mut Shell> {
        self.session.as_mut()?.shell.as_mut()
    }

    fn hear(&mut self) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        let Some(shell) = &mut session.shell else {
            return;
        };
        if !running.started && script::hears(shell.said(), &running.started_word) {
            running.started = true;
            session.legacy.wipe();
        }
        if running.end.is_some() {
            return;
        }
        let Some([code, folder, path]) = script::answer(shell.said(), &running.ended_word) else {
            return;
        };
        running.end = Some(End::Prompt {
            code: std::str::from_utf8(code)
                .ok()
                .and_then(|code| code.parse().ok())
                .unwrap_or(-1),
            folder: folder.to_vec(),
            path: path.to_vec(),
        });
        shell.forget();
    }
}
