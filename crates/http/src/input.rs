//! What an operation reads of a request: its path, query, headers and body, each checked against its shape.

use std::future::Future;

use axum::body::Body as Stream;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::conform::{conform, lift};
use crate::document::Sketch;
use crate::error::{Detail, Error, Place};
use crate::shape::Shape;

/// A request while it is being read.
pub struct Asked<'a> {
    /// Its head.
    pub parts: Parts,
    /// Its body, until somebody takes it.
    pub body: Option<Stream>,
    /// What it must look like.
    pub shape: &'a Shape,
    /// How many bytes a body may have.
    pub limit: usize,
}

/// Why a part could not be read.
pub enum Refusal {
    /// It has faults; other parts are still looked at, so that all are told at once.
    Faults(Vec<Detail>),
    /// Nothing more is looked at.
    Stop(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Stop(error)
    }
}

/// A part of a request, or a tuple of parts.
pub trait Input: Sized + Send {
    /// Writes down what the part looks like.
    fn describe(sketch: &mut Sketch<'_>);
    /// Reads it.
    fn read(asked: &mut Asked<'_>) -> impl Future<Output = Result<Self, Refusal>> + Send;
}

/// The parameters in the path, by name.
#[derive(Debug)]
pub struct Path<T>(pub T);
/// The parameters in the query, by name.
#[derive(Debug)]
pub struct Query<T>(pub T);
/// Headers, by name in lower case.
#[derive(Debug)]
pub struct Header<T>(pub T);
/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);
/// A JSON body that may be absent or null.
#[derive(Debug)]
pub struct Optional<T>(pub Option<T>);
/// The head and the unread body, for what reads them in its own way.
pub struct Rest(pub Parts, pub Stream);
/// A request to become a socket.
pub struct Upgrade(pub WebSocketUpgrade);

impl<T: JsonSchema + DeserializeOwned + Send> Input for Path<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_parameters::<T>("path");
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let params = RawPathParams::from_request_parts(&mut asked.parts, &())
            .await
            .map_err(|error| Error::bad(error.to_string()))?;
        let given = params
            .iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect();
        checked(asked.shape.path.as_deref(), Value::Object(given), "path").map(Self)
    }
}

impl<T: JsonSchema + DeserializeOwned + Send> Input for Query<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_parameters::<T>("query");
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let schema = asked.shape.query.as_deref();
        let query = asked.parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()));
        checked(schema, lift(schema, pairs), "query").map(Self)
    }
}

impl<T: JsonSchema + DeserializeOwned + Send> Input for Header<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_parameters::<T>("header");
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let named = asked.shape.header.as_deref();
        let names = named
            .and_then(|schema| schema.get("properties"))
            .and_then(Value::as_object);
        let mut given = Map::new();
        for name in names.into_iter().flat_map(Map::keys) {
            let found = asked.parts.headers.get(name.as_str());
            if let Some(value) = found.and_then(|value| value.to_str().ok()) {
                given.insert(name.clone(), value.into());
            }
        }
        checked(named, Value::Object(given), "header").map(Self)
    }
}

impl<T: JsonSchema + DeserializeOwned + Send> Input for Body<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_json::<T>(true);
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        match json_body(asked).await? {
            Some(value) => checked(asked.shape.body.as_deref(), value, "body").map(Self),
            None => Err(Refusal::Faults(vec![missing()])),
        }
    }
}

impl<T: JsonSchema + DeserializeOwned + Send> Input for Optional<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_json::<T>(false);
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        match json_body(asked).await? {
            None | Some(Value::Null) => Ok(Self(None)),
            Some(value) => {
                checked(asked.shape.body.as_deref(), value, "body").map(|read| Self(Some(read)))
            }
        }
    }
}

impl Input for Rest {
    fn describe(_: &mut Sketch<'_>) {}

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let body = asked.body.take().unwrap_or_default();
        Ok(Self(asked.parts.clone(), body))
    }
}

impl Input for Upgrade {
    fn describe(_: &mut Sketch<'_>) {}

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut asked.parts, &()).await;
        upgrade
            .map(Self)
            .map_err(|refused| Refusal::Stop(Error::new(refused.status(), refused.body_text())))
    }
}

/// Adds the faults of a part to those before it; the first stop ends it.
fn gather<T>(read: Result<T, Refusal>, faults: &mut Vec<Detail>) -> Result<Option<T>, Refusal> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Refusal::Faults(more)) => {
            faults.extend(more);
            Ok(None)
        }
        Err(stop @ Refusal::Stop(_)) => Err(stop),
    }
}

impl Input for () {
    fn describe(_: &mut Sketch<'_>) {}

    async fn read(_: &mut Asked<'_>) -> Result<Self, Refusal> {
        Ok(())
    }
}

impl<A: Input, B: Input> Input for (A, B) {
    fn describe(sketch: &mut Sketch<'_>) {
        A::describe(sketch);
        B::describe(sketch);
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let mut faults = Vec::new();
        let a = gather(A::read(asked).await, &mut faults)?;
        let b = gather(B::read(asked).await, &mut faults)?;
        match (a, b) {
            (Some(a), Some(b)) => Ok((a, b)),
            _ => Err(Refusal::Faults(faults)),
        }
    }
}

impl<A: Input, B: Input, C: Input> Input for (A, B, C) {
    fn describe(sketch: &mut Sketch<'_>) {
        <(A, (B, C))>::describe(sketch);
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let (a, (b, c)) = <(A, (B, C))>::read(asked).await?;
        Ok((a, b, c))
    }
}

impl<A: Input, B: Input, C: Input, D: Input> Input for (A, B, C, D) {
    fn describe(sketch: &mut Sketch<'_>) {
        <((A, B), (C, D))>::describe(sketch);
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let ((a, b), (c, d)) = <((A, B), (C, D))>::read(asked).await?;
        Ok((a, b, c, d))
    }
}

/// The body as JSON; nothing if it is empty.
async fn json_body(asked: &mut Asked<'_>) -> Result<Option<Value>, Refusal> {
    let body = asked.body.take().unwrap_or_default();
    let bytes = axum::body::to_bytes(body, asked.limit)
        .await
        .map_err(|_| too_large(asked.limit))?;
    if bytes.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| Refusal::Faults(vec![not_json(&error)]))
}

fn too_large(limit: usize) -> Error {
    Error::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("The body is larger than {limit} bytes; send less at once"),
    )
}

fn missing() -> Detail {
    Detail {
        kind: "missing".to_owned(),
        loc: vec!["body".into()],
        msg: "Field required".to_owned(),
        input: Value::Null,
        ctx: None,
    }
}

fn not_json(error: &serde_json::Error) -> Detail {
    let reason = error.to_string();
    Detail {
        kind: "json_invalid".to_owned(),
        loc: vec!["body".into(), Place::Index(error.column())],
        msg: "JSON decode error".to_owned(),
        input: json!({}),
        ctx: Some(json!({ "error": reason })),
    }
}

/// Reads a value that meets its schema, or tells all its faults.
fn checked<T: DeserializeOwned>(
    schema: Option<&Value>,
    mut value: Value,
    place: &str,
) -> Result<T, Refusal> {
    if let Some(schema) = schema {
        let faults = conform(schema, &mut value, place);
        if !faults.is_empty() {
            return Err(Refusal::Faults(faults));
        }
    }
    serde_path_to_error::deserialize(&value).map_err(|error| {
        let mut loc = vec![Place::from(place)];
        loc.extend(
            error
                .path()
                .iter()
                .filter_map(|step| step_of(&step.to_string())),
        );
        let message = error.into_inner().to_string();
        Refusal::Faults(vec![Detail {
            kind: "value_error".to_owned(),
            loc,
            msg: format!("Value error, {message}"),
            input: value.clone(),
            ctx: Some(json!({ "error": message })),
        }])
    })
}

fn step_of(text: &str) -> Option<Place> {
    match text.trim_matches(['[', ']']) {
        "" | "?" => None,
        step => Some(
            step.parse()
                .map_or_else(|_| Place::from(step), Place::Index),
        ),
    }
}
