//! Whether the server lives, and what it is.

use http_kit::{Api, Error, Json, Raw};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::config::Config;
use crate::server::Server;

/// A server that can tell about itself.
pub(super) trait Known: Clone + Send + Sync + 'static {
    /// What it was told when it was started.
    fn told(&self) -> &Config;
    /// Whole seconds since the start, and since somebody last asked something.
    fn seconds(&self) -> (f64, f64);
}

impl Known for App {
    fn told(&self) -> &Config {
        self.config()
    }

    fn seconds(&self) -> (f64, f64) {
        self.age()
    }
}

impl Known for Server {
    fn told(&self) -> &Config {
        self.config()
    }

    fn seconds(&self) -> (f64, f64) {
        (0.0, 0.0)
    }
}

/// The operations of this resource.
pub(super) fn routes<S: Known>() -> Api<S> {
    Api::tagged("Server Details")
        .get("/alive", "alive", alive::<S>)
        .get("/health", "health", alive::<S>)
        .get("/ready", "ready", ready::<S>)
        .get("/server_info", "get_server_info", info::<S>)
        .get("/", "get_server_info", info::<S>)
        .and(
            Api::tagged("")
                .get("/openapi.json", "openapi", document::<S>)
                .hidden(),
        )
}

#[derive(Serialize, JsonSchema)]
struct HealthStatus {
    status: &'static str,
}

async fn alive<S: Known>(_: S, (): ()) -> Result<Json<HealthStatus>, Error> {
    Ok(Json::ok(HealthStatus { status: "ok" }))
}

async fn ready<S: Known>(_: S, (): ()) -> Result<Json<HealthStatus>, Error> {
    Ok(Json::ok(HealthStatus { status: "ready" }))
}

/// What clients test before they use a feature; each names one that this server has.
const CAPABILITIES: &[&str] = &["conversation_runtime_routes_v1"];

#[derive(Serialize, JsonSchema)]
struct ServerInfo {
    uptime: f64,
    idle_time: f64,
    title: String,
    version: String,
    sdk_version: String,
    tools_version: String,
    workspace_version: String,
    build_git_sha: String,
    build_git_ref: String,
    python_version: String,
    usable_tools: Vec<String>,
    runtime_idle_timeout_seconds: Option<f64>,
    conversation_runtime: &'static str,
    available_conversation_runtimes: Vec<String>,
    capabilities: Vec<&'static str>,
    app_backend_ingress_url: Option<String>,
    max_foreground_terminal_timeout_seconds: Option<f64>,
    docs: &'static str,
    redoc: &'static str,
}

async fn info<S: Known>(app: S, (): ()) -> Result<Json<ServerInfo>, Error> {
    let (uptime, idle_time) = app.seconds();
    let about = &app.told().about;
    Ok(Json::ok(ServerInfo {
        uptime,
        idle_time,
        title: "OpenHands Agent Server".to_owned(),
        version: about.version.clone(),
        sdk_version: about.version.clone(),
        tools_version: about.version.clone(),
        workspace_version: about.version.clone(),
        build_git_sha: about.build_git_sha.clone(),
        build_git_ref: about.build_git_ref.clone(),
        python_version: about.engine.clone(),
        usable_tools: about.usable_tools.clone(),
        runtime_idle_timeout_seconds: None,
        conversation_runtime: "local",
        available_conversation_runtimes: Vec::new(),
        capabilities: CAPABILITIES.to_vec(),
        app_backend_ingress_url: None,
        max_foreground_terminal_timeout_seconds: None,
        docs: "/docs",
        redoc: "/redoc",
    }))
}

async fn document<S: Known>(_: S, (): ()) -> Result<Raw, Error> {
    let document: Value = crate::routes::openapi();
    Ok(Raw(axum::response::IntoResponse::into_response(
        axum::Json(json!(document)),
    )))
}
