//! Scripts as text: the words of [`Script`], one step a line.
//!
//! ```text
//! # A line that begins with # is a comment.
//! says Let me look.
//!   calls terminal {"command": "cat notes.txt"}
//! calls file_editor
//!   command: create
//!   path: notes.txt
//!   file_text: |
//!     First line.
//!     Second line.
//!   fails 429 retry after 2
//! says Done.
//!   uses 1200 in 40 out
//! ```
//!
//! A line without indentation is one turn; the lines indented below it belong to the same turn, in any order. The
//! faults among them come first, one request each.
//!
//! | the model | |
//! |---|---|
//! | `says TEXT` | says it |
//! | `thinks TEXT`, `thinks sealed DATA` | thinks before it speaks |
//! | `sealed DATA` | the seal (signature, encrypted content) of the thought above |
//! | `calls TOOL {JSON}` | calls a tool; arguments may stand below instead, as `key: text` or `key = json` |
//! | `calls-raw TOOL TEXT` | calls a tool with arguments that need not be JSON |
//! | `id ID` | the id of the call above |
//! | `says-nothing`, `refuses TEXT` | an empty reply, a refusal |
//! | `stops length`, `stops filter` | runs out of tokens, is stopped by a filter |
//! | `uses N in N out`, then any of `N cached`, `N written`, `N reasoning`, `N dollars` | says what it used |
//! | `pieces N`, `packets N`, `slowly N ms` | characters a delta, bytes a packet, wait before each event |
//!
//! | only | |
//! |---|---|
//! | `when result TEXT` | if a tool answered the last reply with something that holds it |
//! | `when user TEXT` | if the last user message holds it |
//! | `when asked TEXT` | if anything in the request holds it |
//! | `when offered TOOL` | if such a tool is on offer |
//!
//! | fault | |
//! |---|---|
//! | `fails STATUS`, `fails CAUSE` | an error in the provider's words; causes: `bad-request`, `context-window`, `malformed-history`, `auth`, `no-model`, `rate-limit`, `quota`, `content-policy`, `overloaded`, `internal`, `timeout` |
//! | ... `retry after N`, `retry date N`, `retry ms N` | how it asks to come back |
//! | ... `saying TEXT` | other words; the last thing on the line |
//! | `cuts after N`, `stalls after N`, `breaks after N` | the stream ends, falls silent, or holds an error after N events |
//! | `hangs`, `hangs-up`, `noise`, `garbage`, `html STATUS`, `wrong-type`, `long-line BYTES` | see [`Fault`](super::Fault) |
//! | any of them, then `N times` | so often |
//!
//! `repeat N` and `forever` play the turns indented below them. `scenario NAME` begins a script of that name, `asides`
//! the one for requests without tools; `by-history` at the start of a script finds its place in each request.
//!
//! TEXT is the rest of the line; in double quotes it is read as a JSON string; as `|` it is the lines indented below.

mod line;
mod word;

use super::library::Library;
use super::script::Script;
use line::Node;

/// A script that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl ParseError {
    fn at(node: &Node, message: impl Into<String>) -> Self {
        Self {
            line: node.line,
            message: message.into(),
        }
    }
}

/// Reads one script, or many, from text.
pub fn parse(text: &str) -> Result<Library, ParseError> {
    let mut library = Library::new();
    let mut section = Section::default();
    for node in line::read(text)? {
        let (word, rest) = node.word();
        let next = match word {
            "scenario" if rest.is_empty() => {
                return Err(ParseError::at(&node, "a scenario needs a name"));
            }
            "scenario" => Section::named(rest),
            "asides" => Section {
                aside: true,
                ..Section::default()
            },
            "by-history" => {
                section.script = section.script.by_history();
                continue;
            }
            _ => {
                section.script = step(section.script, &node)?;
                section.empty = false;
                continue;
            }
        };
        library = section.end(library);
        section = next;
    }
    Ok(section.end(library))
}

/// A script being read.
struct Section {
    script: Script,
    aside: bool,
    empty: bool,
}

impl Default for Section {
    fn default() -> Self {
        Self {
            script: Script::new(),
            aside: false,
            empty: true,
        }
    }
}

impl Section {
    fn named(name: &str) -> Self {
        Self {
            script: Script::named(name),
            empty: false,
            ..Self::default()
        }
    }

    fn end(self, library: Library) -> Library {
        if self.aside {
            library.asides(self.script)
        } else if self.empty {
            library
        } else {
            library.with(self.script)
        }
    }
}

fn step(script: Script, node: &Node) -> Result<Script, ParseError> {
    let (word, rest) = node.word();
    match word {
        "repeat" => {
            let times = word::number(node, rest)?;
            Ok(script.repeat(times, steps(node)?))
        }
        "forever" => Ok(script.forever(steps(node)?)),
        _ => word::turn(script.then(), node),
    }
}

fn steps(node: &Node) -> Result<Script, ParseError> {
    if node.below.is_empty() {
        return Err(ParseError::at(node, "indent the turns to repeat below it"));
    }
    node.below.iter().try_fold(Script::new(), step)
}

#[cfg(test)]
mod tests;
