//! What an operation answers with, and how that is written down in the document.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::document::Sketch;
use crate::error::Error;

/// An answer that knows its own description.
pub trait Output: Send {
    /// Writes down what the answer looks like.
    fn describe(sketch: &mut Sketch<'_>);
    /// The answer on the wire.
    fn respond(self) -> Response;
}

/// JSON, with status 200 unless said otherwise.
#[derive(Debug)]
pub struct Json<T> {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: T,
}

impl<T> Json<T> {
    /// 200.
    pub fn ok(body: T) -> Self {
        Self {
            status: StatusCode::OK,
            body,
        }
    }

    /// 201.
    pub fn created(body: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            body,
        }
    }
}

impl<T: Serialize + JsonSchema + Send> Output for Json<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers_json::<T>();
    }

    fn respond(self) -> Response {
        match serde_json::to_vec(&self.body) {
            Ok(bytes) => json_response(self.status, bytes.into()),
            Err(error) => Error::internal(&error).into_response(),
        }
    }
}

/// JSON that is written already and described as a `T`.
#[derive(Debug)]
pub struct Prepared<T> {
    bytes: Bytes,
    described: std::marker::PhantomData<fn() -> T>,
}

impl<T> Prepared<T> {
    /// These bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
            described: std::marker::PhantomData,
        }
    }
}

impl<T: JsonSchema> Output for Prepared<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers_json::<T>();
    }

    fn respond(self) -> Response {
        json_response(StatusCode::OK, self.bytes)
    }
}

/// `{"success": true}`.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Success")]
pub struct Done {
    #[schemars(default = "yes")]
    success: bool,
}

fn yes() -> bool {
    true
}

impl Done {
    /// It is done.
    pub fn ok() -> Json<Self> {
        Json::ok(Self { success: true })
    }
}

/// 204.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl Output for NoContent {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers(StatusCode::NO_CONTENT, "Successful Response");
    }

    fn respond(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// Anything else: files, text, streams.
#[derive(Debug)]
pub struct Raw(pub Response);

impl Output for Raw {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers_with(StatusCode::OK, "application/json", json!({}));
    }

    fn respond(self) -> Response {
        self.0
    }
}

fn json_response(status: StatusCode, bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
