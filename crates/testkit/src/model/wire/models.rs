//! The list of models, in the provider's shape.

use serde_json::{Value, json};

use super::CREATED;

/// The name every model here answers to; any other is answered too.
const NAME: &str = "scripted";

/// The answer to `GET /v1/models`.
pub(in crate::model) fn models(anthropic: bool) -> Value {
    if anthropic {
        return json!({
            "data": [{
                "type": "model",
                "id": NAME,
                "display_name": NAME,
                "created_at": "2026-01-01T12:00:00Z",
            }],
            "has_more": false,
            "first_id": NAME,
            "last_id": NAME,
        });
    }
    json!({
        "object": "list",
        "data": [{"id": NAME, "object": "model", "created": CREATED, "owned_by": "testkit"}],
    })
}
