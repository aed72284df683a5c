//! Skills: those a conversation starts with, those that are installed, and those that can be.

use extensions::{
    InstallSkillRequest, Installation, InstalledSkillResponse, InstalledSkillsListResponse, Kind,
    SkillCatalogResponse, SkillsMarketplaceCatalogResponse, SkillsRequest, SkillsResponse,
    SyncResponse, UninstallSkillResponse, UpdateSkillResponse, UpdateSkillStateRequest,
    UpdateSkillStateResponse,
};
use http_kit::{Api, Body, Error, Json, Path};
use schemars::JsonSchema;
use serde::Deserialize;

use super::extension::{Voice, failed};
use crate::app::App;

const VOICE: Voice = Voice {
    what: "Skill",
    taken: "Skill already installed. Use force=true to overwrite.",
    unreachable: "Failed to fetch skill source. Check that the source is valid.",
    invalid: "Invalid skill. Ensure the source contains a valid SKILL.md.",
};

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    let one = "/api/skills/installed/{skill_name}";
    Api::tagged("Skills")
        .post("/api/skills", "get_skills", load)
        .get("/api/skills/catalog", "get_skill_catalog", catalog)
        .post("/api/skills/sync", "sync_skills", sync)
        .post("/api/skills/install", "install_skill_endpoint", install)
        .or(400, "Failed to fetch skill source")
        .or(409, "Skill already installed (use force=true)")
        .or(422, "Invalid skill (missing SKILL.md, etc.)")
        .get(
            "/api/skills/installed",
            "list_installed_skills_endpoint",
            list,
        )
        .get(one, "get_installed_skill_endpoint", get)
        .or(404, "Skill not installed")
        .patch(one, "set_skill_enabled_endpoint", switch)
        .or(404, "Skill not installed")
        .delete(one, "uninstall_skill_endpoint", uninstall)
        .or(404, "Skill not installed")
        .post(&format!("{one}/refresh"), "refresh_skill_endpoint", refresh)
        .or(400, "Failed to fetch the skill's recorded source")
        .or(404, "Skill not installed")
        .get(
            "/api/skills/marketplace",
            "get_marketplace_catalog",
            marketplace,
        )
}

#[derive(Deserialize, JsonSchema)]
struct One {
    /// Skill name (lowercase alphanumeric, hyphens)
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")
    )]
    skill_name: String,
}

async fn load(app: App, Body(asked): Body<SkillsRequest>) -> Result<Json<SkillsResponse>, Error> {
    let found = app.extensions().skills(asked).await.map_err(failed)?;
    Ok(Json::ok(SkillsResponse {
        skills: found.skills.iter().map(extensions::Skill::info).collect(),
        sources: found.sources,
    }))
}

async fn catalog(app: App, (): ()) -> Result<Json<SkillCatalogResponse>, Error> {
    let catalog = app.extensions().skill_catalog().await;
    catalog.map(Json::ok).map_err(failed)
}

async fn sync(app: App, (): ()) -> Result<Json<SyncResponse>, Error> {
    app.extensions().sync().await.map(Json::ok).map_err(failed)
}

async fn install(
    app: App,
    Body(asked): Body<InstallSkillRequest>,
) -> Result<Json<InstalledSkillResponse>, Error> {
    let installed = app.extensions().install(Kind::Skill, asked.into()).await;
    shown(installed.map_err(|error| VOICE.uninstalled(&error)))
}

async fn list(app: App, (): ()) -> Result<Json<InstalledSkillsListResponse>, Error> {
    let installed = app.extensions().installed(Kind::Skill).await;
    let skills = installed.map_err(failed)?;
    Ok(Json::ok(InstalledSkillsListResponse {
        skills: skills.into_iter().map(Into::into).collect(),
    }))
}

async fn get(app: App, Path(one): Path<One>) -> Result<Json<InstalledSkillResponse>, Error> {
    let installed = app.extensions().one(Kind::Skill, one.skill_name).await;
    shown(installed.map_err(|error| VOICE.uninstalled(&error)))
}

async fn switch(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<UpdateSkillStateRequest>),
) -> Result<Json<UpdateSkillStateResponse>, Error> {
    let (name, enabled) = (one.skill_name, asked.enabled);
    let switched = app.extensions().switch(Kind::Skill, name.clone(), enabled);
    switched.await.map_err(|error| VOICE.uninstalled(&error))?;
    Ok(Json::ok(UpdateSkillStateResponse { name, enabled }))
}

async fn uninstall(
    app: App,
    Path(One { skill_name: name }): Path<One>,
) -> Result<Json<UninstallSkillResponse>, Error> {
    let removed = app.extensions().uninstall(Kind::Skill, name.clone()).await;
    removed.map_err(|error| VOICE.uninstalled(&error))?;
    let message = format!("Skill '{name}' uninstalled");
    Ok(Json::ok(UninstallSkillResponse { message }))
}

async fn refresh(
    app: App,
    Path(One { skill_name: name }): Path<One>,
) -> Result<Json<UpdateSkillResponse>, Error> {
    let refreshed = app.extensions().refresh(Kind::Skill, name.clone()).await;
    let skill = refreshed.map_err(|error| VOICE.unrefreshed(&name, &error))?;
    Ok(Json::ok(UpdateSkillResponse {
        message: format!("Skill '{name}' updated"),
        skill: skill.into(),
    }))
}

async fn marketplace(app: App, (): ()) -> Result<Json<SkillsMarketplaceCatalogResponse>, Error> {
    let listed = app.extensions().skills_marketplace().await;
    listed.map(Json::ok).map_err(failed)
}

fn shown(installed: Result<Installation, Error>) -> Result<Json<InstalledSkillResponse>, Error> {
    installed.map(|info| Json::ok(info.into()))
}
