//! Who may open a socket: a key in the query, in a header, or in the first message.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, Utf8Bytes, WebSocket};
use axum::http::{HeaderMap, StatusCode};
use http_kit::Error;
use serde_json::Value;

use crate::app::App;
use crate::door;

/// How long a client may take to say who it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a socket is closed.
#[derive(Clone, Copy)]
pub(super) struct Closing(pub(super) u16, pub(super) &'static str);

/// Wrong key: do not come back.
pub(super) const DENIED: Closing = Closing(4_001, "Authentication failed");
/// No such conversation: do not come back.
const UNKNOWN: Closing = Closing(4_004, "Conversation not found");
/// Come back later.
pub(super) const CROWDED: Closing = Closing(1_013, "Too many connections for this conversation");
/// It cannot be opened now, for example because another server has it: come back later.
const NOT_NOW: Closing = Closing(1_013, "Conversation cannot be opened now");
/// The server stops; come back later.
pub(super) const GOING: Closing = Closing(1_001, "Server is shutting down");

/// What is known of a client when it knocks.
pub(super) enum Caller {
    /// It may come in.
    Known,
    /// It must say who it is.
    Unknown,
    /// It gave a wrong key.
    Refused,
}

/// What a client that knocks has shown.
pub(super) fn caller(app: &App, query: Option<&str>, headers: &HeaderMap) -> Caller {
    if app.keys().open() {
        return Caller::Known;
    }
    let header = headers.get(door::KEY).and_then(|key| key.to_str().ok());
    match query.or(header) {
        Some(key) if app.keys().opens(key) => Caller::Known,
        Some(_) => Caller::Refused,
        None => Caller::Unknown,
    }
}

/// Whether the first message carries a key.
pub(super) async fn introduced(app: &App, socket: &mut WebSocket) -> bool {
    let first = tokio::time::timeout(PATIENCE, socket.recv()).await;
    let Ok(Some(Ok(Frame::Text(text)))) = first else {
        return false;
    };
    let Ok(said) = serde_json::from_str::<Value>(&text) else {
        return false;
    };
    let said_key = said.get("session_api_key").and_then(Value::as_str);
    is_introduction(&said) && said_key.is_some_and(|key| app.keys().opens(key))
}

/// Whether a message only says who the client is.
pub(super) fn is_introduction(said: &Value) -> bool {
    let Some(said) = said.as_object() else {
        return false;
    };
    said.get("type").and_then(Value::as_str) == Some("auth")
        && said
            .keys()
            .all(|key| matches!(key.as_str(), "type" | "session_api_key"))
}

/// How a client is told that a conversation could not be opened.
pub(super) fn unopened(error: &Error) -> Closing {
    if error.status() == StatusCode::NOT_FOUND {
        return UNKNOWN;
    }
    tracing::warn!(error = %error.detail(), "a conversation cannot be opened for a socket");
    NOT_NOW
}

/// Says goodbye.
pub(super) async fn close(mut socket: WebSocket, Closing(code, reason): Closing) {
    let frame = CloseFrame {
        code,
        reason: Utf8Bytes::from_static(reason),
    };
    // One who is gone already need not be told.
    let _ = socket.send(Frame::Close(Some(frame))).await;
}
