//! The `finish` tool: the last word of a task. What it means for the loop is the agent's affair.

use std::sync::LazyLock;

use domain::{Annotations, Content, FinishAction, FinishObservation, Parameters, ToolSpec};
use serde_json::json;

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
    let schema = json!({
        "type": "object",
        "properties": {
            "message": {
                "type": "string",
                "description": "What the user is told at the end.",
            },
        },
        "required": ["message"],
    });
    schema.into()
});

/// The tool as models and clients see it.
pub(crate) fn spec() -> ToolSpec {
    ToolSpec {
        name: "finish".to_owned(),
        description: "Ends the task and hands the word back to the user.

Call it when everything that was asked for is done, or when you cannot go on without the user. In the message, say what you did and what came of it, what is left and why, and what you need from the user, if anything."
            .into(),
        parameters: PARAMETERS.clone(),
        annotations: Some(Annotations {
            title: Some("finish".to_owned()),
            read_only_hint: true,
            destructive_hint: false,
            idempotent_hint: true,
            open_world_hint: false,
        }),
        kind: "FinishTool".to_owned(),
        action_kind: "FinishAction".to_owned(),
        observation_kind: "FinishObservation".to_owned(),
    }
}

/// What finishing is answered with: the message itself.
pub(crate) fn run(action: &FinishAction) -> FinishObservation {
    FinishObservation {
        content: vec![Content::text(action.message.clone())],
        is_error: false,
    }
}
