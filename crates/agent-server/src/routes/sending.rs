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
        let charset = if media_type.starts_with("text/") {
            "; charset=utf-8"
        } else {
            ""
        };
        let media_type = format!("{media_type}{charset}");
        put(&mut headers, header::CONTENT_TYPE, &media_type);
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
        let part = wanted.map_or(Part::All, |range| Part::read(&range, file.length));
        let (mut status, mut length) = (StatusCode::OK, file.length);
        match part {
            Part::All => {}
            Part::Of(first, last) => {
                status = StatusCode::PARTIAL_CONTENT;
                length = last - first + 1;
                let window = format!("bytes {first}-{last}/{}", file.length);
                put(&mut headers, header::CONTENT_RANGE, &window);
                file.body.narrow(first, length).await.map_err(answer)?;
            }
            Part::Beyond => return Ok(Sent(beyond(file.length))),
            Part::Nonsense(said) => {
                return Ok(Sent(text(StatusCode::BAD_REQUEST, said)));
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

/// An answer in plain words.
fn text(status: StatusCode, said: &'static str) -> Response {
    let mut response = Response::new(Body::from(said));
    *response.status_mut() = status;
    let plain = "text/plain; charset=utf-8";
    put(response.headers_mut(), header::CONTENT_TYPE, plain);
    response
}

/// The answer to whoever wants what lies beyond the end.
fn beyond(length: u64) -> Response {
    let mut response = text(StatusCode::RANGE_NOT_SATISFIABLE, "");
    let whole = format!("bytes */{length}");
    put(response.headers_mut(), header::CONTENT_RANGE, &whole);
    response
}

/// Which part of a file a range means.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// The whole: several parts are answered with it too.
    All,
    /// From the first byte to the last, both included.
    Of(u64, u64),
    /// One that lies beyond the end.
    Beyond,
    /// None, and why.
    Nonsense(&'static str),
}

impl Part {
    fn read(range: &str, length: u64) -> Self {
        let Some((unit, ranges)) = range.split_once('=') else {
            return Self::Nonsense("Malformed range header.");
        };
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return Self::Nonsense("Only support bytes range");
        }
        if ranges.contains(',') {
            return Self::All;
        }
        let Some((first, end)) = bounds(ranges, length) else {
            return Self::Nonsense("Range header: range must be requested");
        };
        if first >= length {
            Self::Beyond
        } else if first >= end {
            Self::Nonsense("Range header: start must be less than end")
        } else {
            Self::Of(first, end - 1)
        }
    }
}

/// Where a range begins, and where it has ended.
fn bounds(range: &str, length: u64) -> Option<(u64, u64)> {
    let (first, last) = range.trim().split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    if first.is_empty() {
        let count: u64 = last.parse().ok()?;
        return Some((length.saturating_sub(count), length));
    }
    let last: u64 = match last {
        "" => u64::MAX,
        last => last.parse().ok()?,
    };
    Some((first.parse().ok()?, last.saturating_add(1).min(length)))
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
