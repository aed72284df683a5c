//! Claiming a dormant server.

use http_kit::{Api, Error, Header, Json, Optional};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::gate::{Claim, Stage};
use crate::server::Server;

/// The operations of this resource.
pub(crate) fn routes() -> Api<Server> {
    Api::tagged("Init")
        .get("/api/init", "get_init_status", get)
        .described("How far a server is that was started to be claimed later.")
        .post("/api/init", "post_init", claim)
        .described("Claims a dormant server: gives it its keys, its places and its webhooks.")
        .keyed("APIKeyHeader")
}

async fn get(server: Server, (): ()) -> Result<Json<Stage>, Error> {
    server.gate().stage().map(Json::ok)
}

/// The key of the one who started the server.
#[derive(Deserialize, JsonSchema)]
struct Key {
    #[serde(rename = "x-init-api-key")]
    #[schemars(skip)]
    key: Option<String>,
}

async fn claim(
    server: Server,
    (Header(key), Optional(claim)): (Header<Key>, Optional<Claim>),
) -> Result<Json<Stage>, Error> {
    let claim = claim.unwrap_or_default();
    let config = server.gate().begin(key.key.as_deref(), claim)?;
    let opened = server.open(config.clone()).await.map(|()| config);
    server.gate().end(opened).map(Json::ok)
}
