//! What an operation reads of a request: its path, query, headers and body, each checked against its shape.

use std::future::Future;

use std::time::Duration;

use axum::body::Body as Stream;
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::body::{Content, content};
use crate::document::Sketch;
use crate::error::{Detail, Error, Place};
use crate::form::Form;
use crate::shape::Shape;

/// A request while it is being read.
pub struct Asked<'a> {
    /// Its head.
    pub parts: Parts,
    /// Its body, until somebody takes it.
    pub body: Option<Stream>,
    /// What it must look like.
    pub shape: &'a Shape,
    /// What its path has in the gaps of the listed one.
    pub params: Vec<(String, String)>,
    /// How many bytes a body may have, if its operation says so.
    pub limit: Option<usize>,
    /// How long a body may take: the whole of one that is read at once, a piece of one that is streamed.
    pub patience: Duration,
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
/// Headers, by name; a fault shows the name as it is written here.
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
        let given = std::mem::take(&mut asked.params);
        let given: Map<String, Value> = given
            .into_iter()
            .map(|(name, value)| (name, Value::from(value)))
            .collect();
        let given = Value::Object(given);
        checked(asked.shape.path.as_deref(), given.clone(), "path", || given).map(Self)
    }
}

impl<T: JsonSchema + DeserializeOwned + Send> Input for Query<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_parameters::<T>("query");
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let form = asked.shape.query.as_deref();
        let query = asked.parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()));
        let given = match form {
            Some(form) => form.lift(pairs),
            None => Value::Object(pairs.map(|(name, value)| (name, value.into())).collect()),
        };
        checked(form, given.clone(), "query", || given).map(Self)
    }
}

impl<T: JsonSchema + DeserializeOwned + Send> Input for Header<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_parameters::<T>("header");
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let form = asked.shape.header.as_deref();
        let mut given = Map::new();
        for name in form.map(Form::names).unwrap_or_default() {
            let found = asked.parts.headers.get(name);
            if let Some(value) = found.and_then(|value| value.to_str().ok()) {
                given.insert(name.to_owned(), value.into());
            }
        }
        let given = Value::Object(given);
        checked(form, given.clone(), "header", || given).map(Self)
    }
}

impl<T: JsonSchema + DeserializeOwned + Send> Input for Body<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_json::<T>(true);
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let read = content(asked).await?;
        body(asked.shape.body.as_deref(), read)?
            .map(Self)
            .ok_or_else(|| Refusal::Faults(vec![missing()]))
    }
}

impl<T: JsonSchema + DeserializeOwned + Send> Input for Optional<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.asks_json::<T>(false);
    }

    async fn read(asked: &mut Asked<'_>) -> Result<Self, Refusal> {
        let read = content(asked).await?;
        if matches!(read, Content::Json(Value::Null, _)) {
            return Ok(Self(None));
        }
        body(asked.shape.body.as_deref(), read).map(Self)
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
            // A socket is not there for whoever does not ask for one.
            .map_err(|_| Refusal::Stop(Error::not_found("Not Found")))
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

/// A body as what it must be; nothing if it is empty.
fn body<T: DeserializeOwned>(form: Option<&Form>, read: Content) -> Result<Option<T>, Refusal> {
    match read {
        Content::Nothing => Ok(None),
        Content::Json(value, bytes) => checked(form, value, "body", || {
            serde_json::from_slice(&bytes).unwrap_or_default()
        })
        .map(Some),
        Content::Other(bytes) => {
            let text = Value::from(String::from_utf8_lossy(&bytes).into_owned());
            checked(form, text.clone(), "body", || text).map(Some)
        }
    }
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

/// Reads a value that meets its form, or tells all its faults; `again` gives the value anew.
fn checked<T: DeserializeOwned>(
    form: Option<&Form>,
    mut value: Value,
    place: &str,
    again: impl FnOnce() -> Value,
) -> Result<T, Refusal> {
    let faults = form.map_or_else(Vec::new, |form| form.conform(&mut value, place));
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    serde_json::from_value(value).map_err(|error| {
        let mut value = again();
        if let Some(form) = form {
            form.conform(&mut value, place);
        }
        Refusal::Faults(vec![unread::<T>(&value, place, &error)])
    })
}

/// What a type refuses of a value that has the right form: a rule that no schema says.
fn unread<T: DeserializeOwned>(value: &Value, place: &str, error: &serde_json::Error) -> Detail {
    let mut loc = vec![Place::from(place)];
    let mut message = error.to_string();
    let mut input = value;
    if let Err(error) = serde_path_to_error::deserialize::<_, T>(value) {
        for step in error.path() {
            let Some(step) = step_of(&step.to_string()) else {
                continue;
            };
            let inner = match &step {
                Place::Key(key) => input.get(key),
                Place::Index(index) => input.get(index),
            };
            input = inner.unwrap_or(input);
            loc.push(step);
        }
        message = error.into_inner().to_string();
    }
    Detail {
        kind: "value_error".to_owned(),
        loc,
        msg: format!("Value error, {message}"),
        input: input.clone(),
        ctx: Some(json!({ "error": message })),
    }
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
