//! What went wrong with one attempt, and what that means. Knows no dialect.

mod reason;
mod reset;

use std::time::Duration;

use domain::LlmErrorKind;
use reqwest::header::HeaderMap;

pub(crate) use reason::{classify, kind_of_status};

/// One failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub kind: LlmErrorKind,
    pub status: Option<u16>,
    /// What the provider said, or what went wrong.
    pub message: String,
    /// All it said that may explain why, in lower case.
    pub clues: String,
    /// How long it asks to be left alone.
    pub wait: Option<Duration>,
    /// The way out, where it is more than the kind tells.
    pub hint: Option<String>,
    /// A transient trouble that trying again will not end.
    pub hopeless: bool,
}

/// Longer bodies say nothing more.
const CLIP: usize = 600;

impl Failure {
    pub fn new(kind: LlmErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            kind,
            status: None,
            clues: message.to_lowercase(),
            message,
            wait: None,
            hint: None,
            hopeless: false,
        }
    }

    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The reply was empty or could not be read.
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self::new(LlmErrorKind::NoResponse, message)
    }

    /// A status that is not success, with its body.
    pub fn refused(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let said = Said::read(body);
        let mut failure = Self::said(&said, kind_of_status(status));
        failure.status = Some(status);
        if failure.message.is_empty() {
            failure.message = "no explanation was given".to_owned();
        }
        if failure.retries() {
            failure.wait = reset::wait(headers);
        }
        failure
    }

    /// An error object inside an otherwise successful reply.
    pub fn inside(error: &serde_json::Value) -> Self {
        let said = Said::of(error);
        let status = said.code.parse::<u16>().ok().filter(|s| *s >= 400);
        let kind = status.map_or_else(|| reason::kind_of_type(&said.clues), kind_of_status);
        let mut failure = Self::said(&said, kind);
        failure.status = status;
        failure
    }

    fn said(said: &Said, otherwise: LlmErrorKind) -> Self {
        let mut failure = Self::new(classify(&said.clues, otherwise), clip(&said.message));
        failure.clues.clone_from(&said.clues);
        failure
    }

    /// Whether trying again may help.
    pub fn retries(&self) -> bool {
        !self.hopeless
            && match self.kind {
                LlmErrorKind::RateLimit
                | LlmErrorKind::Timeout
                | LlmErrorKind::Unavailable
                | LlmErrorKind::NoResponse => true,
                LlmErrorKind::ContextWindow
                | LlmErrorKind::MalformedHistory
                | LlmErrorKind::Auth
                | LlmErrorKind::Quota
                | LlmErrorKind::BadRequest
                | LlmErrorKind::ContentPolicy
                | LlmErrorKind::Config => false,
            }
    }
}

/// What a provider said about an error, found in whatever shape it said it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    message: String,
    code: String,
    clues: String,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        // Some gateways fail in the form of the stream they were asked for.
        let body = body.strip_prefix(b"data:").map_or(body, |event| {
            event.split(|byte| *byte == b'\n').next().unwrap_or(event)
        });
        match serde_json::from_slice::<serde_json::Value>(body) {
            Ok(value) => Self::of(&value),
            Err(_) => Self::plain(&String::from_utf8_lossy(body)),
        }
    }

    fn plain(text: &str) -> Self {
        let text = text.trim();
        let message = if text.starts_with('<') {
            title(text).map_or_else(
                || "an HTML page came back".to_owned(),
                |t| format!("an HTML page came back: {t}"),
            )
        } else {
            text.to_owned()
        };
        Self {
            clues: clip(text).to_lowercase(),
            message,
            code: String::new(),
        }
    }

    fn of(value: &serde_json::Value) -> Self {
        let listed = value.as_array().and_then(|list| list.first());
        let value = listed.unwrap_or(value);
        let error = value.get("error").filter(|e| !e.is_null()).unwrap_or(value);
        let raw = word(error.pointer("/metadata/raw"));
        let message = [
            error.get("message"),
            error.get("detail"),
            error.get("error"),
            Some(error),
        ]
        .into_iter()
        .map(word)
        .find(|text| !text.is_empty())
        .unwrap_or_else(|| details(error));
        let code = word(error.get("code"));
        let kind = word(error.get("type"));
        let clues = format!("{message} {code} {kind} {raw}").to_lowercase();
        let message = if raw.is_empty() || message.contains(&raw) {
            message
        } else {
            format!("{message}: {raw}")
        };
        Self {
            message,
            code,
            clues,
        }
    }
}

/// A string or a number, as text.
fn word(value: Option<&serde_json::Value>) -> String {
    match value {
        Some(serde_json::Value::String(text)) => text.trim().to_owned(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The list of complaints that validating servers give.
fn details(error: &serde_json::Value) -> String {
    let list = error.get("detail").and_then(serde_json::Value::as_array);
    let Some(list) = list else {
        return if error.as_object().is_some_and(|o| o.is_empty()) {
            String::new()
        } else {
            error.to_string()
        };
    };
    let lines = list.iter().map(|item| {
        let place = item.get("loc").and_then(serde_json::Value::as_array);
        let place: Vec<String> = place.into_iter().flatten().map(|p| word(Some(p))).collect();
        format!("{}: {}", place.join("."), word(item.get("msg")))
    });
    lines.collect::<Vec<_>>().join("; ")
}

fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let from = lower.find("<title>")? + 7;
    let to = from + lower[from..].find("</title>")?;
    Some(html[from..to].trim().to_owned())
}

fn clip(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(CLIP) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
