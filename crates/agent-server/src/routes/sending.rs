//! Files on their way out, whole or a part of them, as Starlette sends them. Knows no resource.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use domain::{Download, Moment};
use futures_util::stream;
use http_kit::{Asked, Error, Input, Output, Refusal, Sketch};
use serde_json::json;

use super::place::answer;

/// A file on its way out.
pub(super) struct Sent(Response);

impl Output for Sent {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers_with(StatusCode::OK, "application/json", json!({}));
    }

    fn respond(self) -> Response {
        self.0
    }
}

/// Which part of a file is wanted, and of which state of it.
#[derive(Debug, Default)]
pub(super) struct Window {
    range: Option<String>,
    only_if: Option<String>,
}

impl Input for Window {
    fn describe(_: &mut Sketch<'_>) {}

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let text = |headers: &HeaderMap, name| {
            let value: Option<&HeaderValue> = headers.get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        Ok(Self {
            range: text(&asked.parts.headers, header::RANGE),
            only_if: text(&asked.parts.headers, header::IF_RANGE),
        })
    }
}

impl Window {
    /// The answer that carries the file, or the part of it that is wanted.
    pub(super) async fn send(
        self,
        mut file: Download,
        media_type: &str,
        more: Vec<(HeaderName, HeaderValue)>,
    ) -> Result<Sent, Error> {
        let tag = format!("\"{}\"", file.tag);
        let modified = file.modified.map(http_date);
        let mut headers = HeaderMap::new();
        put(&mut headers, header::CONTENT_TYPE, media_type);
        put(&mut headers, header::ACCEPT_RANGES, "bytes");
        put(&mut headers, header::ETAG, &tag);
        if let Some(modified) = &modified {
            put(&mut headers, header::LAST_MODIFIED, modified);
        }
        headers.extend(more);
        let fresh = self.only_if.as_ref().is_none_or(|wanted| {
            *wanted == tag || modified.as_ref().is_some_and(|modified| modified == wanted)
        });
        let wanted = self.range.filter(|_| fresh);
        let part = wanted.as_deref().and_then(|range| part(range, file.length));
        let mut status = StatusCode::OK;
        let mut length = file.length;
        match part {
            None => {}
            Some(None) => {
                let whole = format!("bytes */{}", file.length);
                return Ok(Sent(unsatisfiable(&whole)));
            }
            Some(Some((first, last))) => {
                status = StatusCode::PARTIAL_CONTENT;
                length = last - first + 1;
                let window = format!("bytes {first}-{last}/{}", file.length);
                put(&mut headers, header::CONTENT_RANGE, &window);
                file.body.narrow(first, length).await.map_err(answer)?;
            }
        }
        put(&mut headers, header::CONTENT_LENGTH, &length.to_string());
        let mut response = Response::new(streamed(file.body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(Sent(response))
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn unsatisfiable(whole: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    put(response.headers_mut(), header::CONTENT_RANGE, whole);
    response
}

/// The first and the last byte of the only range; no range where none is understood, and none to have beyond the end.
fn part(range: &str, length: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    let end = length.checked_sub(1);
    if first.is_empty() {
        let count: u64 = last.parse().ok()?;
        let from = length.saturating_sub(count);
        return Some(end.filter(|_| count > 0).map(|end| (from, end)));
    }
    let first: u64 = first.parse().ok()?;
    let last: u64 = match last {
        "" => u64::MAX,
        last => last.parse().ok()?,
    };
    let fits = |end: &u64| first <= *end && first <= last;
    Some(end.filter(fits).map(|end| (first, last.min(end))))
}

/// A body that pulls its pieces as they are sent.
pub(super) fn streamed(body: Box<dyn domain::FileBody>) -> Body {
    Body::from_stream(stream::unfold(Some(body), |body| async {
        let mut body = body?;
        match body.next().await {
            Ok(Some(piece)) => Some((Ok::<Bytes, std::io::Error>(piece), Some(body))),
            Ok(None) => None,
            // The answer has begun; breaking off is all that is left to say.
            Err(error) => Some((Err(std::io::Error::other(error)), None)),
        }
    }))
}

/// The header that names a file for those who save it.
pub(super) fn attached(name: &str) -> (HeaderName, HeaderValue) {
    let escaped = escaped(name);
    let value = if escaped == name {
        format!("attachment; filename=\"{name}\"")
    } else {
        format!("attachment; filename*=utf-8''{escaped}")
    };
    let value = HeaderValue::try_from(value);
    let plain = HeaderValue::from_static("attachment");
    (header::CONTENT_DISPOSITION, value.unwrap_or(plain))
}

/// A text with everything but letters, digits and `_.-~` written as `%XX`.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// A moment as HTTP writes it.
fn http_date(moment: Moment) -> String {
    let time = jiff::Timestamp::from_microsecond(moment.0).unwrap_or_default();
    let utc = time.to_zoned(jiff::tz::TimeZone::UTC);
    utc.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests;
