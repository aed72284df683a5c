//! Plugins: those that lie ready, those that are installed, and those that can be.

use axum::http::StatusCode;
use extensions::{
    FetchFault, FetchPluginRequest, FetchPluginResponse, FetchProblem, InstallPluginRequest,
    Installation, InstalledPluginResponse, InstalledPluginsListResponse, Kind,
    PluginsMarketplaceCatalogResponse, PluginsRequest, PluginsResponse, UninstallPluginResponse,
    UpdatePluginResponse, UpdatePluginStateRequest, UpdatePluginStateResponse,
};
use http_kit::{Api, Body, Error, Json, Path};
use std::collections::BTreeMap;

use domain::SecretSource;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::extension::{Voice, failed};
use crate::app::App;
use crate::schemas::{self, As};

const VOICE: Voice = Voice {
    what: "Plugin",
    taken: "Plugin already installed. Use force=true to overwrite.",
    unreachable: "Failed to fetch plugin source. Check that the source is valid.",
    invalid: "Invalid plugin. Ensure it has a valid kebab-case name.",
};

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let one = "/api/plugins/installed/{plugin_name}";
    Api::tagged("Plugins")
        .post("/api/plugins", "get_plugins", ready)
        .post("/api/plugins/fetch", "fetch_plugin_endpoint", fetch)
        .or(422, "Invalid plugin source, ref, path, or plugin")
        .or(502, "Plugin source unavailable")
        .or(504, "Plugin fetch timed out")
        .post("/api/plugins/install", "install_plugin_endpoint", install)
        .or(400, "Failed to fetch plugin source")
        .or(409, "Plugin already installed (use force=true)")
        .or(422, "Invalid plugin (bad name, etc.)")
        .get(
            "/api/plugins/installed",
            "list_installed_plugins_endpoint",
            list,
        )
        .get(one, "get_installed_plugin_endpoint", get)
        .or(404, "Plugin not installed")
        .patch(one, "set_plugin_enabled_endpoint", switch)
        .or(404, "Plugin not installed")
        .delete(one, "uninstall_plugin_endpoint", uninstall)
        .or(404, "Plugin not installed")
        .post(
            &format!("{one}/refresh"),
            "refresh_plugin_endpoint",
            refresh,
        )
        .or(400, "Failed to fetch the plugin's recorded source")
        .or(404, "Plugin not installed")
        .get(
            "/api/plugins/marketplace",
            "get_marketplace_catalog",
            marketplace,
        )
}

#[derive(Deserialize, JsonSchema)]
struct One {
    /// Plugin name (lowercase alphanumeric, hyphens)
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = "^[a-z0-9]+(?:-[a-z0-9]+)*$")
    )]
    plugin_name: String,
}

async fn ready(
    app: App,
    Body(asked): Body<PluginsRequest>,
) -> Result<Json<PluginsResponse>, Error> {
    let ready = app.extensions().plugins(asked).await;
    ready.map(Json::ok).map_err(failed)
}

/// A plugin to fetch and look at, without installing it.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "FetchPluginRequest")]
struct Fetch {
    /// Plugin git source
    #[schemars(length(min = 1))]
    source: String,
    /// Branch, tag, or commit
    #[serde(default, rename = "ref")]
    reference: Option<String>,
    /// Subdirectory path within the repository (for monorepos)
    #[serde(default)]
    repo_path: Option<String>,
    /// Secrets used to expand ${VAR} placeholders in source and ref
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, As<schemas::SecretSource>>")]
    secrets: BTreeMap<String, SecretSource>,
    /// Git timeout seconds
    #[serde(default = "minute")]
    #[schemars(range(min = 1, max = 600))]
    timeout: i64,
}

fn minute() -> i64 {
    60
}

async fn fetch(app: App, Body(asked): Body<Fetch>) -> Result<Json<FetchPluginResponse>, Error> {
    let request = FetchPluginRequest {
        source: asked.source,
        reference: asked.reference,
        repo_path: asked.repo_path,
        secrets: asked.secrets,
        timeout: asked.timeout.unsigned_abs(),
    };
    let fetched = app.extensions().fetch_plugin(request).await;
    fetched.map(Json::ok).map_err(|fault| unfetched(&fault))
}

/// How a plugin that was not fetched is told.
fn unfetched(fault: &FetchFault) -> Error {
    let status = match fault.problem {
        FetchProblem::SourceUnavailable => StatusCode::BAD_GATEWAY,
        FetchProblem::Timeout => StatusCode::GATEWAY_TIMEOUT,
        FetchProblem::MissingSecret
        | FetchProblem::InvalidSource
        | FetchProblem::AuthFailed
        | FetchProblem::RefNotFound
        | FetchProblem::RepoPathNotFound
        | FetchProblem::InvalidPlugin => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let code = fault.problem.code();
    if status.is_server_error() {
        // From 500 on a detail is told as a text, as the original spells it.
        let message = quoted(&fault.message);
        return Error::new(
            status,
            format!("{{'code': '{code}', 'message': {message}}}"),
        );
    }
    Error::with_detail(status, json!({ "code": code, "message": fault.message }))
}

/// A text in quotes that it does not have itself, if there are such.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if text.contains('\'') && !text.contains('"') {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\'', "\\'"))
}

async fn install(
    app: App,
    Body(asked): Body<InstallPluginRequest>,
) -> Result<Json<InstalledPluginResponse>, Error> {
    let installed = app.extensions().install(Kind::Plugin, asked.into()).await;
    let installed = installed.map_err(|error| VOICE.uninstalled(&error))?;
    shown(&app, installed).await.map(Json::ok)
}

async fn list(app: App, (): ()) -> Result<Json<InstalledPluginsListResponse>, Error> {
    let extensions = app.extensions();
    let installed = extensions.installed(Kind::Plugin).await.map_err(failed)?;
    let plugins = extensions
        .plugin_contents(installed)
        .await
        .map_err(failed)?;
    Ok(Json::ok(InstalledPluginsListResponse { plugins }))
}

async fn get(app: App, Path(one): Path<One>) -> Result<Json<InstalledPluginResponse>, Error> {
    let installed = app.extensions().one(Kind::Plugin, one.plugin_name).await;
    let installed = installed.map_err(|error| VOICE.uninstalled(&error))?;
    shown(&app, installed).await.map(Json::ok)
}

async fn switch(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<UpdatePluginStateRequest>),
) -> Result<Json<UpdatePluginStateResponse>, Error> {
    let (name, enabled) = (one.plugin_name, asked.enabled);
    let switched = app.extensions().switch(Kind::Plugin, name.clone(), enabled);
    switched.await.map_err(|error| VOICE.uninstalled(&error))?;
    Ok(Json::ok(UpdatePluginStateResponse { name, enabled }))
}

async fn uninstall(
    app: App,
    Path(One { plugin_name: name }): Path<One>,
) -> Result<Json<UninstallPluginResponse>, Error> {
    let removed = app.extensions().uninstall(Kind::Plugin, name.clone()).await;
    removed.map_err(|error| VOICE.uninstalled(&error))?;
    let message = format!("Plugin '{name}' uninstalled");
    Ok(Json::ok(UninstallPluginResponse { message }))
}

async fn refresh(
    app: App,
    Path(One { plugin_name: name }): Path<One>,
) -> Result<Json<UpdatePluginResponse>, Error> {
    let refreshed = app.extensions().refresh(Kind::Plugin, name.clone()).await;
    let refreshed = refreshed.map_err(|error| VOICE.unrefreshed(&name, &error))?;
    Ok(Json::ok(UpdatePluginResponse {
        message: format!("Plugin '{name}' updated"),
        plugin: shown(&app, refreshed).await?,
    }))
}

async fn marketplace(app: App, (): ()) -> Result<Json<PluginsMarketplaceCatalogResponse>, Error> {
    let listed = app.extensions().plugins_marketplace().await;
    listed.map(Json::ok).map_err(failed)
}

/// One that is installed, with what is in it.
async fn shown(app: &App, info: Installation) -> Result<InstalledPluginResponse, Error> {
    let name = info.name.clone();
    let shown = app.extensions().plugin_contents(vec![info]).await;
    let mut shown = shown.map_err(failed)?;
    shown
        .pop()
        .ok_or_else(|| Error::not_found(format!("Plugin '{name}' is not installed")))
}
