//! What providers refuse: histories and settings that would fail with the real one fail here, in its words.

mod anthropic;
mod chat;
mod responses;

use serde_json::Value;

use super::dialect::Dialect;
use super::fault::{Cause, Failure};
use super::http::Incoming;

type Verdict = Result<(), Failure>;

/// Refuses what the provider would refuse.
pub(super) fn check(dialect: Dialect, incoming: &Incoming, body: &Value) -> Verdict {
    match dialect {
        Dialect::Chat => chat::check(body),
        Dialect::Responses => responses::check(body),
        Dialect::Anthropic => anthropic::check(incoming, body),
    }
}

/// Refuses any key but this one, wherever the provider looks for it.
pub(super) fn check_key(dialect: Dialect, incoming: &Incoming, key: &str) -> Verdict {
    let given = match dialect {
        Dialect::Chat | Dialect::Responses => incoming.bearer(),
        Dialect::Anthropic => incoming.key(),
    };
    if given == Some(key) {
        return Ok(());
    }
    Err(Failure::of(Cause::Auth))
}

fn refuse(message: impl Into<String>) -> Verdict {
    Err(failure(Cause::BadRequest, message))
}

fn malformed(message: impl Into<String>) -> Verdict {
    Err(failure(Cause::MalformedHistory, message))
}

fn failure(cause: Cause, message: impl Into<String>) -> Failure {
    Failure {
        message: Some(message.into()),
        ..Failure::of(cause)
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Letters, digits, `_` and `-`.
fn plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
