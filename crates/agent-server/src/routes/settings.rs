//! Settings of agents and conversations, the forms for them, and the servers of the model context protocol.

use domain::Map;
use http_kit::{Api, Body, Error, Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use settings::{
    McpServer, McpServerPatch, SettingsResponse, SettingsSchema, SettingsUpdateRequest,
};

use super::desk::{Exposed, at, with};
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Settings")
        .get(
            "/api/settings/agent-schema",
            "get_agent_settings_schema",
            agent_form,
        )
        .get(
            "/api/settings/conversation-schema",
            "get_conversation_settings_schema",
            conversation_form,
        )
        .get("/api/settings", "get_settings", show)
        .patch("/api/settings", "update_settings", update)
        .post(
            "/api/settings/mcp/{settings_key}",
            "create_mcp_server",
            add_server,
        )
        .with(201)
        .patch(
            "/api/settings/mcp/{settings_key}",
            "patch_mcp_server",
            change_server,
        )
        .delete(
            "/api/settings/mcp/{settings_key}",
            "delete_mcp_server",
            remove_server,
        )
}

async fn agent_form(app: App, (): ()) -> Result<Json<SettingsSchema>, Error> {
    at(&app, |desk| desk.agent_form()).await.map(Json::ok)
}

async fn conversation_form(app: App, (): ()) -> Result<Json<SettingsSchema>, Error> {
    at(&app, |desk| desk.conversation_form())
        .await
        .map(Json::ok)
}

async fn show(app: App, exposed: Exposed) -> Result<Json<SettingsResponse>, Error> {
    let exposure = exposed.exposure()?;
    if exposure == settings::Exposure::Plain {
        tracing::warn!("settings are read with their secrets in the open");
    }
    at(&app, move |desk| desk.settings(exposure))
        .await
        .map(Json::ok)
}

async fn update(
    app: App,
    Body(update): Body<SettingsUpdateRequest>,
) -> Result<Json<SettingsResponse>, Error> {
    let given = update.agent_settings_diff.clone().unwrap_or_default();
    let body = Map::from_iter([("agent_settings_diff".to_owned(), given)]);
    let updated = with(&app, &body, |desk| desk.update_settings(update));
    updated.await.map(Json::ok)
}

#[derive(Deserialize, JsonSchema)]
struct Key {
    settings_key: String,
}

async fn add_server(
    app: App,
    (Path(key), Body(server)): (Path<Key>, Body<Server>),
) -> Result<Json<SettingsResponse>, Error> {
    let given = server.0.clone();
    let added = with(&app, &server.0, move |desk| {
        let server = McpServer::read(given).map_err(|faults| faults.under("body"))?;
        desk.add_server(&key.settings_key, server)
    });
    added.await.map(Json::created)
}

/// A server as it was described.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
struct Server(#[schemars(with = "McpServer")] Map);

/// What is to change of a server: only what is said, which a typed value could not tell.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
struct ServerChange(#[schemars(with = "McpServerPatch")] Map);

async fn change_server(
    app: App,
    (Path(key), Body(change)): (Path<Key>, Body<ServerChange>),
) -> Result<Json<SettingsResponse>, Error> {
    let changed = at(&app, move |desk| {
        desk.change_server(&key.settings_key, change.0)
    });
    changed.await.map(Json::ok)
}

async fn remove_server(app: App, Path(key): Path<Key>) -> Result<Json<SettingsResponse>, Error> {
    let removed = at(&app, move |desk| desk.remove_server(&key.settings_key));
    removed.await.map(Json::ok)
}
