//! The state of a conversation as sockets show it: the value of a `full_state` update, nulls left out.

use std::path::Path;

use bytes::Bytes;
use domain::{Clock, Glance, Map, Stamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::info::{object, registry};
use crate::portrait::{self, Nulls};

/// The name and time of an update, so that the same one can be told twice.
#[derive(Clone)]
pub(crate) struct Snapshot {
    id: Uuid,
    stamp: Stamp,
}

impl Snapshot {
    /// A new one, of now.
    pub(crate) fn fresh(clock: &dyn Clock) -> Self {
        Self {
            id: clock.uuid(),
            stamp: clock.stamp(),
        }
    }

    /// An update of the whole state, as it is at this moment.
    pub(crate) fn render(&self, glance: &Glance, root: &Path) -> Bytes {
        let update = json!({
            "id": self.id,
            "timestamp": self.stamp,
            "source": "environment",
            "key": "full_state",
            "value": state(glance, root),
            "kind": "ConversationStateUpdateEvent",
        });
        Bytes::from(update.to_string())
    }
}

/// What was used, single calls included; bounds that nobody set are left out.
fn stats(glance: &Glance) -> Value {
    let mut stats = serde_json::to_value(&*glance.stats).unwrap_or_default();
    let users = stats
        .get_mut("usage_to_metrics")
        .and_then(Value::as_object_mut);
    for metrics in users.into_iter().flat_map(Map::values_mut) {
        if let Value::Object(metrics) = metrics {
            metrics.retain(|_, value| !value.is_null());
        }
    }
    stats
}

fn state(glance: &Glance, root: &Path) -> Map {
    let start = &*glance.start;
    let ledger = &*glance.ledger;
    let shown = json!({
        "id": start.id,
        "agent": portrait::agent(&start.agent, Nulls::Omitted, true),
        "workspace": start.workspace,
        "persistence_dir": root.join(start.id.hex()),
        "max_iterations": start.max_iterations,
        "stuck_detection": start.stuck_detection,
        "execution_status": glance.status,
        "confirmation_policy": start.confirmation_policy,
        "security_analyzer": start.security_analyzer,
        "activated_knowledge_skills": ledger.activated_knowledge_skills,
        "activated_path_rules": ledger.activated_path_rules,
        "invoked_skills": ledger.invoked_skills,
        "blocked_actions": ledger.blocked_actions,
        "blocked_messages": ledger.blocked_messages,
        "last_user_message_id": glance.last_user_message,
        "leaf_event_id": glance.leaf,
        "head_is_empty": glance.head_is_empty,
        "stats": stats(glance),
        "secret_registry": registry(glance, Nulls::Omitted),
        "tags": start.tags,
        "agent_state": ledger.agent_state,
        "hook_config": start.hook_config,
    });
    let mut shown = object(shown);
    shown.retain(|_, value| !value.is_null());
    shown
}
