//! The table of contents: every operation there is, by resource. A file a resource.

mod acp;
mod agent_profiles;
mod app_backends;
mod auth;
mod bash;
mod canvas_extensions;
mod conversations;
mod desk;
mod docs;
mod events;
mod extension;
mod files;
mod git;
mod hooks;
mod init;
mod llm;
mod mcp;
mod meta_profiles;
mod openai;
mod place;
mod plugins;
mod profiles;
mod provider_connections;
mod secrets;
mod sending;
mod server;
mod settings;
mod skills;
mod static_files;
mod sub_agents;
mod tools;
mod vscode;
mod workspaces;

pub(crate) use conversations::go;
pub(crate) use desk::{place, told};

use axum::Router;
use http_kit::Api;
use serde_json::{Value, json};

use crate::app::App;
use crate::server::Server;
use crate::{door, sockets};

/// Every operation there is: those that need no key, then those that do.
fn operations() -> Api<App> {
    conversations::routes()
        .and(events::routes())
        .and(bash::routes())
        .and(files::routes())
        .and(git::routes())
        .and(vscode::routes())
        .and(settings::routes())
        .and(secrets::routes())
        .and(profiles::routes())
        .and(agent_profiles::routes())
        .and(meta_profiles::routes())
        .and(provider_connections::routes())
        .and(workspaces::routes())
        .and(llm::routes())
        .and(mcp::routes())
        .and(acp::routes())
        .and(tools::routes())
        .and(skills::routes())
        .and(sub_agents::routes())
        .and(plugins::routes())
        .and(canvas_extensions::routes())
        .and(hooks::routes())
        .and(auth::routes())
        .keyed("APIKeyHeader")
        .guarded(door::keyed)
        .and(openai::routes())
        .and(app_backends::routes())
        .and(static_files::routes())
        .and(server::routes())
        .and(docs::routes())
}

/// Everything an open server answers.
pub(crate) fn router(app: App) -> Router {
    let served = operations().serve();
    served.whole().merge(sockets::routes()).with_state(app)
}

/// What claims a dormant server.
pub(crate) fn init() -> Api<Server> {
    init::routes()
}

/// What a dormant server answers.
pub(crate) fn dormant() -> Api<Server> {
    server::routes().and(docs::routes())
}

/// Whether a path is the server's, where something else is served beside it.
pub(crate) fn is_own(path: &str) -> bool {
    // A service of its own, which is not part of this server.
    if path.starts_with("/api/automation/") {
        return false;
    }
    const ROOTS: &[&str] = &[
        "/api",
        "/sockets",
        "/server_info",
        "/health",
        "/ready",
        "/alive",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/v1",
        "/app-backends",
        "/metrics",
    ];
    ROOTS.iter().any(|root| {
        let rest = path.strip_prefix(root);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether a path is answered before an open server is asked: it is claimed and watched there.
pub(crate) fn is_near(path: &str) -> bool {
    matches!(path, "/api/init" | "/metrics")
}

/// Whether a path needs a key, and so an open server.
pub(crate) fn is_keyed(path: &str) -> bool {
    ["/api/", "/v1/", "/app-backends/"]
        .iter()
        .any(|root| path.starts_with(root))
}

/// Whether a path shows a page of a workspace, whose key comes in a cookie.
pub(crate) fn is_page(path: &str) -> bool {
    let rest = path.strip_prefix("/api/conversations/");
    let rest = rest.and_then(|rest| rest.split_once('/'));
    rest.is_some_and(|(_, rest)| rest == "workspace" || rest.starts_with("workspace/"))
        || path == "/api/auth/workspace-session"
}

/// The OpenAPI document of everything the server answers.
pub fn openapi() -> Value {
    let info = json!({
        "title": "OpenHands Agent Server",
        "description": "REST and WebSockets over conversations with AI software engineers",
        "version": crate::config::PROTOCOL,
    });
    let mut whole = operations().finish().document.finish(info.clone());
    let init = init().finish().document.finish(info);
    for part in ["/paths", "/components/schemas"] {
        if let (Some(Value::Object(whole)), Some(Value::Object(more))) =
            (whole.pointer_mut(part), init.pointer(part))
        {
            whole.extend(more.clone());
        }
    }
    whole
}
