//! The task that owns one terminal: it takes one call after another, listens in between, and stops what was given up.
//!
//! Knows no model and no log.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::{Secret, TerminalAction, TerminalObservation};
use rustix::process::Signal;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::output::Output;
use super::running::{End, Running};
use super::script::{self, Greeting};
use super::session::{Happening, Haste, Session};
use super::shell::{Scratch, Shell, Start};
use super::token::token;
use super::{Config, Fault, surroundings, wording};
use crate::pty::processes;

/// How long a command is given after the key that stops it.
const KEY_PATIENCE: Duration = Duration::from_millis(600);
/// How long a shell may take to answer after a signal, for the first time.
const STEADY_PATIENCE: Duration = Duration::from_millis(50);
/// How often it is asked.
const STEADY_TRIES: u32 = 6;
/// How long each harder way of stopping a command is given before the next.
const STOP_PATIENCE: Duration = Duration::from_secs(1);

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
    program: Option<PathBuf>,
}

/// Where the shell is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Its Python.
    pub(super) python: Option<String>,
    /// Its process.
    pub(super) pid: i64,
    /// The state that a shell which ended has left for the next.
    legacy: bool,
    /// Names that are not to come back with that state.
    forget: Vec<String>,
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
}

/// The ways to stop a command, gentle ones first.
#[derive(Clone, Copy, Debug)]
enum Stop {
    Key,
    Terminate,
    Kill,
    KillShell,
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
            place: Place {
                folder,
                python: None,
                pid: -1,
                legacy: false,
                forget: Vec::new(),
            },
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
        });
        Ok(())
    }

    /// Makes sure that no signal sent to the last command is left to hit the shell while it reads the next.
    ///
    /// A question that is answered was read after all of them.
    async fn steady(&mut self) -> Result<(), Fault> {
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

    /// Stops the running command: first with the key, then harder. Its output is lost.
    async fn interrupt(&mut self) {
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

    /// Drops a terminal that is of no use any more, with everything on it.
    pub(super) fn abandon(&mut self) {
        self.session = None;
        self.running = None;
    }

    /// Makes sure there is a shell to talk to.
    pub(super) fn ensure_shell(&mut self) -> Result<(), Fault> {
        if self
            .session
            .as_ref()
            .is_some_and(|session| session.shell.is_some())
        {
            return Ok(());
        }
        let program = self.program()?;
        let session = match &mut self.session {
            Some(session) => session,
            none => none.insert(open(&self.config)?),
        };
        if !self.place.folder.is_dir() {
            let lost = std::mem::replace(&mut self.place.folder, self.config.working_dir.clone());
            if !self.place.folder.is_dir() {
                return Err(Fault::NoFolder(self.config.working_dir.clone()));
            }
            if lost != self.place.folder {
                self.notice = Some(format!(
                    "[{} no longer exists; the shell continues in {}.]\n",
                    lost.display(),
                    self.place.folder.display()
                ));
            }
        }
        // What is restored is the whole environment: nothing else may be there before it.
        let restore = std::mem::take(&mut self.place.legacy);
        let env = if restore {
            Vec::new()
        } else {
            surroundings::environment(&self.config)
        };
        let scratch = session.scratch.path().to_owned();
        let start = Start {
            program: &program,
            folder: &self.place.folder,
            env,
            nice: self.config.nice,
            greeting: Greeting {
                scratch: &scratch,
                rc: self.config.rc.as_deref(),
                restore: restore.then_some(&self.place.forget),
            },
        };
        session
            .start(start)
            .map_err(|error| Fault::NoStart(program, error.to_string()))
    }

    /// Starts over with a new terminal.
    pub(super) async fn renew(&mut self) {
        self.running = None;
        self.finished = None;
        self.notice = None;
        self.status = 0;
        if let Some(session) = self.session.take() {
            session.end(Haste::Now).await;
        }
        self.place.folder = self.config.working_dir.clone();
        self.place.legacy = false;
        self.place.python = None;
    }

    fn shell(&mut self) -> Option<&mut Shell> {
        self.session.as_mut()?.shell.as_mut()
    }

    fn program(&mut self) -> Result<PathBuf, Fault> {
        if let Some(program) = &self.program {
            return Ok(program.clone());
        }
        let program = surroundings::shell(&self.config).map_err(Fault::NoShell)?;
        if script::Dialect::of(&program) == script::Dialect::Posix {
            self.notice = Some(wording::NO_BASH.to_owned());
        }
        self.program = Some(program.clone());
        Ok(program)
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
            self.place.pid = i64::from(shell.pid().as_raw_nonzero().get());
            session.scratch.clear();
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

    /// Passes an interrupt on to a program that began behind it.
    fn press_on(&mut self) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        if running.presses(session.foreground()) {
            session.interrupt();
        }
    }

    fn remind(&mut self) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        // As long as a program is in the foreground, the shell waits for it.
        if !running.reminds() || session.foreground().is_some() {
            return;
        }
        if let Some(shell) = &mut session.shell {
            shell.say(&script::question(&running.ended_word));
            running.reminded();
        }
    }

    /// Ends a shell that has not begun the command: something it was told before makes it wait for the rest of it.
    fn revive(&mut self) {
        let (Some(session), Some(running)) = (&mut self.session, &mut self.running) else {
            return;
        };
        if running.is_stuck() && session.foreground().is_none() {
            let shell = session.shell.as_ref().map(Shell::pid);
            processes::signal(shell.as_slice(), Signal::KILL);
        }
    }

    /// The shell ended, under a command or by itself.
    fn lose_shell(&mut self, status: std::process::ExitStatus) {
        match &mut self.running {
            Some(running) => running.end = Some(End::Shell(status)),
            None => {
                let (_, fate) = self.inherit(status, Vec::new());
                self.notice = fate.map(|fate| wording::as_notice(&fate));
            }
        }
    }

    fn arrive(&mut self, folder: Vec<u8>, path: &[u8]) {
        use std::os::unix::ffi::OsStringExt;

        if !folder.is_empty() {
            self.place.folder = PathBuf::from(std::ffi::OsString::from_vec(folder));
        }
        self.place.python = surroundings::python(&self.place.folder, path);
    }

    /// Takes over what a shell that ended left behind: the exit code, and what to say about it.
    fn inherit(
        &mut self,
        status: std::process::ExitStatus,
        secrets: Vec<String>,
    ) -> (i64, Option<String>) {
        use std::os::unix::process::ExitStatusExt;

        let Some(session) = &self.session else {
            return (-1, None);
        };
        let legacy = session.scratch.legacy();
        if let Some(folder) = legacy.folder {
            self.place.folder = folder;
        }
        self.place.legacy = legacy.state;
        self.place.forget = secrets;
        let folder = self.place.folder.display();
        let (code, what) = match (status.code(), status.signal()) {
            (Some(code), _) => (i64::from(code), "The shell exited".to_owned()),
            (None, Some(signal)) => (
                128 + i64::from(signal),
                format!("The shell was killed by signal {signal}"),
            ),
            (None, None) => (-1, "The shell ended".to_owned()),
        };
        let kept = if legacy.state {
            "with its environment"
        } else {
            "without the variables and functions it had"
        };
        (
            code,
            Some(format!(
                "\n[{what}; the next command runs in a new shell in {folder}, {kept}.]"
            )),
        )
    }
}

fn open(config: &Config) -> Result<Session, Fault> {
    let output = Output::new(config.max_chars, config.outputs.clone());
    let scratch = Scratch::new(&surroundings::scratch(config)).map_err(Fault::NoScratch)?;
    Session::open(output, scratch).map_err(Fault::NoTerminal)
}
