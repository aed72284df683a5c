//! Whom an agent can hand work to.

use extensions::{SubAgentsRequest, SubAgentsResponse};
use http_kit::{Api, Body, Error, Json};

use super::extension::failed;
use crate::app::App;

/// The tool that sub-agents need which read the web.
const BROWSER: &str = "browser_tool_set";

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Sub Agents").post("/api/sub-agents", "get_sub_agents", list)
}

async fn list(
    app: App,
    Body(asked): Body<SubAgentsRequest>,
) -> Result<Json<SubAgentsResponse>, Error> {
    let tools = &app.config().about.usable_tools;
    let browser = tools.iter().any(|tool| tool == BROWSER);
    let agents = app.extensions().sub_agents(asked, browser).await;
    agents.map(Json::ok).map_err(failed)
}
