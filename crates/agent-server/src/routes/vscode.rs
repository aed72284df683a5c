//! The editor in the browser that the original can start. There is none here, and the answers say so.

use http_kit::{Api, Error, Json, Path, Query};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::{Scope, runtime};
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let own = Api::tagged("VSCode")
        .get("/api/vscode/url", "get_vscode_url", url)
        .get("/api/vscode/status", "get_vscode_status", status);
    let scoped = Api::tagged("")
        .get("/api/vscode/url", "get_runtime_vscode_url", runtime_url)
        .get("/api/vscode/status", "get_vscode_status", status);
    own.and(runtime(scoped))
}

/// Where the editor is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VSCodeUrlResponse", extend("required" = ["url"]))]
struct Address {
    url: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Asked {
    #[expect(dead_code, reason = "checked; no address is made of it")]
    base_url: Option<String>,
    #[expect(dead_code, reason = "checked; no address is made of it")]
    #[serde(default = "directory")]
    workspace_dir: String,
}

fn directory() -> String {
    "workspace".to_owned()
}

async fn url(app: App, _: Query<Asked>) -> Result<Json<Address>, Error> {
    wanted(&app)?;
    Ok(Json::ok(Address { url: None }))
}

/// Refuses where the settings do not want an editor.
fn wanted(app: &App) -> Result<(), Error> {
    if app.config().enable_vscode {
        return Ok(());
    }
    Err(Error::unavailable(
        "VSCode is disabled in configuration. Set enable_vscode=true to enable.",
    ))
}

#[derive(Deserialize, JsonSchema)]
struct AskedOfOne {
    #[expect(dead_code, reason = "checked; no address is made of it")]
    base_url: Option<String>,
    #[expect(dead_code, reason = "checked; no address is made of it")]
    workspace_dir: Option<String>,
}

async fn runtime_url(
    app: App,
    (Path(scope), Query(_)): (Path<Scope>, Query<AskedOfOne>),
) -> Result<Json<Address>, Error> {
    scope.workspace(&app).await?;
    Ok(Json::ok(Address { url: None }))
}

/// Whether there is an editor.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
struct Status {
    running: bool,
    enabled: bool,
    message: &'static str,
}

async fn status(app: App, Path(scope): Path<Scope>) -> Result<Json<Status>, Error> {
    scope.workspace(&app).await?;
    let message = if app.config().enable_vscode {
        "VSCode is not part of this server"
    } else {
        "VSCode is disabled in configuration"
    };
    Ok(Json::ok(Status {
        running: false,
        enabled: false,
        message,
    }))
}
