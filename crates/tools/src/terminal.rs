//! The terminal tool: one lasting shell on a pseudoterminal of our own.
//!
//! Knows no model, no log and no other tool; reads no environment of its own.

mod call;
mod display;
mod keeper;
mod keys;
mod legacy;
mod output;
mod page;
mod patience;
mod renewal;
mod row;
mod running;
mod script;
mod session;
mod shell;
mod spec;
mod stopping;
mod surroundings;
mod token;
mod waiting;
mod wording;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::{Secret, TerminalAction, TerminalObservation, ToolError, ToolSpec};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use keeper::{Keeper, Request};

/// How many pieces of live output may wait for whoever watches.
const LIVE: usize = 64;

/// How a terminal is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the shell starts, and where it starts again after a reset.
    pub working_dir: PathBuf,
    /// Where long outputs are saved whole; nowhere if there is none.
    pub outputs: Option<PathBuf>,
    /// The environment this program was given.
    pub env: Vec<(OsString, OsString)>,
    /// Variables to add to it or replace in it.
    pub set: Vec<(String, String)>,
    /// Variables to leave out of it; a star at the end stands for any ending.
    pub hide: Vec<String>,
    /// How long a command may say nothing before the call returns without its end.
    pub soft_timeout: Duration,
    /// How long a command that goes on saying something is waited for, when it was given no time limit.
    pub longest_wait: Duration,
    /// The most characters of output that one observation shows.
    pub max_chars: usize,
    /// The shell; bash if there is one, else a plain POSIX shell.
    pub shell: Option<PathBuf>,
    /// A file that each new shell reads first.
    pub rc: Option<PathBuf>,
    /// After how many seconds without a sign of life this machine is taken away.
    pub idle_cap: Option<f64>,
    /// The priority of everything that runs in the terminal, as `nice` counts.
    pub nice: Option<i32>,
    /// Whether a call returns as soon as its program waits for somebody to type.
    pub notice_prompts: bool,
}

impl Config {
    /// The usual terminal, starting in `working_dir` with nothing in its environment.
    pub fn new(working_dir: impl Into<PathBuf>) -> Self {
        Self {
            working_dir: working_dir.into(),
            outputs: None,
            env: Vec::new(),
            set: Vec::new(),
            hide: surroundings::PRIVATE
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            soft_timeout: Duration::from_secs(30),
            longest_wait: Duration::from_secs(600),
            max_chars: 30_000,
            shell: None,
            rc: None,
            idle_cap: None,
            nice: Some(10),
            notice_prompts: true,
        }
    }
}

/// Why a terminal could not do its work.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(
        "there is no shell: neither bash nor sh is in {0}; install one, or set the shell's path"
    )]
    NoShell(String),
    #[error("{} is neither bash nor a POSIX shell; leave the shell's path out to use the one there is", .0.display())]
    OtherShell(PathBuf),
    #[error("the working directory {} does not exist; create it, or start in another one", .0.display())]
    NoFolder(PathBuf),
    #[error("the shell {shell} did not start: {reason}", shell = .0.display(), reason = .1)]
    NoStart(PathBuf, String),
    #[error(
        "no pseudoterminal could be opened: {0}; too many may be in use, or /dev/pts is not mounted"
    )]
    NoTerminal(io::Error),
    #[error("no file in memory could be made for the shell: {0}")]
    NoMemory(io::Error),
    #[error("the terminal broke: {0}; the next command gets a new one")]
    Broken(#[from] io::Error),
    #[error("the terminal is gone; the next command gets a new one")]
    Gone,
}

impl Fault {
    fn is_broken(&self) -> bool {
        match self {
            Self::Broken(_) | Self::Gone => true,
            Self::NoShell(_)
            | Self::OtherShell(_)
            | Self::NoFolder(_)
            | Self::NoStart(..)
            | Self::NoTerminal(_)
            | Self::NoMemory(_) => false,
        }
    }
}

/// One terminal. Nothing is started before it is first used.
pub struct Terminal {
    config: Arc<Config>,
    /// Calls come one after another.
    calls: Mutex<Option<mpsc::Sender<Request>>>,
    tasks: TaskTracker,
    closing: CancellationToken,
    /// A terminal that is dropped is closed.
    _close_on_drop: DropGuard,
}

impl Terminal {
    /// A terminal as `config` says.
    pub fn new(config: Config) -> Self {
        let closing = CancellationToken::new();
        Self {
            config: Arc::new(config),
            calls: Mutex::new(None),
            tasks: TaskTracker::new(),
            _close_on_drop: closing.clone().drop_guard(),
            closing,
        }
    }

    /// The tool as models, clients and the engine know it.
    pub fn spec() -> ToolSpec {
        spec::spec()
    }

    /// Carries out one action; `env` is seen by this command alone, `progress` hears output as it comes.
    ///
    /// Dropping the future interrupts the command.
    pub async fn run(
        &self,
        action: &TerminalAction,
        env: &BTreeMap<String, Secret>,
        progress: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<TerminalObservation, ToolError> {
        let mut calls = self.calls.lock().await;
        if self.closing.is_cancelled() {
            return Err(ToolError("the terminal is closed".to_owned()));
        }
        let (reply, mut answer) = oneshot::channel();
        let (live, mut pieces) = mpsc::channel(LIVE);
        let request = Request {
            action: action.clone(),
            env: env.clone(),
            progress: live,
            reply,
        };
        let keeper = calls.get_or_insert_with(|| self.start());
        let gone = || ToolError("the terminal is closed".to_owned());
        if keeper.send(request).await.is_err() {
            *calls = None;
            return Err(gone());
        }
        let outcome = loop {
            tokio::select! {
                biased;
                Some(piece) = pieces.recv() => progress(&piece),
                outcome = &mut answer => break outcome,
            }
        };
        while let Ok(piece) = pieces.try_recv() {
            progress(&piece);
        }
        match outcome {
            Ok(outcome) => outcome.map_err(|fault| ToolError(fault.to_string())),
            Err(_) => {
                *calls = None;
                Err(gone())
            }
        }
    }

    /// Ends the shell and everything it started.
    pub async fn close(&self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn start(&self) -> mpsc::Sender<Request> {
        let (calls, requests) = mpsc::channel(1);
        let keeper = Keeper::new(Arc::clone(&self.config), self.closing.clone());
        self.tasks.spawn(keeper.serve(requests));
        calls
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("working_dir", &self.config.working_dir)
            .finish_non_exhaustive()
    }
}
