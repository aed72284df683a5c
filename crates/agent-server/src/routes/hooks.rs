//! The hooks of a workspace, as data.

use extensions::{HooksRequest, HooksResponse};
use http_kit::{Api, Body, Error, Json};

use super::extension::failed;
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Hooks").post("/api/hooks", "get_hooks", load)
}

async fn load(app: App, Body(asked): Body<HooksRequest>) -> Result<Json<HooksResponse>, Error> {
    let hooks = app.extensions().hooks(asked).await;
    hooks.map(Json::ok).map_err(failed)
}
