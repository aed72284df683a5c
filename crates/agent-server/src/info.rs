//! A conversation as REST shows it: `ConversationInfo`, nulls kept.

use std::path::Path;

use domain::{ConversationId, Glance, Map, SecretSource, Status};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::portrait::{self, Nulls};
use crate::schemas::{self, As};

/// A conversation as REST shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct ConversationInfo(
    #[schemars(with = "As<schemas::ConversationInfo>")] pub(crate) Map,
);

/// Keys of [`domain::Start::rest`] that are shown as an empty object when they are absent; others as null.
const LISTS: &[&str] = &["tool_module_qualnames"];

impl ConversationInfo {
    /// What is known of a conversation and its children. `skills` says whether those of its agent are shown.
    pub(crate) fn of(
        glance: &Glance,
        root: &Path,
        skills: bool,
        children: &[ConversationId],
    ) -> Self {
        let start = &*glance.start;
        let ledger = &*glance.ledger;
        let home = root.join(start.id.hex());
        let forked = start.forked_from.as_ref();
        let kept = |name: &str| {
            let absent = || {
                if LISTS.contains(&name) {
                    json!({})
                } else {
                    Value::Null
                }
            };
            start.rest.get(name).cloned().unwrap_or_else(absent)
        };
        let shown = json!({
            "id": start.id,
            "workspace": start.workspace,
            "persistence_dir": home,
            "max_iterations": start.max_iterations,
            "stuck_detection": start.stuck_detection,
            "execution_status": glance.status,
            "confirmation_policy": start.confirmation_policy,
            "security_analyzer": start.security_analyzer,
            "activated_knowledge_skills": ledger.activated_knowledge_skills,
            "invoked_skills": ledger.invoked_skills,
            "blocked_actions": ledger.blocked_actions,
            "blocked_messages": ledger.blocked_messages,
            "last_user_message_id": glance.last_user_message,
            "leaf_event_id": glance.leaf,
            "stats": &*glance.stats,
            "secret_registry": registry(glance, Nulls::Kept),
            "agent_state": ledger.agent_state,
            "hook_config": start.hook_config,
            "title": start.title,
            "metrics": null,
            "created_at": time(start.created_at),
            "updated_at": time(glance.updated_at),
            "forked_from_conversation_id": forked.map(|from| from.conversation),
            "forked_from_event_id": forked.and_then(|from| from.event.clone()),
            "parent_conversation_id": start.parent,
            "sub_conversation_ids": children,
            "tags": start.tags,
            "current_model_id": null,
            "available_models": [],
            "supports_runtime_model_switch": false,
            "launched_agent_profile": kept("launched_agent_profile"),
            "agent": portrait::agent(&start.agent, Nulls::Kept, skills),
            "client_tools": start.client_tools,
            "tool_module_qualnames": kept("tool_module_qualnames"),
            "runtime_info": {
                "runtime_status": "available",
                "can_resume": glance.status != Status::Deleting,
                "runtime_error": null,
            },
        });
        Self(object(shown))
    }
}

impl ConversationInfo {
    /// One that was made just now: nothing is known of its runtime yet.
    pub(crate) fn is_new(&mut self) {
        self.0.insert("runtime_info".to_owned(), Value::Null);
    }
}

/// What was written as an object.
pub(crate) fn object(value: Value) -> Map {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

/// The secrets a conversation knows, without their values.
pub(crate) fn registry(glance: &Glance, nulls: Nulls) -> Value {
    let mut sources = Map::new();
    for (name, source) in &glance.start.secrets {
        let mut shown = serde_json::to_value(source).unwrap_or_default();
        if let Value::Object(shown) = &mut shown {
            if nulls == Nulls::Kept {
                shown.entry("description").or_insert(Value::Null);
            }
            if matches!(source, SecretSource::StaticSecret { .. }) {
                match nulls {
                    Nulls::Kept => shown.insert("value".to_owned(), Value::Null),
                    Nulls::Omitted => shown.insert("value".to_owned(), domain::MASK.into()),
                };
            }
        }
        sources.insert(name.clone(), shown);
    }
    json!({ "secret_sources": sources })
}

/// A time in the form REST shows it: UTC with microseconds and `Z`.
pub(crate) fn time(micros: i64) -> String {
    let time = jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let form = if micros % 1_000_000 == 0 {
        "%Y-%m-%dT%H:%M:%SZ"
    } else {
        "%Y-%m-%dT%H:%M:%S.%6fZ"
    };
    time.strftime(form).to_string()
}
