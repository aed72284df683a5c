//! One command from its start to its end: what is known of it, and when to look at it again. Touches nothing.

use std::time::Duration;

use rustix::process::Pid;
use tokio::time::Instant;

/// How soon a program that fell silent is looked at, for the first time.
const FIRST_PEEK: Duration = Duration::from_millis(50);
/// How soon it is looked at again when it seems to wait: it may be about to say what for.
const SECOND_PEEK: Duration = Duration::from_millis(25);
/// The longest time between two looks.
const LAST_PEEK: Duration = Duration::from_secs(8);
/// How long a program that listens to several things must be silent before it counts as waiting.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How soon a shell that says nothing is asked again, for the first time.
const FIRST_REMINDER: Duration = Duration::from_millis(250);
/// The same, after a key that can make a shell forget what it was told.
const QUICK_REMINDER: Duration = Duration::from_millis(50);
/// How long a shell may take to read a command before it begins.
const BEGIN_PATIENCE: Duration = Duration::from_secs(10);
/// How often a shell is reminded.
const REMINDERS: u32 = 8;
/// How soon after an interrupt it is looked whether another program has begun, for the first time.
const FIRST_PRESS: Duration = Duration::from_millis(30);
/// How long after an interrupt a program that begins is taken for part of what was interrupted.
const LAST_PRESS: Duration = Duration::from_millis(500);

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
    /// Whether it was sent a signal that the shell may have got too.
    pub(super) shaken: bool,
    given: Instant,
    peek: Rhythm,
    /// Whether it seemed to wait for input when it was last looked at.
    seemed: bool,
    reminder: Rhythm,
    reminders: u32,
    press: Option<Press>,
}

/// An interrupt, on its way through a list of programs.
///
/// Between two of them it may hit the one that has just ended: the next has to get it too.
#[derive(Debug)]
struct Press {
    group: Option<Pid>,
    rhythm: Rhythm,
    until: Instant,
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
            shaken: false,
            given: now,
            peek: Rhythm::new(now, FIRST_PEEK, LAST_PEEK),
            seemed: false,
            reminder: Rhythm::new(now, FIRST_REMINDER, Duration::MAX),
            reminders: 0,
            press: None,
        }
    }

    /// It did something, or something was done to it.
    pub(super) fn touch(&mut self) {
        self.touched = Instant::now();
        self.peek = Rhythm::new(self.touched, FIRST_PEEK, LAST_PEEK);
        self.seemed = false;
    }

    /// It was sent a signal, which can make the shell forget the question it was asked.
    pub(super) fn expect_end(&mut self) {
        self.shaken = true;
        self.reminders = 0;
        self.reminder = Rhythm::new(Instant::now(), QUICK_REMINDER, Duration::MAX);
    }

    /// The group in the foreground was interrupted.
    pub(super) fn pressed(&mut self, group: Option<Pid>) {
        let now = Instant::now();
        self.expect_end();
        self.press = Some(Press {
            group,
            rhythm: Rhythm::new(now, FIRST_PRESS, Duration::MAX),
            until: now + LAST_PRESS,
        });
    }

    /// Whether to interrupt a program that began after the interrupt; looks only when it is time to.
    pub(super) fn presses(&mut self, group: Option<Pid>) -> bool {
        let now = Instant::now();
        let due = |press: &&mut Press| now >= press.rhythm.next;
        let Some(press) = self.press.as_mut().filter(due) else {
            return false;
        };
        press.rhythm.beat(now);
        let missed = group.is_some() && group != press.group;
        press.group = group;
        if press.rhythm.next > press.until {
            self.press = None;
        }
        missed
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

    /// Takes down whether it seems to wait for input; sure is what seemed so twice, with a moment between.
    pub(super) fn seems(&mut self, seems: bool) -> bool {
        let sure = seems && self.seemed;
        if seems && !sure {
            self.peek = Rhythm::new(Instant::now(), SECOND_PEEK, LAST_PEEK);
        }
        self.seemed = seems;
        sure
    }

    /// Whether it has been silent long enough to take a guess.
    pub(super) fn is_long_silent(&self) -> bool {
        self.touched.elapsed() >= PATIENCE
    }

    /// When to look after the shell or a key again.
    pub(super) fn look_at(&self) -> Option<Instant> {
        let press = self.press.as_ref().map(|press| press.rhythm.next);
        let stuck = (!self.started).then_some(self.given + BEGIN_PATIENCE);
        [self.remind_at(), press, stuck].into_iter().flatten().min()
    }

    /// Whether the shell has had time enough to begin and has not.
    pub(super) fn is_stuck(&self) -> bool {
        !self.started && self.end.is_none() && self.given.elapsed() >= BEGIN_PATIENCE
    }

    fn remind_at(&self) -> Option<Instant> {
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
