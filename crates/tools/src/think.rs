//! The `think` tool: a thought is logged by being an event; nothing else happens.

use std::sync::LazyLock;

use domain::{Annotations, Content, Parameters, ThinkObservation, ToolSpec};
use serde_json::json;

static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
    let schema = json!({
        "type": "object",
        "properties": {
            "thought": {
                "type": "string",
                "description": "The thought.",
            },
        },
        "required": ["thought"],
    });
    schema.into()
});

/// The tool as models and clients see it.
pub(crate) fn spec() -> ToolSpec {
    ToolSpec {
        name: "think".to_owned(),
        description: "Writes a thought down. It reads nothing and changes nothing; it gives you room to reason in the open.

Use it to weigh several ways to fix something, to work out why a test fails from what you have seen so far, to plan a larger change, or to note what you must not forget."
            .into(),
        parameters: PARAMETERS.clone(),
        annotations: Some(Annotations {
            title: None,
            read_only_hint: true,
            destructive_hint: false,
            idempotent_hint: true,
            open_world_hint: false,
        }),
        kind: "ThinkTool".to_owned(),
        action_kind: "ThinkAction".to_owned(),
        observation_kind: "ThinkObservation".to_owned(),
    }
}

/// What a thought is answered with.
pub(crate) fn run() -> ThinkObservation {
    ThinkObservation {
        content: vec![Content::text("Your thought has been logged.")],
        is_error: false,
    }
}
