//! A conversation at a glance, put together from what the server shows of it. What the server hides stays hidden.

use std::sync::Arc;

use domain::{Glance, GoalStatus, MASK, Map, Start, Status};
use serde_json::{Value, json};

/// What REST shows of a conversation, kept up by what its socket tells.
pub(super) struct Mirror {
    shown: Map,
    goal: Option<Arc<GoalStatus>>,
}

/// What a socket tells less of than REST does, or at another time.
const REST_ONLY: [&str; 4] = ["id", "agent", "execution_status", "secret_registry"];

impl Mirror {
    /// Of what REST shows.
    pub(super) fn new(shown: Map) -> Self {
        Self { shown, goal: None }
    }

    /// REST shows this now.
    pub(super) fn renew(&mut self, shown: Map) {
        let pushed = self.shown.shift_remove("head_is_empty");
        self.shown = shown;
        if let Some(pushed) = pushed {
            self.shown.entry("head_is_empty").or_insert(pushed);
        }
    }

    /// A socket tells the state.
    pub(super) fn told(&mut self, state: Map) {
        for (key, value) in state {
            if !REST_ONLY.contains(&key.as_str()) {
                self.shown.insert(key, value);
            }
        }
    }

    /// The goal stands like this.
    pub(super) fn goal(&mut self, goal: Option<GoalStatus>) {
        self.goal = goal.map(Arc::new);
    }

    /// What it is doing, as REST said last.
    pub(super) fn status(&self) -> Status {
        self.read("execution_status")
    }

    /// A glance at it.
    pub(super) fn glance(&self, status: Status) -> Result<Glance, serde_json::Error> {
        let start = self.start()?;
        let ledger = json!({
            "activated_knowledge_skills": self.list("activated_knowledge_skills"),
            "activated_path_rules": self.list("activated_path_rules"),
            "invoked_skills": self.list("invoked_skills"),
            "blocked_actions": self.map("blocked_actions"),
            "blocked_messages": self.map("blocked_messages"),
            "agent_state": self.map("agent_state"),
        });
        Ok(Glance {
            status,
            stats: Arc::new(self.read("stats")),
            start: Arc::new(start),
            leaf: self.read("leaf_event_id"),
            last_user_message: self.read("last_user_message_id"),
            updated_at: self.micros("updated_at"),
            head_is_empty: self.read("head_is_empty"),
            ledger: Arc::new(serde_json::from_value(ledger)?),
            goal: self.goal.clone(),
        })
    }

    fn start(&self) -> Result<Start, serde_json::Error> {
        let mut agent = self.value("agent");
        bare(&mut agent);
        let secrets = self.shown.get("secret_registry");
        let secrets = secrets.and_then(|registry| registry.get("secret_sources"));
        let mut start = json!({
            "id": self.value("id"),
            "agent": agent,
            "workspace": self.value("workspace"),
            "security_analyzer": self.value("security_analyzer"),
            "secrets": secrets.filter(|secrets| secrets.is_object()).cloned().unwrap_or_else(|| json!({})),
            "client_tools": self.list("client_tools"),
            "tags": self.map("tags"),
            "title": self.value("title"),
            "parent": self.value("parent_conversation_id"),
            "hook_config": self.value("hook_config"),
            "created_at": self.micros("created_at"),
        });
        if let Some(from) = self.some("forked_from_conversation_id") {
            start["forked_from"] = json!({
                "conversation": from,
                "event": self.value("forked_from_event_id"),
            });
        }
        for key in ["confirmation_policy", "max_iterations", "stuck_detection"] {
            if let Some(value) = self.some(key) {
                start[key] = value.clone();
            }
        }
        serde_json::from_value(start)
    }

    fn some(&self, key: &str) -> Option<&Value> {
        self.shown.get(key).filter(|value| !value.is_null())
    }

    fn value(&self, key: &str) -> Value {
        self.some(key).cloned().unwrap_or_default()
    }

    fn map(&self, key: &str) -> Value {
        self.some(key).cloned().unwrap_or_else(|| json!({}))
    }

    fn list(&self, key: &str) -> Value {
        self.some(key).cloned().unwrap_or_else(|| json!([]))
    }

    /// A value, or its default if it is absent or of another kind.
    fn read<T: serde::de::DeserializeOwned + Default>(&self, key: &str) -> T {
        let value = self.some(key).cloned();
        value
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default()
    }

    fn micros(&self, key: &str) -> i64 {
        let text = self.some(key).and_then(Value::as_str);
        text.and_then(|text| text.parse::<jiff::Timestamp>().ok())
            .map_or(0, jiff::Timestamp::as_microsecond)
    }
}

/// Takes away what stands for nothing: nulls of the agent and its models, and masks of keys.
fn bare(agent: &mut Value) {
    let Value::Object(fields) = agent else {
        return;
    };
    fields.retain(|key, value| !(value.is_null() || key == "api_key" && *value == MASK));
    for key in ["llm", "condenser"] {
        if let Some(inner) = fields.get_mut(key) {
            bare(inner);
        }
    }
    if let Some(Value::Array(condensers)) = fields.get_mut("condensers") {
        condensers.iter_mut().for_each(bare);
    }
}
