//! The table of contents: every operation there is, by resource. A file a resource.

mod agent_profiles;
mod app_backends;
mod bash;
mod canvas_extensions;
mod conversations;
mod desk;
mod events;
mod extension;
mod files;
mod git;
mod hooks;
mod llm;
mod mcp;
mod meta_profiles;
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

use axum::Router;
use http_kit::Api;
use serde_json::{Value, json};

use crate::app::App;
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
        .and(tools::routes())
        .and(skills::routes())
        .and(sub_agents::routes())
        .and(plugins::routes())
        .and(canvas_extensions::routes())
        .and(hooks::routes())
        .keyed("APIKeyHeader")
        .guarded(door::keyed)
        .and(app_backends::routes())
        .and(static_files::routes())
        .and(server::routes())
}

/// Everything the server answers.
pub fn router(app: App) -> Router {
    let served = operations().finish();
    served.whole().merge(sockets::routes()).with_state(app)
}

/// The OpenAPI document of everything the server answers.
pub fn openapi() -> Value {
    operations().finish().document.finish(json!({
        "title": "OpenHands Agent Server",
        "description": "REST and WebSockets over conversations with AI software engineers",
        "version": crate::config::PROTOCOL,
    }))
}
