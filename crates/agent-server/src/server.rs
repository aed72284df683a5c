//! The whole server: its gate, its front, what goes on in it by itself, and how it ends.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http_kit::{Cors, Error, Front, Hosts, Metrics, Serving, Stopped};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use crate::app::App;
use crate::config::Config;
use crate::door;
use crate::gate::{Gate, Opener};
use crate::routes;

/// How long requests may go on after the server was told to stop.
const GRACE: Duration = Duration::from_millis(1_500);

/// A server, dormant or open.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

struct Inner {
    config: Config,
    gate: Gate,
    opener: Opener,
    face: RwLock<Option<Face>>,
    metrics: Metrics,
    stop: CancellationToken,
}

/// What an open server answers with.
#[derive(Clone)]
struct Face {
    app: App,
    router: Router,
}

impl Server {
    /// A server with these settings; opened at once unless it is to be claimed later.
    pub async fn start(config: Config, opener: Opener) -> Result<Self, String> {
        let server = Self(Arc::new(Inner {
            gate: Gate::new(&config),
            face: RwLock::default(),
            metrics: Metrics::default(),
            stop: CancellationToken::new(),
            opener,
            config: config.clone(),
        }));
        if !config.deferred_init {
            server.open(config).await?;
        }
        Ok(server)
    }

    /// What it was told when it was started.
    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Set when the server is to stop.
    pub fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// What it counts.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// The open server, if it is open.
    pub fn app(&self) -> Option<App> {
        self.face().map(|face| face.app)
    }

    fn face(&self) -> Option<Face> {
        let face = self.0.face.read();
        face.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens the rooms and begins to answer.
    pub(crate) async fn open(&self, config: Config) -> Result<(), String> {
        let ports = (self.0.opener)(config.clone()).await?;
        let app = App::new(config, ports, self.0.stop.clone());
        app.begin(&self.0.metrics);
        let router = self
            .front(app.config())?
            .around(routes::router(app.clone()));
        let mut face = self.0.face.write().unwrap_or_else(PoisonError::into_inner);
        *face = Some(Face { app, router });
        Ok(())
    }

    /// What every request passes first, by these settings.
    fn front(&self, config: &Config) -> Result<Front, String> {
        let mut cors = Cors::default().origins(config.allow_cors_origins.iter().cloned());
        if let Some(pattern) = &config.allow_cors_origin_regex {
            cors = cors.pattern(pattern).map_err(|error| error.to_string())?;
        }
        for host in &config.cors_hosts {
            cors = cors.host(host);
        }
        cors = cors.ambient(routes::is_page);
        let front = Front::default().cors(cors).metrics(self.0.metrics.clone());
        let open = config.session_api_keys.is_empty() && !config.deferred_init;
        if !open && !config.hands_out_key {
            return Ok(front);
        }
        let names = config.host_names.iter().chain(&config.web_url).cloned();
        Ok(front.hosts(Hosts::named(names)))
    }

    /// Everything the server answers. What is beside it answers for the paths that are not its own.
    pub fn router(&self, beside: Option<Router>) -> Result<Router, String> {
        let apart = beside.is_some();
        let dormant = routes::dormant().serve().router.with_state(self.clone());
        let rest = beside.unwrap_or(dormant);
        let near = Router::new()
            .merge(routes::init().serve().router)
            .route("/metrics", get(figures))
            .fallback(move |State(server): State<Self>, request: Request| {
                let rest = rest.clone();
                async move { server.alone(rest, request).await }
            })
            .with_state(self.clone());
        let near = self.front(self.config())?.around(near);
        Ok(Router::new()
            .fallback(move |State(server): State<Self>, request: Request| {
                let near = near.clone();
                async move {
                    let path = request.uri().path();
                    let own = !apart || routes::is_own(path);
                    match server.face() {
                        Some(face) if own && !routes::is_near(path) => {
                            pass_on(face.router, request).await
                        }
                        _ => pass_on(near, request).await,
                    }
                }
            })
            .with_state(self.clone()))
    }

    /// What is answered without an open server, or beside it.
    async fn alone(&self, rest: Router, request: Request) -> Response {
        let path = request.uri().path();
        if self.face().is_none() && routes::is_keyed(path) {
            return self.gate().closed().into_response();
        }
        if self.face().is_none() && path.starts_with("/sockets/") {
            return axum::http::StatusCode::FORBIDDEN.into_response();
        }
        pass_on(rest, request).await
    }

    /// Whether a request carries a key, if one is needed.
    fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(app) = self.app() else {
            return true;
        };
        let bearer = headers.get(header::AUTHORIZATION);
        let bearer = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let own = headers.get(door::KEY).and_then(|key| key.to_str().ok());
        app.keys().open() || own.or(bearer).is_some_and(|key| app.keys().opens(key))
    }

    /// Answers on a listener until the server is told to stop.
    pub async fn serve(&self, listener: TcpListener, router: Router) -> Stopped {
        let serving = Serving {
            stop: self.stop().clone(),
            grace: GRACE,
            connections: self.0.config.max_connections,
            ..Serving::default()
        };
        http_kit::serve(listener, router, serving).await
    }
}

async fn pass_on(router: Router, request: Request) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// What the server counts, for Prometheus.
async fn figures(State(server): State<Server>, headers: HeaderMap) -> Response {
    if !server.admits(&headers) {
        return Error::unauthorized().into_response();
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], server.metrics().render()).into_response()
}
