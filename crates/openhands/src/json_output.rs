//! `--json`: every event as it is stored, one a line, and one line at the end that says how it went.

use std::collections::BTreeMap;

use domain::{Entry, Status};
use serde::Serialize;

use crate::exit::{Exit, Failure};
use crate::session::Account;

/// The last line. Its `kind` is none that an event has.
#[derive(Debug, Serialize)]
pub struct Outcome<'a> {
    kind: &'static str,
    /// The conversation.
    conversation_id: String,
    /// What it is doing now.
    status: Status,
    /// The code the command ends with.
    exit_code: u8,
    /// The agent's last word.
    message: Option<&'a str>,
    /// How many replies the model gave in this run.
    steps: usize,
    /// Tokens of the whole conversation.
    tokens: BTreeMap<&'static str, u64>,
    /// US dollars of the whole conversation.
    cost: f64,
    /// What stopped it.
    error: Option<Fault<'a>>,
    /// How to go on, if it is not finished.
    resume: Option<String>,
}

#[derive(Debug, Serialize)]
struct Fault<'a> {
    code: &'a str,
    detail: &'a str,
}

impl<'a> Outcome<'a> {
    /// How a run went.
    pub fn new(
        id: domain::ConversationId,
        status: Status,
        exit: Exit,
        account: &'a Account,
        resume: Option<String>,
    ) -> Self {
        let mut tokens = BTreeMap::from([("input", 0), ("output", 0), ("cached", 0)]);
        for metrics in account.stats.usage_to_metrics.values() {
            if let Some(sum) = &metrics.accumulated_token_usage {
                *tokens.entry("input").or_default() += sum.prompt_tokens;
                *tokens.entry("output").or_default() += sum.completion_tokens;
                *tokens.entry("cached").or_default() += sum.cache_read_tokens;
            }
        }
        Self {
            kind: "RunResult",
            conversation_id: id.to_string(),
            status,
            exit_code: exit.code(),
            message: account.last_word.as_deref(),
            steps: account.steps,
            tokens,
            cost: account.stats.cost(),
            error: account.error.as_ref().map(|error| Fault {
                code: &error.code,
                detail: &error.detail,
            }),
            resume,
        }
    }

    /// The same, with what stopped the command itself.
    #[must_use]
    pub fn with_failure(mut self, failure: Option<&'a Failure>) -> Self {
        if let Some(failure) = failure {
            self.error = Some(Fault {
                code: "CommandFailed",
                detail: &failure.message,
            });
        }
        self
    }

    /// As a line.
    pub fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

/// An event as a line: the bytes that are stored.
pub fn line(entry: &Entry) -> Vec<u8> {
    let mut line = entry.json.to_vec();
    line.push(b'\n');
    line
}
