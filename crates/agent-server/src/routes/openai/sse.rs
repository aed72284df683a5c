//! A chat completion as a stream of events: who speaks, what is said, why it ends, what was used. Asks nobody.

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde::Serialize;

use super::chat::{Completion, Usage};

/// What a stream ends with.
const DONE: &str = "data: [DONE]\n\n";

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    choices: &'a [Choice<'a>],
    created: u64,
    model: &'a str,
    object: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<&'a Usage>,
}

#[derive(Serialize)]
struct Choice<'a> {
    delta: Delta<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<&'a str>,
    index: u32,
}

#[derive(Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
}

/// The stream as an answer. The agent is done when it begins, so it never has to break off.
pub(super) fn respond(completion: Completion, usage: bool) -> Response {
    let mut answer = Response::new(Body::from(events(&completion, usage)));
    let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

fn events(completion: &Completion, usage: bool) -> String {
    let mut events = String::new();
    for (words, reason) in completion.said() {
        for choice in choices(words, reason) {
            events.push_str(&event(completion, &[choice], None));
        }
    }
    if usage {
        events.push_str(&event(completion, &[], Some(&completion.usage)));
    }
    events.push_str(DONE);
    events
}

/// Who speaks, what is said, why it ends.
fn choices<'a>(words: &'a str, reason: &'a str) -> [Choice<'a>; 3] {
    let said = |role, content, finish_reason| Choice {
        delta: Delta { content, role },
        finish_reason,
        index: 0,
    };
    [
        said(Some("assistant"), None, None),
        said(None, Some(words), None),
        said(None, None, Some(reason)),
    ]
}

fn event(completion: &Completion, choices: &[Choice<'_>], usage: Option<&Usage>) -> String {
    let chunk = Chunk {
        id: &completion.id,
        choices,
        created: completion.created,
        model: &completion.model,
        object: "chat.completion.chunk",
        usage,
    };
    // Texts and numbers can always be written.
    let json = serde_json::to_string(&chunk).unwrap_or_default();
    format!("data: {json}\n\n")
}
