//! Which operation a request means: Starlette's order and answers over a trie of path templates. Knows no operation's work.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;

use crate::error::Error;
use crate::operation::{Answering, Operation, Route};

/// A path with named gaps: `/api/profiles/{name}`, and `{*rest}` for all that follows.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    steps: Vec<Step>,
    shown: Arc<str>,
    listed: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Fixed(String),
    Gap(String),
    Rest(String),
}

impl Template {
    pub fn new(path: &str) -> Self {
        let steps = path
            .split('/')
            .skip(1)
            .map(|step| {
                let name = step
                    .strip_prefix('{')
                    .and_then(|step| step.strip_suffix('}'));
                match name.map(|name| (name, name.strip_prefix('*'))) {
                    Some((_, Some(rest))) => Step::Rest(rest.to_owned()),
                    Some((name, None)) => Step::Gap(name.to_owned()),
                    None => Step::Fixed(step.to_owned()),
                }
            })
            .collect();
        Self {
            steps,
            shown: path.replace("{*", "{").into(),
            listed: path.to_owned(),
        }
    }

    /// As the document shows it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The same, to keep.
    pub fn label(&self) -> Arc<str> {
        Arc::clone(&self.shown)
    }

    /// What a path has in the gaps.
    fn fill(&self, path: &str) -> Vec<(String, String)> {
        let mut given = path.strip_prefix('/').unwrap_or(path);
        let mut filled = Vec::new();
        for step in &self.steps {
            let (here, rest) = given.split_once('/').unwrap_or((given, ""));
            match step {
                Step::Fixed(_) => {}
                Step::Gap(name) => filled.push((name.clone(), here.to_owned())),
                Step::Rest(name) => filled.push((name.clone(), given.to_owned())),
            }
            given = rest;
        }
        filled
    }
}

/// All operations of a face, by path.
pub(crate) struct Routes<S> {
    operations: Vec<Arc<Operation<S>>>,
    nodes: Vec<Node>,
}

/// A place in the trie: what may follow, and which operations end here.
#[derive(Default)]
struct Node {
    fixed: HashMap<String, usize>,
    gap: Option<usize>,
    ends: Vec<usize>,
    /// Operations that take all that follows.
    rest: Vec<usize>,
}

impl<S> Default for Routes<S> {
    fn default() -> Self {
        Self {
            operations: Vec::new(),
            nodes: vec![Node::default()],
        }
    }
}

/// What a request means.
enum Meaning<'a, S> {
    Operation(&'a Arc<Operation<S>>),
    /// The path is known, for other methods than this.
    Elsewise(String),
    Unknown,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    pub fn add(&mut self, operation: Operation<S>) {
        let number = self.operations.len();
        let mut at = 0;
        for step in operation.template.steps.clone() {
            let next = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else {
                return;
            };
            let found = match step {
                Step::Fixed(text) => *node.fixed.entry(text).or_insert(next),
                Step::Gap(_) => *node.gap.get_or_insert(next),
                Step::Rest(_) => {
                    node.rest.push(number);
                    self.operations.push(Arc::new(operation));
                    return;
                }
            };
            if found == next {
                self.nodes.push(Node::default());
            }
            at = found;
        }
        if let Some(node) = self.nodes.get_mut(at) {
            node.ends.push(number);
        }
        self.operations.push(Arc::new(operation));
    }

    /// The paths under which these routes are found, each once.
    pub fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for operation in &self.operations {
            let listed = &operation.template.listed;
            // What takes all that follows takes nothing, too.
            let bare = listed.split_once("{*").map(|(before, _)| before.to_owned());
            for path in [Some(listed.clone()), bare].into_iter().flatten() {
                let known = |other: &String| same_route(other, &path);
                if !paths.iter().any(known) {
                    paths.push(path);
                }
            }
        }
        paths
    }

    async fn answer(&self, state: S, request: Request) -> Response {
        let raw = request.uri().path();
        let path = percent_decode_str(raw).decode_utf8_lossy();
        match self.meaning(&path, request.method()) {
            Meaning::Operation(operation) => {
                let params = operation.template.fill(&path);
                let operation = Arc::clone(operation);
                let run = Arc::clone(&operation.run);
                drop(path);
                run(state, operation, params, request).await
            }
            Meaning::Elsewise(methods) => {
                let refusal = Error::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
                match HeaderValue::from_str(&methods) {
                    Ok(allow) => refusal.header(header::ALLOW, allow).into_response(),
                    Err(_) => refusal.into_response(),
                }
            }
            Meaning::Unknown => self
                .elsewhere(raw, &path, request.uri().query())
                .unwrap_or_else(|| Error::not_found("Not Found").into_response()),
        }
    }

    /// The first operation listed that takes the path and the method.
    fn meaning(&self, path: &str, method: &Method) -> Meaning<'_, S> {
        let found = self.find(path);
        let mut allowed: Vec<&str> = Vec::new();
        for operation in found
            .iter()
            .filter_map(|number| self.operations.get(*number))
        {
            if operation.method == *method {
                return Meaning::Operation(operation);
            }
            if !allowed.contains(&operation.method.as_str()) {
                allowed.push(operation.method.as_str());
            }
        }
        if allowed.is_empty() {
            Meaning::Unknown
        } else {
            Meaning::Elsewise(allowed.join(", "))
        }
    }

    /// The operations that take a path, in the order they were listed.
    fn find(&self, path: &str) -> Vec<usize> {
        let mut found = Vec::new();
        if let Some(path) = path.strip_prefix('/') {
            self.descend(0, Some(path), &mut found);
            found.sort_unstable();
        }
        found
    }

    fn descend(&self, at: usize, path: Option<&str>, found: &mut Vec<usize>) {
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        let Some(path) = path else {
            found.extend(&node.ends);
            return;
        };
        found.extend(&node.rest);
        let (here, rest) = match path.split_once('/') {
            Some((here, rest)) => (here, Some(rest)),
            None => (path, None),
        };
        if let Some(next) = node.fixed.get(here) {
            self.descend(*next, rest, found);
        }
        if let Some(next) = node.gap
            && !here.is_empty()
        {
            self.descend(next, rest, found);
        }
    }

    /// The way to the same path with or without its last slash, if something is there.
    fn elsewhere(&self, raw: &str, path: &str, query: Option<&str>) -> Option<Response> {
        if path == "/" {
            return None;
        }
        let toggle = |path: &str| match path.strip_suffix('/') {
            Some(_) => path.trim_end_matches('/').to_owned(),
            None => format!("{path}/"),
        };
        if self.find(&toggle(path)).is_empty() {
            return None;
        }
        let mut target = toggle(raw);
        if let Some(query) = query {
            target.push('?');
            target.push_str(query);
        }
        let location = HeaderValue::from_str(&target).ok()?;
        let redirect = (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, location)],
        );
        Some(redirect.into_response())
    }
}

/// What asks all routes of a face, whichever way a request came.
pub(crate) fn entrance<S: Clone + Send + Sync + 'static>(
    routes: &Arc<Routes<S>>,
) -> impl Fn(State<S>, Request) -> Answering + Clone + Send + Sync + 'static {
    let routes = Arc::clone(routes);
    move |State(state), request| {
        let routes = Arc::clone(&routes);
        Box::pin(async move { routes.answer(state, request).await })
    }
}

/// Whether a router would take two paths for one: the names of gaps do not count.
fn same_route(one: &str, other: &str) -> bool {
    let alike = |(a, b): (&str, &str)| {
        a == b
            || (a.starts_with('{')
                && b.starts_with('{')
                && a.starts_with("{*") == b.starts_with("{*"))
    };
    one.split('/').count() == other.split('/').count()
        && one.split('/').zip(other.split('/')).all(alike)
}

/// The answer to a request that no operation takes counts under this.
pub(crate) fn unmatched() -> Route {
    Route("unmatched".into())
}
