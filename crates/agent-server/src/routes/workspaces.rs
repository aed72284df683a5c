//! The directories a person works in, and those that hold several.

use http_kit::{Api, Body, Error, Json, Query};
use schemars::JsonSchema;
use serde::Deserialize;
use settings::{
    AddWorkspaceParentsRequest, AddWorkspacesRequest, DeleteResponse, WorkspacesListResponse,
};

use super::desk::at;
use crate::app::App;

/// The operations of this resource.
pub(super) fn routes() -> Api<App> {
    Api::tagged("Workspaces")
        .get("/api/workspaces", "list_workspaces", list)
        .post("/api/workspaces", "add_workspaces", add)
        .delete("/api/workspaces", "delete_workspace", remove)
        .post(
            "/api/workspaces/parents",
            "add_workspace_parents",
            add_parents,
        )
        .delete(
            "/api/workspaces/parents",
            "delete_workspace_parent",
            remove_parent,
        )
}

async fn list(app: App, (): ()) -> Result<Json<WorkspacesListResponse>, Error> {
    at(&app, |desk| desk.workspaces()).await.map(Json::ok)
}

async fn add(
    app: App,
    Body(request): Body<AddWorkspacesRequest>,
) -> Result<Json<WorkspacesListResponse>, Error> {
    at(&app, |desk| desk.add_workspaces(request))
        .await
        .map(Json::ok)
}

async fn add_parents(
    app: App,
    Body(request): Body<AddWorkspaceParentsRequest>,
) -> Result<Json<WorkspacesListResponse>, Error> {
    let added = at(&app, |desk| desk.add_workspace_parents(request));
    added.await.map(Json::ok)
}

#[derive(Deserialize, JsonSchema)]
struct Workspace {
    /// Absolute workspace path to remove
    path: String,
}

async fn remove(app: App, Query(which): Query<Workspace>) -> Result<Json<DeleteResponse>, Error> {
    let removed = at(&app, move |desk| desk.remove_workspace(&which.path));
    removed.await.map(Json::ok)
}

#[derive(Deserialize, JsonSchema)]
struct Parent {
    /// Absolute parent path to remove
    path: String,
}

async fn remove_parent(
    app: App,
    Query(which): Query<Parent>,
) -> Result<Json<DeleteResponse>, Error> {
    let removed = at(&app, move |desk| desk.remove_workspace_parent(&which.path));
    removed.await.map(Json::ok)
}
