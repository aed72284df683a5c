//! Which workspace a request means, and how what a workspace refuses is answered. Knows no resource.

use std::path::PathBuf;
use std::sync::Arc;

use axum::http::StatusCode;
use domain::{CommandError, ConversationId, LogError, Workspace, WorkspaceError, WorkspaceScope};
use http_kit::{Api, Error};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use crate::app::{App, refused};

/// Where the operations on one conversation's workspace begin.
const RUNTIME: &str = "/api/conversations/{runtime_conversation_id}";

/// The conversation whose workspace is meant; none for the whole machine.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Scope {
    /// Written down by [`twins`], for those paths that have it.
    #[serde(default)]
    #[schemars(skip)]
    runtime_conversation_id: Option<Uuid>,
}

/// What the paths of a conversation's workspace have.
#[derive(Deserialize, JsonSchema)]
struct Runtime {
    #[expect(dead_code, reason = "read as a part of `Scope`")]
    runtime_conversation_id: Uuid,
}

/// The operations, for the whole machine and for the workspace of a conversation.
pub(super) fn twins(operations: fn() -> Api<App>) -> Api<App> {
    operations().and(runtime(operations()))
}

/// The operations, for the workspace of a conversation.
pub(super) fn runtime(operations: Api<App>) -> Api<App> {
    operations.moved("/api", RUNTIME).within::<Runtime>()
}

impl Scope {
    /// The conversation, if one is named.
    pub(super) fn conversation(&self) -> Option<ConversationId> {
        self.runtime_conversation_id.map(ConversationId)
    }

    /// The workspace.
    pub(super) async fn workspace(&self, app: &App) -> Result<Arc<dyn Workspace>, Error> {
        let Some(id) = self.conversation() else {
            return Ok(app.workspaces().shared());
        };
        Ok(app.workspaces().scoped(scope(app, id).await?))
    }
}

/// The scope of a conversation's workspace.
async fn scope(app: &App, id: ConversationId) -> Result<WorkspaceScope, Error> {
    let kept = app.config().conversations_path.join(id.hex());
    Ok(WorkspaceScope {
        root: directory(app, id).await?,
        bash_events: kept.join("bash_events"),
    })
}

/// Ends the commands of a conversation that is about to be removed.
pub(super) async fn leave(app: &App, id: ConversationId) {
    // One that cannot be found has none.
    if let Ok(scope) = scope(app, id).await {
        app.workspaces().release(scope).await;
    }
}

/// The directory a conversation works in.
pub(super) async fn directory(app: &App, id: ConversationId) -> Result<PathBuf, Error> {
    match app.conversations().glance(id).await {
        Ok(glance) => Ok(PathBuf::from(&glance.start.workspace.working_dir)),
        Err(CommandError::NotFound(_) | CommandError::Log(LogError::NotFound(_))) => {
            Err(Error::not_found(format!("Conversation not found: {id}")))
        }
        Err(error) => Err(refused(error)),
    }
}

/// How a refusal is answered.
pub(super) fn answer(error: WorkspaceError) -> Error {
    let said = error.to_string();
    let status = match error {
        WorkspaceError::Refused(_) => StatusCode::BAD_REQUEST,
        WorkspaceError::Outside(_) => StatusCode::UNPROCESSABLE_ENTITY,
        WorkspaceError::NotFound(_) => StatusCode::NOT_FOUND,
        WorkspaceError::Forbidden(_) => StatusCode::FORBIDDEN,
        WorkspaceError::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
        WorkspaceError::Closed => StatusCode::SERVICE_UNAVAILABLE,
        WorkspaceError::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!("a workspace failed: {said}");
    }
    Error::new(status, said)
}
