//! Tools that the client carries out: a call of one is recorded for it to see, and answered at once.
//! Knows no client.

use domain::{ClientTool, ClientToolObservation, Content, Observation, ToolSpec};
use serde_json::{Value, json};

/// What the agent is told at once; what came of it is a later message.
const DISPATCHED: &str = "Tool call dispatched to client.";

/// All tools on offer: those of the hands and of the engine, then those of the client, but none twice.
pub(crate) fn offer(
    hands: &[ToolSpec],
    own: impl IntoIterator<Item = ToolSpec>,
    clients: &[ClientTool],
) -> Vec<ToolSpec> {
    let mut all = hands.to_vec();
    for tool in own {
        if all.iter().all(|known| known.name != tool.name) {
            all.push(tool);
        }
    }
    for tool in clients {
        if all.iter().all(|known| known.name != tool.name) {
            all.push(spec(tool));
        }
    }
    all
}

/// What is wrong with some tools of a client.
pub(crate) fn fault(clients: &[ClientTool]) -> Option<String> {
    clients.iter().enumerate().find_map(|(at, tool)| {
        let name = &tool.name;
        if name.is_empty() {
            return Some("a client tool needs a name".to_owned());
        }
        if clients[..at].iter().any(|other| other.name == *name) {
            return Some(format!("there are two client tools of the name `{name}`"));
        }
        let kind = tool.parameters.get("type");
        let object = tool.parameters.is_null() || kind.is_some_and(|kind| kind == "object");
        (!object).then(|| {
            format!(
                "the parameters of client tool `{name}` must be a JSON schema of the type `object`"
            )
        })
    })
}

/// What comes of a call here.
pub(crate) fn dispatched() -> Observation {
    Observation::ClientTool(ClientToolObservation {
        content: vec![Content::text(DISPATCHED)],
        is_error: false,
    })
}

fn spec(tool: &ClientTool) -> ToolSpec {
    ToolSpec {
        name: tool.name.clone(),
        description: tool.description.clone().into(),
        parameters: parameters(&tool.parameters).into(),
        annotations: tool.annotations.clone(),
        kind: "ClientTool".to_owned(),
        action_kind: format!("ClientAction_{}", tool.name),
        observation_kind: "ClientToolObservation".to_owned(),
    }
}

fn parameters(given: &Value) -> Value {
    let mut schema = match given {
        Value::Object(schema) => schema.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            domain::Map::new()
        }
    };
    schema.entry("type").or_insert_with(|| json!("object"));
    schema.entry("properties").or_insert_with(|| json!({}));
    Value::Object(schema)
}
