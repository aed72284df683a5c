//! The shell process and the private socket it listens on. Knows nothing of what is shown on the terminal.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use rustix::process::Pid;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use super::script::{Dialect, Greeting};
use crate::pty::Pty;

/// The most that is kept of what the shell says and nobody waits for.
const INBOX: usize = 1 << 20;

/// A running shell.
#[derive(Debug)]
pub(super) struct Shell {
    child: Child,
    pid: Pid,
    dialect: Dialect,
    line: UnixStream,
    outbox: Vec<u8>,
    inbox: Vec<u8>,
    /// Nobody listens at the other end any more: the shell made way for another program.
    severed: bool,
}

/// What the shell does.
#[derive(Debug)]
pub(super) enum Sign {
    /// It said something.
    Said,
    /// It closed its socket and lives on.
    Severed,
    /// It ended.
    Ended(ExitStatus),
}

/// How to start a shell.
#[derive(Debug)]
pub(super) struct Start<'a> {
    /// The program.
    pub(super) program: &'a Path,
    /// Where it starts.
    pub(super) folder: &'a Path,
    /// What it exports.
    pub(super) env: Vec<(OsString, OsString)>,
    /// Its priority.
    pub(super) nice: Option<i32>,
    /// The first lines it hears.
    pub(super) greeting: Greeting<'a>,
}

impl Shell {
    /// Starts a shell as the leader of the terminal.
    pub(super) fn start(pty: &Pty, start: Start<'_>) -> io::Result<Self> {
        let dialect = Dialect::of(start.program).ok_or(io::ErrorKind::Unsupported)?;
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = Command::new(start.program);
        command
            .args(dialect.arguments())
            .current_dir(start.folder)
            .env_clear()
            .envs(start.env)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        pty.lead(&mut command, start.nice);
        let child = command.spawn()?;
        let pid = child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()))
            .ok_or(io::ErrorKind::NotFound)?;
        Ok(Self {
            child,
            pid,
            dialect,
            line: UnixStream::from_std(ours)?,
            outbox: dialect.greeting(&start.greeting).into_bytes(),
            inbox: Vec::new(),
            severed: false,
        })
    }

    /// Its process, which is also its session and its own process group.
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// Which shell it is.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether another program took its place.
    pub(super) fn is_severed(&self) -> bool {
        self.severed
    }

    /// Queues lines for it.
    pub(super) fn say(&mut self, lines: &str) {
        self.outbox.extend_from_slice(lines.as_bytes());
    }

    /// What it said so far.
    pub(super) fn said(&self) -> &[u8] {
        &self.inbox
    }

    /// Forgets what it said.
    pub(super) fn forget(&mut self) {
        self.inbox.clear();
    }

    /// Tells it that there will be no more commands.
    pub(super) async fn hang_up(&mut self) {
        // The socket is the only thing that an idle shell waits for; one that is gone has heard it already.
        self.line.shutdown().await.ok();
    }

    /// Passes on what is queued, and waits for a sign of it.
    pub(super) async fn sign(&mut self) -> io::Result<Sign> {
        loop {
            let talks = !self.severed;
            let waits = talks && !self.outbox.is_empty();
            tokio::select! {
                biased;
                ready = self.line.readable(), if talks => {
                    ready?;
                    if let Some(sign) = self.listen()? {
                        return Ok(sign);
                    }
                }
                ready = self.line.writable(), if waits => {
                    ready?;
                    self.speak()?;
                }
                status = self.child.wait() => return status.map(Sign::Ended),
            }
        }
    }

    fn listen(&mut self) -> io::Result<Option<Sign>> {
        if self.inbox.len() > INBOX {
            self.inbox.clear();
        }
        match self.line.try_read_buf(&mut self.inbox) {
            Ok(0) => {
                self.severed = true;
                Ok(Some(Sign::Severed))
            }
            Ok(_) => Ok(Some(Sign::Said)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                self.severed = true;
                Ok(Some(Sign::Severed))
            }
            Err(error) => Err(error),
        }
    }

    fn speak(&mut self) -> io::Result<()> {
        match self.line.try_write(&self.outbox) {
            Ok(count) => {
                self.outbox.drain(..count);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                // Reading will show that it is gone.
                self.outbox.clear();
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
