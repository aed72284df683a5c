//! Children: conversations that one conversation starts, with its settings and a task of their own.

use domain::{ConversationId, Message, WorktreePoint};
use http_kit::{Body, Error, Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{One, create};
use crate::app::{App, refused};

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "StartChildConversationRequest")]
pub(super) struct Asked {
    #[schemars(length(min = 1))]
    task: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    isolation: Isolation,
}

/// Whether a child has a working copy of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Isolation {
    #[default]
    Worktree,
    Shared,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StartChildConversationResponse")]
pub(super) struct Started {
    conversation_id: Uuid,
    parent_conversation_id: Uuid,
    status: String,
    title: Option<String>,
    url: Option<String>,
    workspace: Option<String>,
    isolation: Option<Isolation>,
}

pub(super) async fn start(
    app: App,
    (Path(one), Body(asked)): (Path<One>, Body<Asked>),
) -> Result<Json<Started>, Error> {
    let parent = app.open(one.id()).await.map_err(|error| {
        if error.status() == axum::http::StatusCode::NOT_FOUND {
            return Error::not_found("Parent conversation not found");
        }
        error
    })?;
    let place = app.runs().enter()?;
    let id = ConversationId(app.clock().uuid());
    let mut start = (*parent.glance().start).clone();
    let apart = match asked.isolation {
        Isolation::Worktree => {
            let directory = std::path::Path::new(&start.workspace.working_dir);
            create::worktree(&app, id, directory, WorktreePoint::DefaultBranch, None).await?
        }
        Isolation::Shared => None,
    };
    let isolation = match &apart {
        Some(_) => Isolation::Worktree,
        None => Isolation::Shared,
    };
    if let Some(directory) = apart {
        start.workspace.working_dir = directory;
    }
    start = start.opened(&*app.ports().vault);
    start.id = id;
    start.title = asked.title;
    start.created_at = 0;
    start.forked_from = None;
    start.parent = Some(one.id());
    let workspace = start.workspace.working_dir.clone();
    let task = Message::user(asked.task);
    create::begin(&app, start, Some((true, task)), Some(place)).await?;
    let glance = app.conversations().glance(id).await.map_err(refused)?;
    Ok(Json::created(Started {
        conversation_id: id.0,
        parent_conversation_id: one.id().0,
        status: glance.status.to_string(),
        title: glance.start.title.clone(),
        url: None,
        workspace: Some(workspace),
        isolation: Some(isolation),
    }))
}
