//! A reply while it is made: its words as they come, and what is left to show when it is whole. Makes text only.

use domain::EventId;

use crate::render::flow::Flow;
use crate::render::line::toned;
use crate::render::{Cleaner, Look, Tone};

/// A reply while it is made.
pub struct Draft {
    /// The event it will be.
    pub item: EventId,
    /// How many bytes of tool calls were written.
    pub arguments: usize,
    tone: Tone,
    flow: Flow,
    cleaner: Cleaner,
    /// All of its words that are on the screen.
    text: String,
}

impl Draft {
    /// Nothing said yet.
    pub fn new(item: EventId, look: &Look) -> Self {
        Self {
            item,
            arguments: 0,
            tone: Tone::Plain,
            flow: Flow::new(look.width),
            cleaner: Cleaner::default(),
            text: String::new(),
        }
    }

    /// Whether the cursor stands behind its words.
    pub fn is_open(&self) -> bool {
        self.flow.is_open()
    }

    /// What to write for more of its words.
    pub fn say(&mut self, tone: Tone, piece: &str, look: &Look) -> String {
        let mut out = String::new();
        if self.tone != tone {
            out = self.end_line(look);
        }
        let begins = !self.is_open() && (self.text.is_empty() || self.tone != tone);
        let mut text = self.cleaner.feed(piece);
        if begins {
            text = text.trim_start().to_owned();
        }
        if text.is_empty() {
            return out;
        }
        self.tone = tone;
        if tone == Tone::Plain {
            self.text.push_str(&text);
        }
        if begins {
            out.push('\n');
        }
        out.push_str(&toned(tone, &self.flow.feed(&text), look));
        out
    }

    /// What to write so that the next thing stands on a line of its own.
    pub fn end_line(&mut self, look: &Look) -> String {
        let mut out = toned(self.tone, &self.flow.finish(), look);
        if self.is_open() {
            out.push('\n');
            self.flow = Flow::new(look.width);
        }
        out
    }

    /// The reply is whole: what to write, and whether all of its words are on the screen then.
    pub fn land(mut self, whole: &str, look: &Look) -> (String, bool) {
        let said = self.text.trim_end();
        let rest = whole.strip_prefix(said).filter(|_| !said.is_empty());
        let complete = rest.is_some();
        let mut out = String::new();
        if let Some(rest) = rest.filter(|rest| !rest.trim().is_empty()) {
            // Blanks at the end are on the screen, and again in the rest.
            let blanks = self.text.len() - said.len();
            let rest = rest.get(blanks..).unwrap_or_default();
            out = toned(Tone::Plain, &self.flow.feed(rest), look);
        }
        out.push_str(&self.end_line(look));
        (out, complete)
    }
}
