//! The sockets: who may open one, and which there are.

mod bash;
mod entrance;
mod events;
mod feed;
mod session;
mod since;
mod voice;

pub(crate) use feed::{Feed, Tell};
pub(crate) use since::naive;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// The sockets there are.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/sockets/events/{conversation_id}", get(events::open))
        .route("/sockets/bash-events", get(bash::open))
        .route("/sockets/session/{conversation_id}", get(session::open))
}
