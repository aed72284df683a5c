//! Secrets that agents may use: their names for everybody, a value for who asks for it by name.

use std::collections::BTreeMap;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use http_kit::{Api, Body, Error, Json, Path, Query, Raw};
use schemars::JsonSchema;
use serde::Deserialize;
use settings::{SecretCreateRequest, SecretItemResponse, SecretsListResponse};

use super::desk::at;
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Settings")
        .get("/api/settings/secrets", "list_secrets", list)
        .put("/api/settings/secrets", "create_secret", put)
        .get("/api/settings/secrets/{name}", "get_secret_value", value)
        .delete("/api/settings/secrets/{name}", "delete_secret", remove)
}

#[derive(Deserialize, JsonSchema)]
struct Whose {
    #[serde(default)]
    agent_profile_id: Option<String>,
}

async fn list(app: App, Query(whose): Query<Whose>) -> Result<Json<SecretsListResponse>, Error> {
    let listed = at(&app, move |desk| {
        desk.secrets(whose.agent_profile_id.as_deref())
    });
    listed.await.map(Json::ok)
}

async fn put(
    app: App,
    Body(secret): Body<SecretCreateRequest>,
) -> Result<Json<SecretItemResponse>, Error> {
    at(&app, |desk| desk.put_secret(secret)).await.map(Json::ok)
}

#[derive(Deserialize, JsonSchema)]
struct Name {
    name: String,
}

async fn value(app: App, Path(name): Path<Name>) -> Result<Raw, Error> {
    let value = at(&app, move |desk| desk.secret(&name.name)).await?;
    let mut response = Response::new(value.expose().to_owned().into());
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    Ok(Raw(response))
}

async fn remove(app: App, Path(name): Path<Name>) -> Result<Json<BTreeMap<String, bool>>, Error> {
    at(&app, move |desk| desk.remove_secret(&name.name)).await?;
    Ok(Json::ok(BTreeMap::from([("deleted".to_owned(), true)])))
}
