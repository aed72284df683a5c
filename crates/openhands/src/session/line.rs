//! Asking the person for a line: editing, history, completion of slash commands, pasted text in one piece. The editor
//! waits on a thread of its own, so that signals are heard while it does.

use std::sync::mpsc;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Context, Editor, Helper};
use tokio::sync::oneshot;

use super::slash;

/// What the person answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// This.
    Text(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D, or the terminal is gone.
    End,
}

struct Request {
    prompt: String,
    answer: oneshot::Sender<Line>,
}

/// The person at the terminal.
pub struct Lines {
    requests: Option<mpsc::Sender<Request>>,
    before: Option<rustix::termios::Termios>,
}

impl Lines {
    /// Nobody is asked yet, and nothing is started.
    pub fn new() -> Self {
        Self {
            requests: None,
            before: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    /// Asks for a line.
    pub async fn read(&mut self, prompt: &str) -> Line {
        let (answer, line) = oneshot::channel();
        let request = Request {
            prompt: prompt.to_owned(),
            answer,
        };
        let requests = match &self.requests {
            Some(requests) => requests,
            None => match start() {
                Ok(requests) => self.requests.insert(requests),
                Err(_) => return Line::End,
            },
        };
        if requests.send(request).is_err() {
            return Line::End;
        }
        line.await.unwrap_or(Line::End)
    }

    /// Forgets what was typed before anybody asked: no stray key may answer a question.
    pub fn forget_typed(&self) {
        let queue = rustix::termios::QueueSelector::IFlush;
        // Without a terminal there is nothing to forget.
        let _ = rustix::termios::tcflush(std::io::stdin(), queue);
    }
}

impl Drop for Lines {
    /// Gives the terminal back as it was, also when the editor still waits.
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, before);
        }
    }
}

fn start() -> std::io::Result<mpsc::Sender<Request>> {
    let (requests, asked) = mpsc::channel::<Request>();
    std::thread::Builder::new()
        .name("prompt".to_owned())
        .spawn(move || {
            let mut editor = editor();
            for Request { prompt, answer } in asked {
                let line = match &mut editor {
                    Ok(editor) => read(editor, &prompt),
                    Err(_) => Line::End,
                };
                if answer.send(line).is_err() {
                    break;
                }
            }
        })?;
    Ok(requests)
}

type Prompt = Editor<Habits, DefaultHistory>;

fn editor() -> rustyline::Result<Prompt> {
    let config = Config::builder()
        .auto_add_history(true)
        .history_ignore_space(true)
        .bracketed_paste(true)
        .build();
    let mut editor = Prompt::with_config(config)?;
    editor.set_helper(Some(Habits));
    Ok(editor)
}

fn read(editor: &mut Prompt, prompt: &str) -> Line {
    match editor.readline(prompt) {
        Ok(text) => Line::Text(joined(&text)),
        Err(ReadlineError::Interrupted) => Line::Interrupted,
        Err(_) => Line::End,
    }
}

/// A backslash before a line break was only there to go on typing.
fn joined(text: &str) -> String {
    text.replace("\\\n", "\n")
}

/// How the editor behaves.
struct Habits;

impl Helper for Habits {}
impl Highlighter for Habits {}

impl Hinter for Habits {
    type Hint = String;
}

impl Validator for Habits {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if context.input().ends_with('\\') {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

impl Completer for Habits {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..at).unwrap_or(line);
        let names = if typed.starts_with('/') && !typed.contains(' ') {
            slash::names()
                .filter(|name| name.starts_with(typed))
                .map(str::to_owned)
                .collect()
        } else {
            Vec::new()
        };
        Ok((0, names))
    }
}
