//! Keys that several profiles share.

use domain::Map;
use http_kit::{Api, Body, Error, Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use settings::{
    ProviderConnectionCreateRequest, ProviderConnectionResponse, ProviderConnectionUpdateRequest,
};

use super::desk::{at, with};
use crate::app::App;

/// Where they are.
const ALL: &str = "/api/llm/provider-connections";
const ONE: &str = "/api/llm/provider-connections/{connection_id}";

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("LLM Provider Connections")
        .get(ALL, "list_provider_connections", list)
        .post(ALL, "create_provider_connection", create)
        .with(201)
        .patch(ONE, "update_provider_connection", update)
        .delete(ONE, "delete_provider_connection", delete)
}

#[derive(Deserialize, JsonSchema)]
struct Identified {
    connection_id: String,
}

async fn list(app: App, (): ()) -> Result<Json<Vec<ProviderConnectionResponse>>, Error> {
    at(&app, |desk| desk.connections()).await.map(Json::ok)
}

async fn create(
    app: App,
    Body(request): Body<ProviderConnectionCreateRequest>,
) -> Result<Json<ProviderConnectionResponse>, Error> {
    let body = body_of(&request);
    let created = with(&app, &body, |desk| desk.create_connection(request));
    created.await.map(Json::created)
}

async fn update(
    app: App,
    (Path(one), Body(request)): (Path<Identified>, Body<ProviderConnectionUpdateRequest>),
) -> Result<Json<ProviderConnectionResponse>, Error> {
    let body = body_of(&request);
    let updated = with(&app, &body, move |desk| {
        desk.update_connection(&one.connection_id, request)
    });
    updated.await.map(Json::ok)
}

async fn delete(
    app: App,
    Path(one): Path<Identified>,
) -> Result<Json<ProviderConnectionResponse>, Error> {
    let deleted = at(&app, move |desk| desk.delete_connection(&one.connection_id));
    deleted.await.map(Json::ok)
}

/// What was given, to be told beside its faults.
fn body_of(request: &impl Serialize) -> Map {
    match serde_json::to_value(request) {
        Ok(serde_json::Value::Object(body)) => body,
        Ok(_) | Err(_) => Map::new(),
    }
}
