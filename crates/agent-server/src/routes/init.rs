//! Claiming a dormant server.

use http_kit::{Api, Error, Json, Optional, Rest};

use crate::gate::{Claim, Stage};
use crate::server::Server;

/// The operations of this resource.
pub(crate) fn routes() -> Api<Server> {
    Api::tagged("Init")
        .post("/api/init", "initialize_server", claim)
        .described("Claims a dormant server: gives it its keys, its places and its webhooks.")
        .keyed("APIKeyHeader")
        .get("/api/init", "get_init_status", get)
        .described("How far a server is that was started to be claimed later.")
}

async fn get(server: Server, (): ()) -> Result<Json<Stage>, Error> {
    server.gate().stage().map(Json::ok)
}

/// The header that carries the key of whoever started the server.
const KEY: &str = "x-init-api-key";

async fn claim(
    server: Server,
    (Optional(claim), Rest(parts, _)): (Optional<Claim>, Rest),
) -> Result<Json<Stage>, Error> {
    let key = parts.headers.get(KEY).and_then(|key| key.to_str().ok());
    let config = server.gate().begin(key, claim.unwrap_or_default())?;
    let opened = server.open(config.clone()).await.map(|()| config);
    server.gate().end(opened).map(Json::ok)
}
