//! The list of a face's operations: each is served and written down in one go.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde_json::Map;

use crate::answer::Output;
use crate::document::{Document, Sketch, titled};
use crate::error::Error;
use crate::input::Input;
use crate::operation::{Guard, Operation, Run, run};
use crate::routes::{Routes, Template, entrance};

/// How long a body may take, if its operation does not say otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// The operations of one face or of a part of it, over a state `S`.
pub struct Api<S> {
    listed: Vec<Listed<S>>,
    tag: &'static str,
}

/// What a finished [`Api`] gives: routes to serve and the document about them.
pub struct Served<S> {
    /// The routes, without an answer to what none of them takes: they can be merged with others.
    pub router: axum::Router<S>,
    /// The document about them.
    pub document: Document,
    routes: Arc<Routes<S>>,
}

impl<S: Clone + Send + Sync + 'static> Served<S> {
    /// The routes, with Starlette's answers to what none of them takes.
    pub fn whole(self) -> axum::Router<S> {
        self.router.fallback(entrance(&self.routes))
    }
}

struct Listed<S> {
    method: Method,
    path: String,
    name: String,
    tag: &'static str,
    description: Option<String>,
    /// Statuses besides the usual one, with their descriptions.
    also: Vec<(StatusCode, String)>,
    /// The status of the usual answer, when it is not 200.
    usual: Option<StatusCode>,
    hidden: bool,
    schemes: Vec<&'static str>,
    /// Kinds of files that the usual answer may be.
    files: Vec<&'static str>,
    limit: Option<usize>,
    patience: Duration,
    guard: Option<Guard<S>>,
    sketch: Vec<fn(&mut Sketch<'_>)>,
    run: Run<S>,
}

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
        self.on(Method::GET, path, name, handler)
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
        self.on(Method::POST, path, name, handler)
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
        self.on(Method::PUT, path, name, handler)
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
        self.on(Method::PATCH, path, name, handler)
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
        self.on(Method::DELETE, path, name, handler)
    }

    fn on<I, O, F, R>(mut self, method: Method, path: &str, name: &str, handler: F) -> Self
    where
        F: Fn(S, I) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<O, Error>> + Send + 'static,
        I: Input + 'static,
        O: Output + 'static,
    {
        let sketch: fn(&mut Sketch<'_>) = |sketch| {
            I::describe(sketch);
            O::describe(sketch);
        };
        self.listed.push(Listed {
            method,
            path: path.to_owned(),
            name: name.to_owned(),
            tag: self.tag,
            description: None,
            also: Vec::new(),
            usual: None,
            hidden: false,
            schemes: Vec::new(),
            files: Vec::new(),
            limit: None,
            patience: PATIENCE,
            guard: None,
            sketch: vec![sketch],
            run: run(handler),
        });
        self
    }

    fn last(mut self, change: impl FnOnce(&mut Listed<S>)) -> Self {
        if let Some(last) = self.listed.last_mut() {
            change(last);
        }
        self
    }

    /// The last operation may also be answered so.
    #[must_use]
    pub fn or(self, status: u16, description: &str) -> Self {
        self.last(|last| {
            if let Ok(status) = StatusCode::from_u16(status) {
                last.also.push((status, description.to_owned()));
            }
        })
    }

    /// The usual answer of the last operation has this status.
    #[must_use]
    pub fn with(self, status: u16) -> Self {
        self.last(|last| last.usual = StatusCode::from_u16(status).ok())
    }

    /// The usual answer of the last operation may be a file of this kind.
    #[must_use]
    pub fn file(self, kind: &'static str) -> Self {
        self.last(|last| last.files.push(kind))
    }

    /// What the last operation does, for readers of the document.
    #[must_use]
    pub fn described(self, text: &str) -> Self {
        self.last(|last| last.description = Some(text.to_owned()))
    }

    /// The last operation is not written down.
    #[must_use]
    pub fn hidden(self) -> Self {
        self.last(|last| last.hidden = true)
    }

    /// The last operation reads bodies of up to so many bytes.
    #[must_use]
    pub fn limited(self, bytes: usize) -> Self {
        self.last(|last| last.limit = Some(bytes))
    }

    /// The last operation waits so long for a body that is read at once, or for the next piece of one that is streamed.
    #[must_use]
    pub fn patient(self, patience: Duration) -> Self {
        self.last(|last| last.patience = patience)
    }

    /// All operations so far are written down as opened by this scheme of the document (see [`Document::scheme`]).
    #[must_use]
    pub fn keyed(mut self, scheme: &'static str) -> Self {
        for listed in &mut self.listed {
            listed.schemes.push(scheme);
        }
        self
    }

    /// All operations so far that have no guard ask this one before they read anything.
    #[must_use]
    pub fn guarded<G>(mut self, guard: G) -> Self
    where
        G: Fn(&S, &Parts) -> Result<(), Error> + Send + Sync + 'static,
    {
        let guard: Guard<S> = Arc::new(guard);
        for listed in &mut self.listed {
            listed.guard.get_or_insert_with(|| Arc::clone(&guard));
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

    /// All operations so far have these parameters in their paths too.
    #[must_use]
    pub fn within<T: JsonSchema>(mut self) -> Self {
        for listed in &mut self.listed {
            listed
                .sketch
                .insert(0, |sketch| sketch.asks_parameters::<T>("path"));
        }
        self
    }

    /// The routes alone, as soon as possible.
    pub fn serve(self) -> Served<S> {
        self.enter(Document::blank())
    }

    /// The routes, and the document about them.
    pub fn finish(self) -> Served<S> {
        self.enter(Document::default())
    }

    fn enter(self, mut document: Document) -> Served<S> {
        let mut routes = Routes::default();
        for listed in self.listed {
            let operation = listed.enter(&mut document);
            routes.add(operation);
        }
        let routes = Arc::new(routes);
        let mut router = axum::Router::new();
        for path in routes.paths() {
            router = router.route(&path, axum::routing::any(entrance(&routes)));
        }
        Served {
            router,
            document,
            routes,
        }
    }
}

impl<S> Listed<S> {
    /// Writes the operation down and makes it ready to be served.
    fn enter(self, document: &mut Document) -> Operation<S> {
        let template = Template::new(&self.path);
        let mut sketch = document.sketch();
        for describe in &self.sketch {
            describe(&mut sketch);
        }
        for (status, description) in &self.also {
            sketch.answers(*status, description);
        }
        for kind in &self.files {
            sketch.answers_file(kind);
        }
        if let Some(usual) = self.usual {
            sketch.answers_usually(usual);
        }
        let mut heading = Map::new();
        if !self.tag.is_empty() {
            heading.insert("tags".to_owned(), vec![self.tag].into());
        }
        heading.insert("summary".to_owned(), titled(&self.name).into());
        if let Some(description) = self.description {
            heading.insert("description".to_owned(), description.into());
        }
        let id = operation_id(&self.name, template.shown(), self.method.as_str());
        heading.insert("operationId".to_owned(), id.into());
        let (described, shape) = sketch.close(heading, &self.schemes);
        if !self.hidden {
            document.enter(template.shown(), self.method.as_str(), described);
        }
        Operation {
            method: self.method,
            template,
            shape: Arc::new(shape),
            limit: self.limit,
            patience: self.patience,
            guard: self.guard,
            run: self.run,
        }
    }
}

/// The name of an operation as FastAPI makes it.
fn operation_id(name: &str, path: &str, method: &str) -> String {
    let path: String = path
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("{name}{path}_{}", method.to_ascii_lowercase())
}
