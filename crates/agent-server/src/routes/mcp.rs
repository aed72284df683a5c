//! Servers of the model context protocol, tried before they are set up.

use http_kit::{Api, Body, Error, Json, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use settings::{
    McpOauthCallbackRequest, McpOauthStartResponse, McpOauthStatusResponse, McpTestRequest,
    McpTestResponse,
};

use super::desk::told;
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("MCP")
        .post("/api/mcp/test", "test_mcp_server", test)
        .post("/api/mcp/oauth/start", "start_mcp_oauth", begin)
        .get(
            "/api/mcp/oauth/status/{job_id}",
            "get_mcp_oauth_status",
            status,
        )
        .post(
            "/api/mcp/oauth/callback/{job_id}",
            "submit_mcp_oauth_callback",
            callback,
        )
}

async fn test(
    app: App,
    Body(request): Body<McpTestRequest>,
) -> Result<Json<McpTestResponse>, Error> {
    let tried = app.ports().desk.try_server(&request);
    tried.map(Json::ok).map_err(told)
}

async fn begin(
    app: App,
    Body(request): Body<McpTestRequest>,
) -> Result<Json<McpOauthStartResponse>, Error> {
    let begun = app.ports().desk.begin_server_login(&request);
    begun.map(Json::ok).map_err(told)
}

#[derive(Deserialize, JsonSchema)]
struct Job {
    job_id: String,
}

async fn status(app: App, Path(job): Path<Job>) -> Result<Json<McpOauthStatusResponse>, Error> {
    let status = app.ports().desk.server_login(&job.job_id);
    status.map(Json::ok).map_err(told)
}

async fn callback(
    app: App,
    (Path(job), Body(_)): (Path<Job>, Body<McpOauthCallbackRequest>),
) -> Result<Json<McpOauthStatusResponse>, Error> {
    let status = app.ports().desk.server_login(&job.job_id);
    status.map(Json::ok).map_err(told)
}
