//! The sockets: who may open one, and which there are.

mod events;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// The sockets there are.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/sockets/events/{conversation_id}", get(events::open))
}
