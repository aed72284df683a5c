//! What Anthropic's messages refuse.

use std::collections::HashSet;

use serde_json::Value;

use super::{Incoming, Verdict, items, malformed, plain, refuse, text};

pub(super) fn check(incoming: &Incoming, body: &Value) -> Verdict {
    if incoming.header("anthropic-version").is_none() {
        return refuse("anthropic-version: header is required");
    }
    settings(body)?;
    let messages = items(&body["messages"]);
    if messages.is_empty() {
        return refuse("messages: at least one message is required");
    }
    let mut ids = HashSet::new();
    for (at, message) in messages.iter().enumerate() {
        let next = messages.get(at + 1);
        match text(message, "role") {
            "user" => user(message, at)?,
            "assistant" => assistant(message, next, at, &mut ids)?,
            other => {
                return refuse(format!(
                    "messages: Unexpected role \"{other}\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role."
                ));
            }
        }
        content(message, next.is_none(), at)?;
        results(message, at.checked_sub(1).map(|at| &messages[at]), at)?;
    }
    Ok(())
}

fn settings(body: &Value) -> Verdict {
    let Some(max_tokens) = body["max_tokens"].as_u64() else {
        return refuse("max_tokens: Field required");
    };
    let budget = body["thinking"]["budget_tokens"].as_u64();
    if budget.is_some_and(|budget| budget >= max_tokens) {
        return refuse(
            "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
        );
    }
    let warm = body["temperature"].as_f64().is_some_and(|t| t < 1.0);
    if budget.is_some() && warm {
        return refuse("`temperature` may only be set to 1 when thinking is enabled.");
    }
    let marks = marks(body);
    if marks > 4 {
        return refuse(format!(
            "A maximum of 4 blocks with cache_control may be provided. Found {marks}."
        ));
    }
    Ok(())
}

/// How many blocks carry a cache mark, at any depth.
fn marks(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(marks).sum(),
        Value::Object(map) => {
            let own = usize::from(map.get("cache_control").is_some_and(Value::is_object));
            own + map.values().map(marks).sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn content(message: &Value, last: bool, at: usize) -> Verdict {
    let content = &message["content"];
    let empty = content.as_str().is_some_and(str::is_empty)
        || content.as_array().is_some_and(Vec::is_empty);
    if empty && !(last && text(message, "role") == "assistant") {
        return refuse(format!(
            "messages.{at}: all messages must have non-empty content except for the optional final assistant message"
        ));
    }
    for block in items(content) {
        match (text(block, "type"), text(block, "text")) {
            ("text", "") => return refuse("messages: text content blocks must be non-empty"),
            ("text", words) if words.trim().is_empty() => {
                return refuse("messages: text content blocks must contain non-whitespace text");
            }
            _ => {}
        }
    }
    Ok(())
}

fn user(message: &Value, at: usize) -> Verdict {
    let kinds = items(&message["content"]).iter();
    let late = kinds
        .map(|block| text(block, "type") == "tool_result")
        .skip_while(|result| *result)
        .any(|result| result);
    if late {
        return malformed(format!(
            "messages.{at}: `tool_result` blocks must come before all other content"
        ));
    }
    Ok(())
}

fn assistant<'a>(
    message: &'a Value,
    next: Option<&Value>,
    at: usize,
    ids: &mut HashSet<&'a str>,
) -> Verdict {
    let answered: Vec<&str> = next
        .map(|next| items(&next["content"]))
        .unwrap_or_default()
        .iter()
        .filter(|block| text(block, "type") == "tool_result")
        .map(|block| text(block, "tool_use_id"))
        .collect();
    let mut missing = Vec::new();
    for (index, block) in items(&message["content"]).iter().enumerate() {
        let place = format!("messages.{at}.content.{index}");
        match text(block, "type") {
            "tool_use" => {
                let id = text(block, "id");
                tool_use(block, &place)?;
                if !ids.insert(id) {
                    return malformed(format!("{place}: `tool_use` ids must be unique"));
                }
                if !answered.contains(&id) {
                    missing.push(id);
                }
            }
            "thinking" if text(block, "signature").is_empty() => {
                return refuse(format!("{place}: Invalid `signature` in `thinking` block"));
            }
            _ => {}
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    malformed(format!(
        "messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
        missing.join(", ")
    ))
}

fn tool_use(block: &Value, place: &str) -> Verdict {
    if !plain(text(block, "id")) {
        return refuse(format!(
            "{place}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"
        ));
    }
    if !plain(text(block, "name")) {
        return refuse(format!(
            "{place}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{{1,200}}$'"
        ));
    }
    if !block["input"].is_object() {
        return refuse(format!(
            "{place}.tool_use.input: Input should be a valid dictionary"
        ));
    }
    Ok(())
}

fn results(message: &Value, before: Option<&Value>, at: usize) -> Verdict {
    let asked: Vec<&str> = before
        .map(|before| items(&before["content"]))
        .unwrap_or_default()
        .iter()
        .filter(|block| text(block, "type") == "tool_use")
        .map(|block| text(block, "id"))
        .collect();
    for (index, block) in items(&message["content"]).iter().enumerate() {
        let id = text(block, "tool_use_id");
        if text(block, "type") == "tool_result" && !asked.contains(&id) {
            return malformed(format!(
                "messages.{at}.content.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            ));
        }
    }
    Ok(())
}
