//! What has happened so far, read from the history a model is given. Remembers nothing itself, so that a demo goes on
//! after a crash like any other conversation.

use std::sync::Arc;

use domain::{Message, Role, ToolCall};
use serde_json::Value;

use super::project::{FAILED, PASSED, PYTHON, Project, SHELL};

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// It did what it should.
    Well,
    /// It ran, and what it showed is bad news.
    Badly,
    /// The person refused it.
    Refused,
    /// It was cut off, or failed for a reason that is not in the script.
    Nowhere,
}

/// The purpose of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Making the scratch directory.
    Directory,
    /// Writing the source.
    Source,
    /// Writing the tests.
    Tests,
    /// Running the tests.
    Run,
    /// Reading the source.
    Read,
    /// Mending the source.
    Mend,
    /// Saying that it is done.
    Finish,
}

/// What has happened so far.
#[derive(Debug, Default)]
pub struct Scene {
    /// The person's words that it all answers to.
    pub words: String,
    /// Where the project is.
    pub directory: Option<String>,
    /// Whether Python is there.
    python: bool,
    /// Each call and how it went.
    pub deeds: Vec<(Deed, Went)>,
}

/// Part of the name of every scratch directory.
pub const MARK: &str = "openhands-demo.";

impl Scene {
    /// Reads the history. A finished demo is over: what the person says next begins anew.
    pub fn read(messages: &[Arc<Message>]) -> Self {
        let mut scene = Self::default();
        for (at, message) in messages.iter().enumerate() {
            match message.role {
                Role::User => scene.hear(message),
                Role::Assistant => {
                    for call in message.calls() {
                        scene.add(call, result(call, &messages[at + 1..]));
                    }
                    if message.calls().is_empty() {
                        // Words alone end a turn, and with it the demo.
                        scene.deeds.clear();
                    }
                }
                Role::System | Role::Tool => {}
            }
        }
        scene
    }

    fn hear(&mut self, message: &Message) {
        if self.is_over() {
            *self = Self::default();
        }
        if self.deeds.is_empty() {
            self.words = message.text();
        }
    }

    /// Whether it was finished.
    fn is_over(&self) -> bool {
        self.deeds.iter().any(|(deed, _)| *deed == Deed::Finish)
    }

    fn add(&mut self, call: &ToolCall, result: Option<String>) {
        let Some(deed) = self.deed(call) else {
            return;
        };
        let result = result.unwrap_or_default();
        let went = went(deed, &result);
        if deed == Deed::Directory && went == Went::Well {
            let made = result.lines().map(str::trim).find(|line| is_scratch(line));
            self.directory = made.map(str::to_owned);
            self.python = result
                .lines()
                .any(|line| line.trim().starts_with("Python 3"));
        }
        self.deeds.push((deed, went));
    }

    fn deed(&self, call: &ToolCall) -> Option<Deed> {
        let arguments: Value = serde_json::from_str(&call.arguments).ok()?;
        let command = arguments["command"].as_str().unwrap_or_default();
        let is_tests = arguments["path"]
            .as_str()
            .is_some_and(|path| path.ends_with(self.project().tests.name));
        match (call.name.as_str(), command) {
            ("terminal", command) if command.contains("mktemp") => Some(Deed::Directory),
            ("terminal", _) => Some(Deed::Run),
            ("file_editor", "create") if is_tests => Some(Deed::Tests),
            ("file_editor", "create") => Some(Deed::Source),
            ("file_editor", "view") => Some(Deed::Read),
            ("file_editor", "str_replace") => Some(Deed::Mend),
            ("finish", _) => Some(Deed::Finish),
            _ => None,
        }
    }

    /// The project that this machine can run.
    pub fn project(&self) -> &'static Project {
        if self.python { &PYTHON } else { &SHELL }
    }

    /// Whether something was done and went well.
    pub fn has(&self, deed: Deed) -> bool {
        self.deeds.contains(&(deed, Went::Well))
    }

    /// How often something was tried in vain.
    pub fn in_vain(&self, deed: Deed) -> usize {
        self.deeds
            .iter()
            .filter(|done| **done == (deed, Went::Nowhere))
            .count()
    }

    /// How the tests went, if they ran since the last change of the source.
    pub fn tests(&self) -> Option<Went> {
        let mended = self
            .deeds
            .iter()
            .rposition(|done| *done == (Deed::Mend, Went::Well));
        let since = &self.deeds[mended.map_or(0, |at| at + 1)..];
        let ran = since
            .iter()
            .rev()
            .find(|(deed, went)| *deed == Deed::Run && *went != Went::Nowhere);
        ran.map(|(_, went)| *went)
    }
}

fn is_scratch(line: &str) -> bool {
    line.starts_with('/') && line.contains(MARK) && !line.contains('$')
}

/// What a call gave, if it is known.
fn result(call: &ToolCall, later: &[Arc<Message>]) -> Option<String> {
    later
        .iter()
        .find(|message| message.tool_call_id.as_deref() == Some(call.id.as_str()))
        .map(|message| message.text())
}

fn went(deed: Deed, result: &str) -> Went {
    let lower = result.to_lowercase();
    if lower.contains("rejected") || lower.contains("refused") {
        return Went::Refused;
    }
    let well = match deed {
        Deed::Directory => result.lines().any(|line| is_scratch(line.trim())),
        Deed::Source | Deed::Tests => {
            lower.contains("created successfully") || lower.contains("already exists")
        }
        Deed::Run => {
            let ends_with = |word: &str| result.lines().any(|line| line.trim().starts_with(word));
            if ends_with(FAILED) {
                return Went::Badly;
            }
            ends_with(PASSED)
        }
        Deed::Read => lower.contains("discount"),
        Deed::Mend => lower.contains("has been edited") || lower.contains("did not appear"),
        Deed::Finish => true,
    };
    if well { Went::Well } else { Went::Nowhere }
}
