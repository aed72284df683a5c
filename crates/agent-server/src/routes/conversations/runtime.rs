//! Where a conversation runs: in this process, always at hand.

use http_kit::{Error, Json, Path};
use schemars::JsonSchema;
use serde::Serialize;

use super::One;
use crate::app::{App, refused};

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConversationRuntimeInfo")]
pub(super) struct Runtime {
    runtime_status: RuntimeStatus,
    can_resume: bool,
    runtime_error: Option<RuntimeError>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConversationRuntimeStatus")]
#[serde(rename_all = "snake_case")]
enum RuntimeStatus {
    Available,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConversationRuntimeError")]
struct RuntimeError {
    code: String,
    message: String,
}

pub(super) async fn get(app: App, Path(one): Path<One>) -> Result<Json<Runtime>, Error> {
    app.conversations()
        .glance(one.id())
        .await
        .map_err(refused)?;
    Ok(Json::ok(Runtime {
        runtime_status: RuntimeStatus::Available,
        can_resume: true,
        runtime_error: None,
    }))
}
