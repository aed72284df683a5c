//! Programs that speak the agent client protocol, asked before they are set up.

use http_kit::{Api, Body, Error, Json};
use settings::{AcpModelDiscovery, AcpModelDiscoveryRequest};

use super::desk::at;
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("ACP").post("/api/acp/models", "discover_models", discover)
}

async fn discover(
    app: App,
    Body(request): Body<AcpModelDiscoveryRequest>,
) -> Result<Json<AcpModelDiscovery>, Error> {
    let told = at(&app, |desk| desk.discover_models(request));
    told.await.map(Json::ok)
}
