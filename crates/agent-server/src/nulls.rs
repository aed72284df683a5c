//! Events as REST shows them one by one: what is absent is there as null. Elsewhere nulls are left out.

use domain::Map;
use serde_json::Value;

/// The keys that may be null, by kind.
const KINDS: &[(&str, &[&str])] = &[
    (
        "ACPToolCallEvent",
        &["status", "tool_kind", "raw_input", "raw_output", "content"],
    ),
    (
        "ActionEvent",
        &[
            "reasoning_content",
            "responses_reasoning_item",
            "action",
            "critic_result",
            "summary",
        ],
    ),
    ("AgentErrorEvent", &["classification"]),
    ("Condensation", &["summary", "summary_offset"]),
    ("ConversationErrorEvent", &["classification"]),
    (
        "HookExecutionEvent",
        &[
            "tool_name",
            "reason",
            "additional_context",
            "error",
            "action_id",
            "message_id",
            "hook_input",
        ],
    ),
    (
        "MessageEvent",
        &["llm_response_id", "sender", "critic_result"],
    ),
    ("StreamingDeltaEvent", &["content", "reasoning_content"]),
    ("SystemPromptEvent", &["dynamic_context"]),
    ("AskOracleAction", &["context"]),
    ("ConsultTomAction", &["custom_query"]),
    ("DelegateAction", &["ids", "agent_types", "tasks"]),
    (
        "FileEditorAction",
        &[
            "file_text",
            "old_str",
            "new_str",
            "insert_line",
            "view_range",
        ],
    ),
    ("GlobAction", &["path"]),
    ("GrepAction", &["path", "include"]),
    (
        "PlanningFileEditorAction",
        &[
            "file_text",
            "old_str",
            "new_str",
            "insert_line",
            "view_range",
        ],
    ),
    ("ReadFileAction", &["offset", "limit"]),
    ("StartChildConversationAction", &["title"]),
    ("TaskAction", &["description", "resume", "max_turns"]),
    ("TerminalAction", &["timeout"]),
    ("VisionInspectAction", &["profile_name"]),
    ("ApplyPatchObservation", &["commit"]),
    (
        "BrowserObservation",
        &["screenshot_data", "full_output_save_dir"],
    ),
    (
        "ClassifyAndSwitchLLMObservation",
        &["chosen_class", "model", "active_model"],
    ),
    ("ConsultTomObservation", &["confidence", "reasoning"]),
    (
        "EditObservation",
        &["file_path", "old_content", "new_content"],
    ),
    (
        "FileEditorObservation",
        &["path", "old_content", "new_content"],
    ),
    ("GrepObservation", &["include_pattern"]),
    ("ListDirectoryObservation", &["dir_path"]),
    (
        "PlanningFileEditorObservation",
        &["path", "old_content", "new_content"],
    ),
    ("ReadFileObservation", &["lines_shown", "total_lines"]),
    (
        "StartChildConversationObservation",
        &[
            "conversation_id",
            "parent_conversation_id",
            "status",
            "title",
            "url",
            "workspace",
        ],
    ),
    ("SwitchLLMObservation", &["reason", "active_model"]),
    (
        "TerminalObservation",
        &["exit_code", "full_output_save_dir"],
    ),
    (
        "VisionInspectObservation",
        &["profile_name", "model", "base_url", "answer"],
    ),
    (
        "WriteFileObservation",
        &["file_path", "old_content", "new_content"],
    ),
];

/// The keys of parts that have no kind and may be null, by the key that holds them.
const PARTS: &[(&str, &[&str])] = &[
    (
        "llm_message",
        &[
            "tool_calls",
            "tool_call_id",
            "name",
            "reasoning_content",
            "responses_reasoning_item",
        ],
    ),
    ("tool_call", &["responses_item_id"]),
    ("tool_calls", &["responses_item_id"]),
    ("annotations", &["title"]),
];

/// An event with its nulls.
pub(crate) fn kept(json: &[u8]) -> Value {
    let Ok(mut event) = serde_json::from_slice::<Value>(json) else {
        return Value::Null;
    };
    if let Value::Object(event) = &mut event
        && !event.contains_key("parent_id")
    {
        let place = event.len().min(3);
        event.shift_insert(place, "parent_id".to_owned(), Value::Null);
    }
    fill(None, &mut event);
    event
}

fn fill(held_by: Option<&str>, value: &mut Value) {
    match value {
        Value::Object(object) => fill_object(held_by, object),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(held_by, item)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fill_object(held_by: Option<&str>, object: &mut Map) {
    // What tools were called with and settings are the caller's own: nothing is added to them.
    const OWN: &[&str] = &[
        "data",
        "value",
        "parameters",
        "meta",
        "log_data",
        "hook_input",
    ];
    for (key, value) in object.iter_mut() {
        if !OWN.contains(&key.as_str()) {
            fill(Some(key), value);
        }
    }
    let kind = object.get("kind").and_then(Value::as_str);
    let nullable = match kind {
        Some(kind) => named(KINDS, kind).or_else(|| tool(object)),
        None => held_by.and_then(|key| named(PARTS, key)),
    };
    let absent: Vec<&str> = nullable
        .into_iter()
        .flatten()
        .filter(|key| !object.contains_key(**key))
        .copied()
        .collect();
    let place =
        object.len() - usize::from(object.keys().next_back().is_some_and(|key| key == "kind"));
    for (offset, key) in absent.into_iter().enumerate() {
        object.shift_insert(place + offset, key.to_owned(), Value::Null);
    }
}

/// Tools, whatever their kind, may have a `meta`.
fn tool(object: &Map) -> Option<&'static [&'static str]> {
    object.contains_key("action_type").then_some(&["meta"])
}

fn named(table: &[(&str, &'static [&'static str])], name: &str) -> Option<&'static [&'static str]> {
    let found = table.iter().find(|(kind, _)| *kind == name)?;
    Some(found.1)
}

#[cfg(test)]
mod tests;
