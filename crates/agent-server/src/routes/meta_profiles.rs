//! Which kind of task goes to which model.

use domain::Map;
use http_kit::{Api, Body, Error, Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use settings::{
    ActivateMetaProfileResponse, MetaProfile, MetaProfileDetailResponse, MetaProfileListResponse,
    MetaProfileMutationResponse,
};

use super::desk::{at, with};
use super::profiles::Named;
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Meta-profiles")
        .get("/api/meta-profiles", "list_meta_profiles", list)
        .get("/api/meta-profiles/{name}", "get_meta_profile", show)
        .post("/api/meta-profiles/{name}", "save_meta_profile", save)
        .with(201)
        .delete("/api/meta-profiles/{name}", "delete_meta_profile", delete)
        .post(
            "/api/meta-profiles/{name}/activate",
            "activate_meta_profile",
            activate,
        )
}

async fn list(app: App, (): ()) -> Result<Json<MetaProfileListResponse>, Error> {
    at(&app, |desk| desk.meta_profiles()).await.map(Json::ok)
}

async fn show(
    app: App,
    Path(named): Path<Named>,
) -> Result<Json<MetaProfileDetailResponse>, Error> {
    let shown = at(&app, move |desk| desk.meta_profile_detail(&named.name));
    shown.await.map(Json::ok)
}

/// A meta-profile as it was described.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
struct Given(#[schemars(with = "MetaProfile")] Map);

async fn save(
    app: App,
    (Path(named), Body(given)): (Path<Named>, Body<Given>),
) -> Result<Json<MetaProfileMutationResponse>, Error> {
    let body = given.0.clone();
    let saved = with(&app, &given.0, move |desk| {
        let profile = MetaProfile::read(body).map_err(|faults| faults.under("body"))?;
        desk.save_meta_profile(&named.name, &profile)
    });
    saved.await.map(Json::created)
}

async fn delete(
    app: App,
    Path(named): Path<Named>,
) -> Result<Json<MetaProfileMutationResponse>, Error> {
    let deleted = at(&app, move |desk| desk.delete_meta_profile(&named.name));
    deleted.await.map(Json::ok)
}

async fn activate(
    app: App,
    Path(named): Path<Named>,
) -> Result<Json<ActivateMetaProfileResponse>, Error> {
    let activated = at(&app, move |desk| desk.activate_meta_profile(&named.name));
    activated.await.map(Json::ok)
}
