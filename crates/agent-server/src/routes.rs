//! The table of contents: every operation there is, by resource. A file a resource.

mod conversations;
mod events;
mod server;

pub(crate) use conversations::go;

use axum::Router;
use http_kit::Api;
use serde_json::{Value, json};

use crate::app::App;
use crate::{door, sockets};

/// Operations that need no key.
fn open() -> Api<App> {
    server::routes()
}

/// Operations that need a session key.
fn keyed() -> Api<App> {
    conversations::routes()
        .and(events::routes())
        .keyed("APIKeyHeader")
        .guarded(door::keyed)
}

/// Everything the server answers.
pub fn router(app: App) -> Router {
    let served = open().and(keyed()).finish();
    served.whole().merge(sockets::routes()).with_state(app)
}

/// The OpenAPI document of everything the server answers.
pub fn openapi() -> Value {
    let scheme = json!({"type": "apiKey", "in": "header", "name": "X-Session-API-Key"});
    let document = open().and(keyed()).finish().document;
    document.scheme("APIKeyHeader", scheme).finish(json!({
        "title": "OpenHands Agent Server",
        "description": "REST and WebSockets over conversations with AI software engineers",
        "version": crate::config::PROTOCOL,
    }))
}
