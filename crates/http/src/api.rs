//! The list of a face's operations: each is served and written down in one go.

use std::future::Future;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::{Map, Value, json};

use crate::answer::Output;
use crate::document::Document;
use crate::error::Error;
use crate::input::{Asked, Input, Refusal};

/// How many bytes a JSON body may have.
const BODY: usize = 32 << 20;

/// The operations of one face or of a part of it, over a state `S`.
pub struct Api<S> {
    listed: Vec<Listed<S>>,
    tag: &'static str,
}

/// What a finished [`Api`] gives: routes to serve and the document about them.
pub struct Served<S> {
    /// The routes.
    pub router: axum::Router<S>,
    /// The document about them.
    pub document: Document,
}

struct Listed<S> {
    method: &'static str,
    path: String,
    heading: Map<String, Value>,
    /// Statuses besides the usual one, with their descriptions.
    also: Vec<(StatusCode, String)>,
    /// The status of the usual answer, when it is not 200.
    usual: Option<StatusCode>,
    hidden: bool,
    serve: Serve<S>,
}

type Serve<S> = Arc<dyn Fn(&mut Document, &Listed<S>) -> MethodRouter<S> + Send + Sync>;

impl<S: Clone + Send + Sync + 'static> Api<S> {
    /// No operation yet; those to come have this tag.
    pub fn tagged(tag: &'static str) -> Self {
        Self {
            listed: Vec::new(),
            tag,
        }
    }

    /// An operation that reads.
    #[must_use]
    pub fn get<I, O, F, R>(self, path: &str, name: &str, handler: F) -> Self
    where
        F: Fn(S, I) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, Error>> + Send + 'static,
        I: Input + 'static,
        O: Output + 'static,
    {
        self.on("get", path, name, handler)
    }

    /// An operation that does something.
    #[must_use]
    pub fn post<I, O, F, R>(self, path: &str, name: &str, handler: F) -> Self
    where
        F: Fn(S, I) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, Error>> + Send + 'static,
        I: Input + 'static,
        O: Output + 'static,
    {
        self.on("post", path, name, handler)
    }

    /// An operation that replaces.
    #[must_use]
    pub fn put<I, O, F, R>(self, path: &str, name: &str, handler: F) -> Self
    where
        F: Fn(S, I) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, Error>> + Send + 'static,
        I: Input + 'static,
        O: Output + 'static,
    {
        self.on("put", path, name, handler)
    }

    /// An operation that changes.
    #[must_use]
    pub fn patch<I, O, F, R>(self, path: &str, name: &str, handler: F) -> Self
    where
        F: Fn(S, I) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, Error>> + Send + 'static,
        I: Input + 'static,
        O: Output + 'static,
    {
        self.on("patch", path, name, handler)
    }

    /// An operation that removes.
    #[must_use]
    pub fn delete<I, O, F, R>(self, path: &str, name: &str, handler: F) -> Self
    where
        F: Fn(S, I) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, Error>> + Send + 'static,
        I: Input + 'static,
        O: Output + 'static,
    {
        self.on("delete", path, name, handler)
    }

    fn on<I, O, F, R>(mut self, method: &'static str, path: &str, name: &str, handler: F) -> Self
    where
        F: Fn(S, I) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, Error>> + Send + 'static,
        I: Input + 'static,
        O: Output + 'static,
    {
        let mut heading = Map::new();
        if !self.tag.is_empty() {
            heading.insert("tags".to_owned(), json!([self.tag]));
        }
        heading.insert("summary".to_owned(), title(name).into());
        heading.insert("operationId".to_owned(), name.into());
        let serve = move |document: &mut Document, listed: &Listed<S>| {
            let mut sketch = document.sketch();
            I::describe(&mut sketch);
            O::describe(&mut sketch);
            for (status, description) in &listed.also {
                sketch.answers(*status, description);
            }
            let (operation, shape) = sketch.close(listed.heading.clone());
            if !listed.hidden {
                document.enter(&listed.path, listed.method, listed.renumbered(operation));
            }
            let shape = Arc::new(shape);
            let handler = handler.clone();
            on(
                filter(listed.method),
                move |axum::extract::State(state): axum::extract::State<S>, request: Request| {
                    let (handler, shape) = (handler.clone(), Arc::clone(&shape));
                    async move { answer(handler, state, &shape, request).await }
                },
            )
        };
        self.listed.push(Listed {
            method,
            path: path.to_owned(),
            heading,
            also: Vec::new(),
            usual: None,
            hidden: false,
            serve: Arc::new(serve),
        });
        self
    }

    /// The last operation may also be answered so.
    #[must_use]
    pub fn or(mut self, status: u16, description: &str) -> Self {
        if let (Some(last), Ok(status)) = (self.listed.last_mut(), StatusCode::from_u16(status)) {
            last.also.push((status, description.to_owned()));
        }
        self
    }

    /// The usual answer of the last operation has this status.
    #[must_use]
    pub fn with(mut self, status: u16) -> Self {
        if let Some(last) = self.listed.last_mut() {
            last.usual = StatusCode::from_u16(status).ok();
        }
        self
    }

    /// The last operation is not written down.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        if let Some(last) = self.listed.last_mut() {
            last.hidden = true;
        }
        self
    }

    /// These operations and those.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.listed.extend(more.listed);
        self
    }

    /// The same operations, each at its path with another beginning.
    #[must_use]
    pub fn moved(mut self, from: &str, to: &str) -> Self {
        for listed in &mut self.listed {
            if let Some(rest) = listed.path.strip_prefix(from) {
                listed.path = format!("{to}{rest}");
            }
        }
        self
    }

    /// The routes, and the document about them.
    pub fn finish(self) -> Served<S> {
        let mut document = Document::default();
        let mut router = axum::Router::new();
        for mut listed in self.listed {
            if let Some(name) = listed.heading.get("operationId").and_then(Value::as_str) {
                let id = operation_id(name, &listed.path, listed.method);
                listed.heading.insert("operationId".to_owned(), id.into());
            }
            let serve = Arc::clone(&listed.serve);
            let route = serve(&mut document, &listed);
            router = router.route(&listed.path, route);
        }
        Served { router, document }
    }
}

impl<S> Listed<S> {
    /// The operation with its usual answer under its own status.
    fn renumbered(&self, mut operation: Value) -> Value {
        if let (Some(usual), Some(Value::Object(answers))) =
            (self.usual, operation.get_mut("responses"))
            && let Some(answer) = answers.shift_remove("200")
        {
            answers.insert(usual.as_str().to_owned(), answer);
        }
        operation
    }
}

async fn answer<S, I, O, F, R>(
    handler: F,
    state: S,
    shape: &crate::shape::Shape,
    request: Request,
) -> Response
where
    F: Fn(S, I) -> R,
    R: Future<Output = Result<O, Error>>,
    I: Input,
    O: Output,
{
    let (parts, body) = request.into_parts();
    let mut asked = Asked {
        parts,
        body: Some(body),
        shape,
        limit: BODY,
    };
    match I::read(&mut asked).await {
        Ok(input) => match handler(state, input).await {
            Ok(output) => output.respond(),
            Err(error) => error.into_response(),
        },
        Err(Refusal::Faults(faults)) => Error::invalid(faults).into_response(),
        Err(Refusal::Stop(error)) => error.into_response(),
    }
}

fn filter(method: &str) -> MethodFilter {
    match method {
        "post" => MethodFilter::POST,
        "put" => MethodFilter::PUT,
        "patch" => MethodFilter::PATCH,
        "delete" => MethodFilter::DELETE,
        _ => MethodFilter::GET,
    }
}

/// `start_conversation` as people write it: `Start Conversation`.
fn title(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    });
    words.collect::<Vec<String>>().join(" ")
}

/// The name of an operation as FastAPI makes it.
fn operation_id(name: &str, path: &str, method: &str) -> String {
    let path: String = path
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("{name}{path}_{method}")
}
