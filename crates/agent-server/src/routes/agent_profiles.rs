//! Named ways to start an agent; one of them is always active.

use domain::Map;
use http_kit::{Api, Body, Error, Json, Optional, Path};
use schemars::JsonSchema;
use serde::Deserialize;
use settings::{
    ActivateAgentProfileResponse, AgentProfileDetailResponse, AgentProfileDiagnostics,
    AgentProfileListResponse, AgentProfileMutationResponse, MaterializeAgentProfileRequest,
    RenameAgentProfileRequest,
};

use super::desk::{at, with};
use super::profiles::Named;
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Agent Profiles")
        .get("/api/agent-profiles", "list_agent_profiles", list)
        .get("/api/agent-profiles/{name}", "get_agent_profile", show)
        .post("/api/agent-profiles/{name}", "save_agent_profile", save)
        .with(201)
        .delete("/api/agent-profiles/{name}", "delete_agent_profile", delete)
        .post(
            "/api/agent-profiles/{name}/rename",
            "rename_agent_profile",
            rename,
        )
        .post(
            "/api/agent-profiles/{profile_id}/activate",
            "activate_agent_profile",
            activate,
        )
        .post(
            "/api/agent-profiles/{name}/materialize",
            "materialize_agent_profile",
            materialize,
        )
}

async fn list(app: App, (): ()) -> Result<Json<AgentProfileListResponse>, Error> {
    at(&app, |desk| desk.agent_profiles()).await.map(Json::ok)
}

async fn show(
    app: App,
    Path(named): Path<Named>,
) -> Result<Json<AgentProfileDetailResponse>, Error> {
    let shown = at(&app, move |desk| desk.agent_profile_detail(&named.name));
    shown.await.map(Json::ok)
}

async fn save(
    app: App,
    (Path(named), Body(profile)): (Path<Named>, Body<Map>),
) -> Result<Json<AgentProfileMutationResponse>, Error> {
    let saved = at(&app, move |desk| {
        desk.save_agent_profile(&named.name, profile)
    });
    saved.await.map(Json::created)
}

async fn delete(
    app: App,
    Path(named): Path<Named>,
) -> Result<Json<AgentProfileMutationResponse>, Error> {
    let deleted = at(&app, move |desk| desk.delete_agent_profile(&named.name));
    deleted.await.map(Json::ok)
}

async fn rename(
    app: App,
    (Path(named), Body(request)): (Path<Named>, Body<RenameAgentProfileRequest>),
) -> Result<Json<AgentProfileMutationResponse>, Error> {
    let renamed = at(&app, move |desk| {
        desk.rename_agent_profile(&named.name, &request.new_name)
    });
    renamed.await.map(Json::ok)
}

#[derive(Deserialize, JsonSchema)]
struct Identified {
    #[schemars(length(min = 1, max = 128))]
    profile_id: String,
}

async fn activate(
    app: App,
    Path(identified): Path<Identified>,
) -> Result<Json<ActivateAgentProfileResponse>, Error> {
    let activated = at(&app, move |desk| {
        desk.activate_agent_profile(&identified.profile_id)
    });
    activated.await.map(Json::ok)
}

async fn materialize(
    app: App,
    (Path(named), Optional(request)): (Path<Named>, Optional<MaterializeAgentProfileRequest>),
) -> Result<Json<AgentProfileDiagnostics>, Error> {
    let given = request.unwrap_or_default();
    let body = Map::from_iter([(
        "profile".to_owned(),
        given.profile.clone().unwrap_or_default(),
    )]);
    let told = with(&app, &body, move |desk| {
        desk.materialize(&named.name, given.draft()?)
    });
    told.await.map(Json::ok)
}
