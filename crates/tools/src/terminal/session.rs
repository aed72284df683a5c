//! A terminal with the shell on it and what it shows: everything that lives as long as a terminal is not reset.
//!
//! Turns the many things that can happen into one stream. Knows no action and no observation.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::time::{Instant, timeout};

use super::display::{COLUMNS, Display, MARK, ROWS};
use super::legacy::Legacy;
use super::output::Output;
use super::shell::{Shell, Sign, Start};
use super::token::token;
use crate::pty::{Pty, processes};

/// How much is read at once.
const PIECE: usize = 64 * 1024;
/// How long a mark may take through the terminal before another is sent.
const MARK_PATIENCE: Duration = Duration::from_secs(1);
/// How many marks are sent before the output is taken as it is.
const MARK_TRIES: usize = 3;
/// How long a shell may take to exit when asked to.
const EXIT_PATIENCE: Duration = Duration::from_secs(2);
/// How long programs may take to end after a TERM.
const TERM_PATIENCE: Duration = Duration::from_secs(1);

/// A terminal in use.
pub(super) struct Session {
    pub(super) pty: Pty,
    pub(super) shell: Option<Shell>,
    pub(super) display: Display,
    pub(super) legacy: Legacy,
    /// Every shell that led a session on this terminal and may have left programs behind.
    leaders: Vec<Pid>,
    /// Keys on their way to the terminal.
    keys: Vec<u8>,
    /// What was read behind a mark and belongs to whatever comes next.
    behind: Vec<u8>,
    buffer: Box<[u8]>,
}

/// What happens at a terminal.
#[derive(Debug)]
pub(super) enum Happening {
    /// Programs wrote something.
    Output,
    /// The shell said something.
    Said,
    /// The shell made way for another program.
    Severed,
    /// The shell ended; it is gone from the session.
    Ended(ExitStatus),
    /// The time is up.
    Time,
}

/// How gently to end things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Haste {
    /// Ask, wait, insist.
    Patient,
    /// Kill.
    Now,
}

impl Session {
    /// A terminal with nothing on it yet.
    pub(super) fn open(output: Output, legacy: Legacy) -> io::Result<Self> {
        Ok(Self {
            pty: Pty::open(ROWS, COLUMNS)?,
            shell: None,
            display: Display::new(output),
            legacy,
            leaders: Vec::new(),
            keys: Vec::new(),
            behind: Vec::new(),
            buffer: vec![0; PIECE].into_boxed_slice(),
        })
    }

    /// Puts a shell on the terminal.
    pub(super) fn start(&mut self, start: Start<'_>) -> io::Result<Pid> {
        self.leaders
            .retain(|leader| !processes::members(&[*leader]).is_empty());
        let shell = Shell::start(&self.pty, start)?;
        let pid = shell.pid();
        self.leaders.push(pid);
        self.shell = Some(shell);
        Ok(pid)
    }

    /// Begins a new command: what other programs said up to now is not its output.
    pub(super) fn begin(&mut self) {
        let word = token();
        // A program that was interrupted may have gone on for a moment, and changed the terminal behind our back.
        self.pty.tidy();
        self.display.begin(&word);
        // Without the mark the first line of the command may go on behind somebody else's last.
        self.pty.mark(mark(&word).as_bytes()).ok();
    }

    /// Interrupts what is in the foreground; keys typed before are forgotten.
    ///
    /// The signal is there when this returns: one that came later could hit the next command.
    pub(super) fn interrupt(&mut self) {
        self.keys.clear();
        self.pty.forget_keys();
        // Whoever cannot be interrupted goes on, and is seen to go on.
        self.pty.interrupt().ok();
    }

    /// Queues keys.
    pub(super) fn type_keys(&mut self, keys: &[u8]) {
        self.keys.extend_from_slice(keys);
    }

    /// Forgets keys that the terminal has not taken yet.
    pub(super) fn drop_keys(&mut self) {
        self.keys.clear();
    }

    /// Whether keys wait, here or in the terminal.
    pub(super) fn has_unread_keys(&self) -> bool {
        !self.keys.is_empty() || self.pty.has_unread_keys()
    }

    /// The process group in the foreground, if it is not the shell itself.
    pub(super) fn foreground(&self) -> Option<Pid> {
        let shell = self.shell.as_ref().map(Shell::pid);
        self.pty.foreground().filter(|group| Some(*group) != shell)
    }

    /// Waits for the next thing to happen.
    pub(super) async fn next(&mut self, until: Option<Instant>) -> io::Result<Happening> {
        let behind = std::mem::take(&mut self.behind);
        if !behind.is_empty() {
            self.show(&behind);
            return Ok(Happening::Output);
        }
        loop {
            let time = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            let sign = async {
                match &mut self.shell {
                    Some(shell) => shell.sign().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = time => return Ok(Happening::Time),
                sign = sign => return Ok(match sign? {
                    Sign::Said => Happening::Said,
                    Sign::Severed => Happening::Severed,
                    Sign::Ended(status) => {
                        self.shell = None;
                        Happening::Ended(status)
                    }
                }),
                written = self.pty.write(&self.keys), if !self.keys.is_empty() => {
                    self.keys.drain(..written?);
                }
                read = self.pty.read(&mut self.buffer) => {
                    let read = read?;
                    let piece = std::mem::take(&mut self.buffer);
                    self.show(&piece[..read]);
                    self.buffer = piece;
                    return Ok(Happening::Output);
                }
            }
        }
    }

    /// Reads everything that was written before this call, and nothing of what is written after it.
    ///
    /// A word nobody knows is sent through the terminal behind it; what is read up to there is all.
    pub(super) async fn catch_up(&mut self) -> io::Result<()> {
        for _ in 0..MARK_TRIES {
            let mark = mark(&token());
            if let Ok(read) = timeout(MARK_PATIENCE, self.read_to(mark.as_bytes())).await {
                return read;
            }
        }
        Ok(())
    }

    /// Ends everything on the terminal.
    pub(super) async fn end(mut self, haste: Haste) {
        let shell = self.shell.take();
        if let (Some(shell), Haste::Patient) = (shell, haste) {
            self.ask_to_leave(shell).await;
        }
        let mut left = processes::members(&self.leaders);
        if haste == Haste::Patient && !left.is_empty() {
            processes::signal(&left, Signal::TERM);
            processes::signal(&left, Signal::CONT);
            self.wait_for(&left).await;
            left = processes::members(&self.leaders);
        }
        if !left.is_empty() {
            processes::signal(&left, Signal::KILL);
            self.wait_for(&left).await;
        }
        processes::reap(&left);
        self.leaders.clear();
    }

    async fn ask_to_leave(&mut self, mut shell: Shell) {
        if self.foreground().is_some() || shell.is_severed() {
            let all = processes::members(&self.leaders);
            processes::signal(&all, Signal::HUP);
            processes::signal(&all, Signal::CONT);
        }
        shell.hang_up().await;
        let over = async { while !matches!(shell.sign().await, Ok(Sign::Ended(_)) | Err(_)) {} };
        // Something has to read what programs still say, or they wait for the terminal instead of ending.
        tokio::select! {
            _ = timeout(EXIT_PATIENCE, over) => {}
            () = self.listen() => {}
        }
    }

    async fn wait_for(&mut self, pids: &[Pid]) {
        tokio::select! {
            _ = processes::gone(pids, TERM_PATIENCE) => {}
            () = self.listen() => {}
        }
    }

    /// Reads on without end, for nobody.
    async fn listen(&mut self) {
        while self.pty.read(&mut self.buffer).await.is_ok() {}
        std::future::pending().await
    }

    async fn read_to(&mut self, mark: &[u8]) -> io::Result<()> {
        let mut sent = self.pty.mark(mark)?;
        loop {
            let found = find(&self.behind, mark);
            // Without a mark, the end may be the beginning of one.
            let safe = self.behind.len().saturating_sub(mark.len());
            let rest = self.behind.split_off(found.unwrap_or(safe));
            let shown = std::mem::replace(&mut self.behind, rest);
            self.show(&shown);
            if found.is_some() {
                self.behind.drain(..mark.len());
                return Ok(());
            }
            let read = self.pty.read(&mut self.buffer).await?;
            self.behind.extend_from_slice(&self.buffer[..read]);
            if !sent {
                sent = self.pty.mark(mark)?;
            }
        }
    }

    fn show(&mut self, bytes: &[u8]) {
        self.display.feed(bytes);
        let replies = self.display.replies();
        // A program that reads whole lines did not ask: it only showed somebody else's question.
        if !replies.is_empty() && !self.pty.modes().lines {
            self.keys.extend_from_slice(&replies);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.leaders.is_empty() {
            return;
        }
        let left = processes::members(&self.leaders);
        processes::signal(&left, Signal::KILL);
        processes::reap(&left);
    }
}

fn mark(word: &str) -> String {
    format!("\x1b]{MARK};{word}\x07")
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}
