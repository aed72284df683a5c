//! The table of contents: every operation there is, by resource. A file a resource.

mod conversations;
mod events;
mod server;

pub(crate) use conversations::go;

use axum::Router;
use axum::middleware::from_fn_with_state;
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
    conversations::routes().and(events::routes())
}

/// Everything the server answers.
pub fn router(app: App) -> Router {
    let keyed = keyed()
        .finish()
        .router
        .layer(from_fn_with_state(app.clone(), door::keyed));
    let open = open().finish().router;
    open.merge(keyed).merge(sockets::routes()).with_state(app)
}

/// The OpenAPI document of everything the server answers.
pub fn openapi() -> Value {
    open().and(keyed()).finish().document.finish(json!({
        "title": "OpenHands Agent Server",
        "description": "REST and WebSockets over conversations with AI software engineers",
        "version": crate::config::PROTOCOL,
    }))
}
