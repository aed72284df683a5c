//! Starting shells, and what passes from one that ended to the next: folder, environment, exit code.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use super::keeper::Keeper;
use super::legacy::Legacy;
use super::output::Output;
use super::running::End;
use super::script::{Dialect, Greeting};
use super::session::{Haste, Session};
use super::shell::Start;
use super::{Config, Fault, surroundings, wording};

/// Where the shell is.
#[derive(Debug)]
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

impl Place {
    /// Nobody has been here yet.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            python: None,
            pid: -1,
            legacy: false,
            forget: Vec::new(),
        }
    }

    /// Makes sure that the folder is there; says so if it is another one now.
    fn stand(&mut self, home: &Path) -> Result<Option<String>, Fault> {
        if self.folder.is_dir() {
            return Ok(None);
        }
        if !home.is_dir() {
            return Err(Fault::NoFolder(home.to_owned()));
        }
        let lost = std::mem::replace(&mut self.folder, home.to_owned());
        Ok(Some(wording::moved(&lost, home)))
    }
}

impl Keeper {
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
        let moved = self.place.stand(&self.config.working_dir)?;
        if moved.is_some() {
            self.notice = moved;
        }
        // What is restored is the whole environment: nothing else may be there before it.
        let restore = std::mem::take(&mut self.place.legacy);
        let env = if restore {
            Vec::new()
        } else {
            surroundings::environment(&self.config)
        };
        let [will, inheritance, leave] = [
            session.legacy.will(),
            session.legacy.inheritance(),
            session.legacy.leave(),
        ]
        .map(Path::to_owned);
        let start = Start {
            program: &program,
            folder: &self.place.folder,
            env,
            nice: self.config.nice,
            greeting: Greeting {
                will: &will,
                inheritance: &inheritance,
                leave: &leave,
                rc: self.config.rc.as_deref(),
                restore: restore.then_some(&self.place.forget),
            },
        };
        match session.start(start) {
            Ok(pid) => self.place.pid = pid.as_raw_nonzero().get().into(),
            Err(error) => return Err(Fault::NoStart(program, error.to_string())),
        }
        Ok(())
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

    fn program(&mut self) -> Result<PathBuf, Fault> {
        if let Some(program) = &self.program {
            return Ok(program.clone());
        }
        let program = surroundings::shell(&self.config).map_err(Fault::NoShell)?;
        match Dialect::of(&program) {
            Some(Dialect::Bash) => {}
            Some(Dialect::Posix) => self.notice = Some(wording::NO_BASH.to_owned()),
            None => return Err(Fault::OtherShell(program)),
        }
        self.program = Some(program.clone());
        Ok(program)
    }

    /// The shell ended, under a command or by itself.
    pub(super) fn lose_shell(&mut self, status: ExitStatus) {
        match &mut self.running {
            Some(running) if running.end.is_none() => running.end = Some(End::Shell(status)),
            Some(_) | None => {
                let (_, fate) = self.inherit(status, Vec::new());
                self.notice = fate.map(|fate| wording::as_notice(&fate));
            }
        }
    }

    /// Takes down where the shell is.
    pub(super) fn arrive(&mut self, folder: Vec<u8>, path: &[u8]) {
        if !folder.is_empty() {
            self.place.folder = PathBuf::from(OsString::from_vec(folder));
        }
        self.place.python = surroundings::python(&self.place.folder, path);
    }

    /// Takes over what a shell that ended left behind: the exit code, and what to say about it.
    pub(super) fn inherit(
        &mut self,
        status: ExitStatus,
        secrets: Vec<String>,
    ) -> (i64, Option<String>) {
        let Some(session) = &self.session else {
            return (-1, None);
        };
        let left = session.legacy.open();
        if let Some(folder) = left.folder {
            self.place.folder = folder;
        }
        self.place.legacy = left.state;
        self.place.forget = secrets;
        let code = match (status.code(), status.signal()) {
            (Some(code), _) => i64::from(code),
            (None, Some(signal)) => 128 + i64::from(signal),
            (None, None) => -1,
        };
        let folder = &self.place.folder;
        let fate = wording::fate(status.signal(), folder, left.state);
        (code, Some(fate))
    }
}

fn open(config: &Config) -> Result<Session, Fault> {
    let output = Output::new(config.max_chars, config.outputs.clone());
    let legacy = Legacy::new().map_err(Fault::NoMemory)?;
    Session::open(output, legacy).map_err(Fault::NoTerminal)
}
