//! What `base_state.json` and `meta.json` say, as a start, and the other way round. Knows no file.

use std::collections::BTreeMap;

use domain::{
    ConversationId, EventId, Glance, Map, Origination, SecretSource, Start, Stats, Vault,
    WorkspaceSpec,
};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Where keys are kept that this engine does not read.
const KEPT: &str = "original";

/// The state of a conversation of the original.
pub(super) struct State {
    pub start: Start,
    pub stats: Stats,
    /// The head of the event tree, if it is given.
    pub leaf: Option<EventId>,
    /// Whether the head was moved before every event.
    pub head_is_empty: bool,
}

/// Which of the two files is wrong, and how.
pub(super) enum Wrong {
    BaseState(String),
    Meta(String),
}

/// The keys of one file, taken out one after the other.
struct Keys {
    map: Map,
    wrong: fn(String) -> Wrong,
}

impl Keys {
    fn take<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>, Wrong> {
        match self.map.shift_remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| (self.wrong)(format!("{key}: {error}"))),
        }
    }

    fn look<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Wrong> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::deserialize(value)
                .map(Some)
                .map_err(|error| (self.wrong)(format!("{key}: {error}"))),
        }
    }
}

/// Reads both files; `made` is when the conversation was made, if `meta.json` does not say.
pub(super) fn read(base: Option<Map>, meta: Option<Map>, made: i64) -> Result<State, Wrong> {
    let mut base = Keys {
        map: base.unwrap_or_default(),
        wrong: Wrong::BaseState,
    };
    let mut meta = Keys {
        map: meta.unwrap_or_default(),
        wrong: Wrong::Meta,
    };
    let id = id(&mut base, &mut meta)?;
    let agent = match base.take("agent")? {
        Some(agent) => agent,
        None => meta
            .look("agent")?
            .ok_or_else(|| Wrong::BaseState("it names no agent".to_owned()))?,
    };
    let workspace = match base.take::<WorkspaceSpec>("workspace")? {
        Some(workspace) => workspace,
        None => meta
            .look("workspace")?
            .ok_or_else(|| Wrong::BaseState("it names no workspace".to_owned()))?,
    };
    let mut start = Start::new(id, agent, workspace);
    settings(&mut start, &mut base, &meta)?;
    origin(&mut start, &mut meta, made)?;
    let state = State {
        stats: base.take("stats")?.unwrap_or_default(),
        leaf: base.take("leaf_event_id")?,
        head_is_empty: base.take("head_is_empty")?.unwrap_or_default(),
        start,
    };
    Ok(keep(state, base.map, meta.map))
}

fn id(base: &mut Keys, meta: &mut Keys) -> Result<ConversationId, Wrong> {
    let ours: Option<ConversationId> = base.take("id")?;
    let theirs: Option<ConversationId> = meta.take("id")?;
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours != theirs => Err(Wrong::Meta(format!(
            "it belongs to conversation {theirs}, and base_state.json to {ours}"
        ))),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Err(Wrong::BaseState("it has no id".to_owned())),
    }
}

/// What may change while a conversation lives: the state knows it better than what it was started with.
fn settings(start: &mut Start, base: &mut Keys, meta: &Keys) -> Result<(), Wrong> {
    if let Some(policy) = base.take("confirmation_policy")? {
        start.confirmation_policy = policy;
    }
    start.security_analyzer = base.take("security_analyzer")?;
    if let Some(max) = base.take("max_iterations")? {
        start.max_iterations = max;
    }
    if let Some(stuck) = base.take("stuck_detection")? {
        start.stuck_detection = stuck;
    }
    start.tags = match base.take("tags")? {
        Some(tags) => tags,
        None => meta.look("tags")?.unwrap_or_default(),
    };
    secrets(start, base)
}

/// Sources of a kind that this engine does not know stay where they are.
fn secrets(start: &mut Start, base: &mut Keys) -> Result<(), Wrong> {
    let mut registry: Map = base.take("secret_registry")?.unwrap_or_default();
    if let Some(Value::Object(sources)) = registry.shift_remove("secret_sources") {
        let mut unknown = Map::new();
        for (name, source) in sources {
            match serde_json::from_value::<SecretSource>(source.clone()) {
                Ok(known) => {
                    start.secrets.insert(name, known);
                }
                Err(_) => {
                    unknown.insert(name, source);
                }
            }
        }
        if !unknown.is_empty() {
            registry.insert("secret_sources".to_owned(), Value::Object(unknown));
        }
    }
    if !registry.is_empty() {
        let kept = Value::Object(registry);
        base.map.insert("secret_registry".to_owned(), kept);
    }
    Ok(())
}

fn origin(start: &mut Start, meta: &mut Keys, made: i64) -> Result<(), Wrong> {
    start.title = meta.take("title")?;
    start.client_tools = meta.take("client_tools")?.unwrap_or_default();
    start.created_at = match meta.take::<String>("created_at")? {
        Some(text) => micros(&text)
            .ok_or_else(|| Wrong::Meta(format!("created_at: {text:?} is not a time")))?,
        None => made,
    };
    let event = meta.take("forked_from_event_id")?;
    let conversation: Option<ConversationId> = meta.take("forked_from_conversation_id")?;
    start.forked_from = conversation.map(|conversation| Origination {
        conversation,
        event,
        cache_key: None,
    });
    Ok(())
}

/// Keeps what nobody took, but what is made anew with every export.
fn keep(mut state: State, mut base: Map, mut meta: Map) -> State {
    for made_anew in [
        "persistence_dir",
        "execution_status",
        "last_user_message_id",
    ] {
        base.shift_remove(made_anew);
    }
    for made_anew in ["updated_at", "tags", "max_iterations"] {
        meta.shift_remove(made_anew);
    }
    let kept = json!({ "base_state": base, "meta": meta });
    state.start.rest.insert(KEPT.to_owned(), kept);
    state
}

/// Microseconds since the Unix epoch; times without a zone are in UTC.
fn micros(text: &str) -> Option<i64> {
    let zoned: Result<Timestamp, _> = text.parse();
    zoned
        .or_else(|_| format!("{text}Z").parse())
        .ok()
        .map(|stamp: Timestamp| stamp.as_microsecond())
}

/// The time as the original writes it.
fn stamp(micros: i64) -> String {
    Timestamp::from_microsecond(micros)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

/// `base_state.json` of a conversation that rests in a directory; `has_branch` says whether any event is in its tree.
pub(super) fn base_state(
    glance: &Glance,
    vault: &dyn Vault,
    directory: &str,
    has_branch: bool,
) -> Map {
    let mut start = Start::clone(&glance.start);
    for secret in start.secrets_mut() {
        *secret = secret.sealed(vault);
    }
    let mut kept = kept(&start, "base_state");
    let mut state = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            state.insert(key.to_owned(), value);
        }
    };
    put("id", value(&start.id));
    put("agent", value(&start.agent));
    put("workspace", value(&start.workspace));
    put("persistence_dir", directory.into());
    put("max_iterations", start.max_iterations.into());
    put("stuck_detection", start.stuck_detection.into());
    put("execution_status", value(&glance.status));
    put("confirmation_policy", value(&start.confirmation_policy));
    put("security_analyzer", value(&start.security_analyzer));
    put("last_user_message_id", value(&glance.last_user_message));
    put("leaf_event_id", value(&glance.leaf));
    put(
        "head_is_empty",
        (glance.leaf.is_none() && has_branch).into(),
    );
    put("stats", stats(&glance.stats));
    put(
        "secret_registry",
        registry(&start.secrets, kept.shift_remove("secret_registry")),
    );
    put("tags", value(&start.tags));
    for (key, value) in kept {
        put(&key, value);
    }
    state
}

/// The sums and lists, without the bound that nobody set.
fn stats(stats: &Stats) -> Value {
    let mut all = value(stats);
    if let Some(Value::Object(by_id)) = all.get_mut("usage_to_metrics") {
        for metrics in by_id.values_mut().filter_map(Value::as_object_mut) {
            metrics.retain(|_, value| !value.is_null());
        }
    }
    all
}

fn registry(secrets: &BTreeMap<String, SecretSource>, kept: Option<Value>) -> Value {
    let mut registry = match kept {
        Some(Value::Object(kept)) => kept,
        Some(_) | None => Map::new(),
    };
    let mut sources = Map::new();
    for (name, source) in secrets {
        sources.insert(name.clone(), value(source));
    }
    if let Some(Value::Object(unknown)) = registry.shift_remove("secret_sources") {
        sources.extend(unknown);
    }
    registry.insert("secret_sources".to_owned(), Value::Object(sources));
    Value::Object(registry)
}

/// `meta.json` of a conversation.
pub(super) fn meta(glance: &Glance) -> Map {
    let start = &glance.start;
    let mut meta = kept(start, "meta");
    let mut settle = |key: &str, value: Value| {
        meta.entry(key).or_insert(value);
    };
    settle("workspace", value(&start.workspace));
    settle("confirmation_policy", value(&start.confirmation_policy));
    settle("security_analyzer", value(&start.security_analyzer));
    settle("stuck_detection", start.stuck_detection.into());
    settle("tool_module_qualnames", modules(start));
    let forked = start.forked_from.as_ref();
    let updated = glance.updated_at.max(start.created_at);
    for (key, now) in [
        ("id", Value::from(start.id.hex())),
        ("title", value(&start.title)),
        ("max_iterations", start.max_iterations.into()),
        ("client_tools", value(&start.client_tools)),
        ("tags", value(&start.tags)),
        ("created_at", stamp(start.created_at).into()),
        ("updated_at", stamp(updated).into()),
        (
            "forked_from_conversation_id",
            value(&forked.map(|from| from.conversation.hex())),
        ),
        (
            "forked_from_event_id",
            value(&forked.map(|from| from.event.clone())),
        ),
    ] {
        meta.insert(key.to_owned(), now);
    }
    meta
}

/// Where the original finds its own tools; it looks for them by name when it takes a conversation over.
fn modules(start: &Start) -> Value {
    let mut modules = Map::new();
    for tool in &start.agent.tools {
        let package = match tool.name.as_str() {
            name @ ("terminal"
            | "file_editor"
            | "task_tracker"
            | "grep"
            | "glob"
            | "apply_patch"
            | "planning_file_editor"
            | "ask_oracle") => name,
            "browser_tool_set" => "browser_use",
            "task_tool_set" => "task",
            "workflow_tool_set" => "workflow",
            _ => continue,
        };
        let module = format!("openhands.tools.{package}.definition");
        modules.insert(tool.name.clone(), module.into());
    }
    Value::Object(modules)
}

/// What was kept of one file.
fn kept(start: &Start, file: &str) -> Map {
    let kept = start.rest.get(KEPT).and_then(|kept| kept.get(file));
    kept.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn value(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
