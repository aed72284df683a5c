//! Where a session shows what happens: a painted terminal, plain text, or JSON lines.

use std::time::Instant;

use domain::{Delta, Entry, Event, Live};

use crate::exit::Failure;
use crate::render::{Line, Look, Painter};
use crate::{json_output, stdout};

/// What the person or the script sees.
pub enum Screen {
    /// Text for people.
    Text(Box<Painter>),
    /// One JSON event a line.
    Json,
}

impl Screen {
    /// Text for people.
    pub fn text(look: Look, root: &str) -> Self {
        Self::Text(Box::new(Painter::new(look, Some(root.to_owned()))))
    }

    /// A durable event.
    pub fn event(&mut self, entry: &Entry, event: &Event) -> Result<(), Failure> {
        match self {
            Self::Text(painter) => painter.event(event, Instant::now()),
            Self::Json => return stdout::write_bytes(&json_output::line(entry)),
        }
        self.flush()
    }

    /// Something heard between events.
    pub fn live(&mut self, live: &Live) -> Result<(), Failure> {
        match self {
            Self::Text(painter) => painter.live(live, Instant::now()),
            Self::Json => {
                if let Live::Delta {
                    delta: Delta::Retry { reason, wait },
                    ..
                } = live
                {
                    let seconds = wait.as_secs().max(1);
                    stdout::aside(&format!("{reason}; trying again in {seconds} s\n"));
                }
            }
        }
        self.flush()
    }

    /// Time went by.
    pub fn tick(&mut self, extra: impl FnOnce(&Look) -> String) -> Result<(), Failure> {
        if let Self::Text(painter) = self {
            painter.set_width(painter.look().current_width());
            let extra = extra(painter.look());
            painter.tick(&extra, Instant::now());
        }
        self.flush()
    }

    /// Something to say that is no event. Scripts do not hear it.
    pub fn say(&mut self, lines: impl FnOnce(&Look) -> Vec<Line>) -> Result<(), Failure> {
        if let Self::Text(painter) = self {
            let lines = lines(painter.look());
            painter.lines(&lines, Instant::now());
        }
        self.flush()
    }

    /// Nothing is waited for any more.
    pub fn rest(&mut self) -> Result<(), Failure> {
        if let Self::Text(painter) = self {
            painter.rest();
        }
        self.flush()
    }

    /// Something else is waited for.
    pub fn wait(&mut self, what: &str) {
        if let Self::Text(painter) = self {
            painter.wait(what, Instant::now());
        }
    }

    /// The person's next words are on the screen already.
    pub fn typed(&mut self) {
        if let Self::Text(painter) = self {
            painter.typed();
        }
    }

    /// Whether someone watches.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Text(painter) if painter.look().live)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        match self {
            Self::Text(painter) => stdout::write(&painter.take()),
            Self::Json => Ok(()),
        }
    }
}
