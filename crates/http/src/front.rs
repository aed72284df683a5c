//! What every request passes before a face sees it, and every answer on its way out: who asks, what is counted and logged.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use crate::cors::Cors;
use crate::hosts::Hosts;
use crate::metrics::Metrics;
use crate::operation::Route;
use crate::routes::unmatched;

/// The header by which a request can be found again in the log.
const ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long requests take, in seconds.
const EDGES: &[f64] = &[
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// The front of a face.
#[derive(Clone, Default)]
pub struct Front {
    cors: Cors,
    hosts: Option<Hosts>,
    metrics: Metrics,
}

impl Front {
    /// Pages of other origins may call by these rules.
    #[must_use]
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

    /// The face needs no key, so it is only called by these names.
    #[must_use]
    pub fn hosts(mut self, hosts: Hosts) -> Self {
        self.hosts = Some(hosts);
        self
    }

    /// Requests are counted here.
    #[must_use]
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// The face behind this front.
    pub fn around(self, face: Router) -> Router {
        Router::new()
            .fallback_service(face)
            .layer(from_fn_with_state(Arc::new(self), pass))
    }

    fn count(&self, method: &str, route: &str, status: u16, seconds: f64) {
        let code = status.to_string();
        let labels = [("method", method), ("route", route), ("status", &code)];
        let help = "Requests answered";
        self.metrics
            .counter("http_requests_total", help, &labels)
            .add(1);
        let labels = [("method", method), ("route", route)];
        let help = "Seconds until an answer began";
        let name = "http_request_duration_seconds";
        self.metrics
            .histogram(name, help, &labels, EDGES)
            .observe(seconds);
    }
}

async fn pass(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = identity(&request);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let origin = request.headers().get(axum::http::header::ORIGIN).cloned();
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
    let mut response = answer(&front, request, next).instrument(span.clone()).await;
    front
        .cors
        .mark(origin.as_ref(), &path, response.headers_mut());
    response.headers_mut().entry(ID).or_insert(id);
    let route = response.extensions().get::<Route>().cloned();
    let route = route.unwrap_or_else(unmatched);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    front.count(known(&method), &route.0, status, took.as_secs_f64());
    let ms = took.as_secs_f64() * 1e3;
    span.in_scope(|| match &*route.0 {
        "/alive" | "/health" | "/ready" | "/metrics" => {
            tracing::debug!(target: "access", %method, path, status, ms);
        }
        _ => tracing::info!(target: "access", %method, path, status, ms),
    });
    response
}

async fn answer(front: &Front, request: Request, next: Next) -> Response {
    let (method, headers) = (request.method(), request.headers());
    let path = request.uri().path();
    if let Some(preflight) = front.cors.preflight(method, path, headers) {
        return preflight;
    }
    let checked = front.hosts.as_ref().map_or(Ok(()), |hosts| {
        hosts.check(&front.cors, method, path, headers)
    });
    match checked {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// The name that a request came with, or a new one.
fn identity(request: &Request) -> HeaderValue {
    let plain = |id: &&HeaderValue| {
        let letters = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
        id.len() <= 64 && !id.is_empty() && id.as_bytes().iter().all(letters)
    };
    let given = request.headers().get(ID).filter(plain).cloned();
    given.unwrap_or_else(|| {
        let id = uuid::Uuid::new_v4().simple().to_string();
        HeaderValue::from_str(&id).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// The method, if it is one that can be counted: anybody can make up others.
fn known(method: &axum::http::Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    }
}
