//! What a scripted model says in one turn, in no provider's words.

use std::time::Duration;

use serde_json::Value;

use crate::gate::Gate;

/// What the model says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// What it thinks before.
    pub thoughts: Vec<Thought>,
    /// What it says to people.
    pub text: Option<String>,
    /// What it wants done.
    pub calls: Vec<Call>,
    /// Why it stops.
    pub stop: Stop,
    /// What it says it used.
    pub used: Used,
}

/// A thought before the reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thought {
    /// Readable. The seal is Anthropic's signature and the encrypted content of Responses; one is made up if it is
    /// left out, as both providers always give one.
    Open {
        /// The thought.
        text: String,
        /// The provider's seal.
        seal: Option<String>,
    },
    /// Not readable: redacted thinking with Anthropic, an item without summary with Responses, left out in chat.
    Sealed(String),
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its id; made up from the script's name and the turn if left out.
    pub id: Option<String>,
    /// The tool.
    pub tool: String,
    /// The arguments, verbatim: not always JSON.
    pub arguments: String,
}

impl Call {
    /// A call with an object as arguments.
    pub fn new(tool: impl Into<String>, arguments: &Value) -> Self {
        Self {
            id: None,
            tool: tool.into(),
            arguments: arguments.to_string(),
        }
    }
}

/// Why the model stops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stop {
    /// It is done, or waits for tools.
    #[default]
    Natural,
    /// It may say no more.
    Length,
    /// A filter cut it off.
    Filtered,
    /// It refuses, in these words.
    Refused(String),
}

/// What the model says it used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Used {
    /// All that went in, cached or not.
    pub input: u64,
    /// All that came out, reasoning included.
    pub output: u64,
    /// Of what went in, read from the cache.
    pub cached: u64,
    /// Of what went in, written to the cache.
    pub written: u64,
    /// Of what came out, reasoning.
    pub reasoning: u64,
    /// In US dollars; only heard in process.
    pub cost: f64,
}

impl Default for Used {
    fn default() -> Self {
        Self {
            input: 100,
            output: 20,
            cached: 0,
            written: 0,
            reasoning: 0,
            cost: 0.0,
        }
    }
}

/// How a reply comes.
#[derive(Clone, Debug)]
pub struct Pace {
    /// How many characters a delta holds.
    pub piece: usize,
    /// How long it waits before each event of a stream.
    pub delay: Duration,
    /// How many bytes are sent at once; events are cut anywhere.
    pub packet: Option<usize>,
    /// What it waits at before it answers at all.
    pub gate: Option<Gate>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            piece: 12,
            delay: Duration::ZERO,
            packet: None,
            gate: None,
        }
    }
}

/// A text in pieces of so many characters.
pub(super) fn pieces(text: &str, size: usize) -> Vec<&str> {
    let starts = text.char_indices().map(|(at, _)| at);
    let mut cuts: Vec<usize> = starts.step_by(size.max(1)).collect();
    cuts.push(text.len());
    cuts.windows(2)
        .map(|pair| &text[pair[0]..pair[1]])
        .collect()
}
