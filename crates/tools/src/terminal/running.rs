//! One command from its start to its end: what is known of it, and when to look at it again. Touches nothing.

use std::time::Duration;

use tokio::time::Instant;

/// How soon a program that fell silent is looked at, for the first time.
const FIRST_PEEK: Duration = Duration::from_millis(120);
/// The longest time between two looks.
const LAST_PEEK: Duration = Duration::from_secs(8);
/// How long a program that listens to several things must be silent before it counts as waiting.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How soon a shell that says nothing is asked again, for the first time.
const FIRST_REMINDER: Duration = Duration::from_millis(250);
/// The same, after a key that can make a shell forget what it was told.
const QUICK_REMINDER: Duration = Duration::from_millis(50);
/// How often a shell is reminded.
const REMINDERS: u32 = 8;

/// A command that the shell has been given.
#[derive(Debug)]
pub(super) struct Running {
    /// The word that says it has begun.
    pub(super) started_word: String,
    /// The word that says it has ended.
    pub(super) ended_word: String,
    /// Whether it has begun.
    pub(super) started: bool,
    /// Whether a call has already returned without its end.
    pub(super) seen: bool,
    /// Names of secrets it was given.
    pub(super) secrets: Vec<String>,
    /// The control key that was sent last.
    pub(super) key: Option<u8>,
    /// How it ended, once it has.
    pub(super) end: Option<End>,
    /// When it last did something, or something was done to it.
    pub(super) touched: Instant,
    peek: Rhythm,
    reminder: Rhythm,
    reminders: u32,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The shell is ready for the next.
    Prompt {
        /// The exit code.
        code: i64,
        /// The folder, as bytes.
        folder: Vec<u8>,
        /// The search path.
        path: Vec<u8>,
    },
    /// The shell itself ended.
    Shell(std::process::ExitStatus),
}

/// Times that grow apart.
#[derive(Debug)]
struct Rhythm {
    next: Instant,
    step: Duration,
    longest: Duration,
}

impl Rhythm {
    fn new(now: Instant, first: Duration, longest: Duration) -> Self {
        Self {
            next: now + first,
            step: first,
            longest,
        }
    }

    fn beat(&mut self, now: Instant) {
        self.step = (self.step * 2).min(self.longest);
        self.next = now + self.step;
    }
}

impl Running {
    /// A command that has just been given.
    pub(super) fn new(started_word: String, ended_word: String, secrets: Vec<String>) -> Self {
        let now = Instant::now();
        Self {
            started_word,
            ended_word,
            started: false,
            seen: false,
            secrets,
            key: None,
            end: None,
            touched: now,
            peek: Rhythm::new(now, FIRST_PEEK, LAST_PEEK),
            reminder: Rhythm::new(now, FIRST_REMINDER, Duration::MAX),
            reminders: 0,
        }
    }

    /// It did something, or something was done to it.
    pub(super) fn touch(&mut self) {
        self.touched = Instant::now();
        self.peek = Rhythm::new(self.touched, FIRST_PEEK, LAST_PEEK);
    }

    /// A key was sent that stops programs, and that can make the shell forget the question it was asked.
    pub(super) fn expect_end(&mut self) {
        self.reminders = 0;
        self.reminder = Rhythm::new(Instant::now(), QUICK_REMINDER, Duration::MAX);
    }

    /// When to look whether it waits for input.
    pub(super) fn peek_at(&self) -> Instant {
        self.peek.next
    }

    /// Whether to look now; if so, the next look comes later.
    pub(super) fn peeks(&mut self) -> bool {
        let now = Instant::now();
        let due = now >= self.peek.next;
        if due {
            self.peek.beat(now);
        }
        due
    }

    /// Whether it has been silent long enough to take a guess.
    pub(super) fn is_long_silent(&self) -> bool {
        self.touched.elapsed() >= PATIENCE
    }

    /// When to ask the shell again.
    pub(super) fn remind_at(&self) -> Option<Instant> {
        (self.started && self.end.is_none() && self.reminders < REMINDERS)
            .then_some(self.reminder.next)
    }

    /// Whether to ask the shell again now; if so, the next time comes later.
    pub(super) fn reminds(&mut self) -> bool {
        let now = Instant::now();
        let due = self.remind_at().is_some_and(|at| now >= at);
        if due {
            self.reminder.beat(now);
        }
        due
    }

    /// Counts a question that was repeated.
    pub(super) fn reminded(&mut self) {
        self.reminders += 1;
    }
}
