//! Tools to choose from.

use http_kit::{Api, Error, Json};
use settings::ToolCatalogResponse;

use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Tools")
        .get("/api/tools/", "list_available_tools", list)
        .get("/api/tools/catalog", "get_tool_catalog", catalog)
}

async fn list(app: App, (): ()) -> Result<Json<Vec<String>>, Error> {
    Ok(Json::ok(app.ports().desk.offers().tool_names()))
}

async fn catalog(app: App, (): ()) -> Result<Json<ToolCatalogResponse>, Error> {
    Ok(Json::ok(app.ports().desk.offers().tool_catalog()))
}
