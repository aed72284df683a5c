//! How the body of a request is read: within a limit, within a time, and as JSON only if it says that it is.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use serde_json::{Value, json};

use crate::decode;
use crate::error::{Detail, Error, Place};
use crate::input::{Asked, Refusal};

/// How many bytes a JSON body may have, if its operation does not say otherwise.
const LIMIT: usize = 32 << 20;

/// What a body holds.
pub(crate) enum Content {
    Nothing,
    /// JSON, with the bytes it was read from.
    Json(Value, Bytes),
    /// Something that does not say that it is JSON.
    Other(Bytes),
}

/// The body, read whole.
pub(crate) async fn content(asked: &mut Asked<'_>) -> Result<Content, Refusal> {
    let body = asked.body.take().unwrap_or_default();
    let limit = asked.limit.unwrap_or(LIMIT);
    let bytes = whole(&asked.parts, body, limit, asked.patience).await?;
    if bytes.is_empty() {
        return Ok(Content::Nothing);
    }
    if !says_json(&asked.parts.headers) {
        return Ok(Content::Other(bytes));
    }
    let value = parse(&bytes)?;
    Ok(Content::Json(value, bytes))
}

/// All bytes of a body.
async fn whole(
    parts: &Parts,
    body: Body,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Error> {
    let announced = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let mut body = body;
    let reading = async {
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(chunk) = chunk(&mut body).await? {
            if first.len() + all.len() + chunk.len() > limit {
                return Err(too_large(limit));
            }
            // Most bodies come in one piece, which needs no copy.
            if first.is_empty() && all.is_empty() {
                first = chunk;
                continue;
            }
            if all.is_empty() {
                all.reserve(announced.unwrap_or(first.len() * 2));
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    };
    match tokio::time::timeout(patience, reading).await {
        Ok(read) => read,
        Err(_) => Err(too_slow(patience)),
    }
}

/// The next bytes of a body.
pub(crate) async fn chunk(body: &mut Body) -> Result<Option<Bytes>, Error> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(_)) => return Err(broken()),
        }
    }
}

/// Reads bytes as JSON, or says what Python would say about them.
fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    let marked = bytes.strip_prefix(b"\xef\xbb\xbf");
    let bytes = marked.unwrap_or(bytes);
    let error = match serde_json::from_slice(bytes) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(broken().into());
    };
    let (reason, at) = match decode::fault(text) {
        Some((reason, at)) => (reason.to_owned(), at),
        // Python reads it, but it is too deep, or no JSON by the standard.
        None if error.to_string().starts_with("recursion") => return Err(broken().into()),
        None => (error.to_string(), 0),
    };
    // Nothing else is told about a request that cannot be read.
    Err(Refusal::Stop(Error::invalid(vec![Detail {
        kind: "json_invalid".to_owned(),
        loc: vec!["body".into(), Place::Index(at)],
        msg: "JSON decode error".to_owned(),
        input: json!({}),
        ctx: Some(json!({ "error": reason })),
    }])))
}

fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind.strip_prefix("application/")
        .is_some_and(|kind| kind == "json" || kind.ends_with("+json"))
}

fn broken() -> Error {
    Error::bad("There was an error parsing the body")
}

pub(crate) fn too_large(limit: usize) -> Error {
    Error::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("The body is larger than {limit} bytes; send less at once"),
    )
    .header(
        header::CONNECTION,
        header::HeaderValue::from_static("close"),
    )
}

pub(crate) fn too_slow(patience: Duration) -> Error {
    Error::new(
        StatusCode::REQUEST_TIMEOUT,
        format!(
            "The body did not arrive within {} seconds; send it again",
            patience.as_secs()
        ),
    )
    .header(
        header::CONNECTION,
        header::HeaderValue::from_static("close"),
    )
}
