//! Models under names of the person's own.

use domain::Map;
use http_kit::{Api, Body, Error, Json, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use settings::{
    ActivateProfileResponse, PROFILE_NAME, ProfileDetailResponse, ProfileListResponse,
    ProfileMutationResponse, RenameProfileRequest, SaveProfileRequest, ValidateProfileRequest,
    ValidateProfileResponse,
};

use super::desk::{Exposed, at, told, with};
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Profiles")
        .get("/api/profiles", "list_profiles", list)
        .get("/api/profiles/{name}", "get_profile", show)
        .post("/api/profiles/{name}", "save_profile", save)
        .with(201)
        .delete("/api/profiles/{name}", "delete_profile", delete)
        .post(
            "/api/profiles/{name}/validate",
            "validate_profile",
            validate,
        )
        .post("/api/profiles/{name}/rename", "rename_profile", rename)
        .post(
            "/api/profiles/{name}/activate",
            "activate_profile",
            activate,
        )
}

/// Which profile.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Named {
    #[schemars(length(min = 1, max = 64), regex(pattern = PROFILE_NAME))]
    pub(super) name: String,
}

async fn list(app: App, (): ()) -> Result<Json<ProfileListResponse>, Error> {
    at(&app, |desk| desk.profiles()).await.map(Json::ok)
}

async fn show(
    app: App,
    (Path(named), exposed): (Path<Named>, Exposed),
) -> Result<Json<ProfileDetailResponse>, Error> {
    let exposure = exposed.exposure()?;
    let shown = at(&app, move |desk| desk.profile(&named.name, exposure));
    shown.await.map(Json::ok)
}

async fn save(
    app: App,
    (Path(named), Body(request)): (Path<Named>, Body<SaveProfileRequest>),
) -> Result<Json<ProfileMutationResponse>, Error> {
    let body = Map::from_iter([("llm".to_owned(), request.llm.clone().into())]);
    let saved = with(&app, &body, move |desk| {
        desk.save_profile(&named.name, request)
    });
    saved.await.map(Json::created)
}

async fn delete(
    app: App,
    Path(named): Path<Named>,
) -> Result<Json<ProfileMutationResponse>, Error> {
    let deleted = at(&app, move |desk| desk.delete_profile(&named.name));
    deleted.await.map(Json::ok)
}

async fn validate(
    app: App,
    (Path(_), Body(request)): (Path<Named>, Body<ValidateProfileRequest>),
) -> Result<Json<ValidateProfileResponse>, Error> {
    let answer = app.ports().desk.validate_profile(request).await;
    answer.map(Json::ok).map_err(told)
}

async fn rename(
    app: App,
    (Path(named), Body(request)): (Path<Named>, Body<RenameProfileRequest>),
) -> Result<Json<ProfileMutationResponse>, Error> {
    let renamed = at(&app, move |desk| {
        desk.rename_profile(&named.name, &request.new_name)
    });
    renamed.await.map(Json::ok)
}

async fn activate(
    app: App,
    Path(named): Path<Named>,
) -> Result<Json<ActivateProfileResponse>, Error> {
    let activated = at(&app, move |desk| desk.activate_profile(&named.name));
    activated.await.map(Json::ok)
}
