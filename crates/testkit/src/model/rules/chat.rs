//! What OpenAI's chat completions refuse.

use serde_json::Value;

use super::{Verdict, items, malformed, plain, refuse, text};

const PATTERN: &str =
    "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.";

pub(super) fn check(body: &Value) -> Verdict {
    let messages = items(&body["messages"]);
    if messages.is_empty() {
        return refuse("[] is too short - 'messages'");
    }
    for (at, tool) in items(&body["tools"]).iter().enumerate() {
        if !plain(text(&tool["function"], "name")) {
            return refuse(format!("Invalid 'tools[{at}].function.name': {PATTERN}"));
        }
    }
    // Calls of the last reply that have no result yet.
    let mut open: Vec<&str> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let role = text(message, "role");
        if role == "tool" {
            answer(&mut open, text(message, "tool_call_id"), at)?;
            continue;
        }
        nothing_open(&open)?;
        match role {
            "assistant" => open = calls(message, at)?,
            "system" | "developer" | "user" => spoken(message, at)?,
            other => {
                return refuse(format!(
                    "Invalid value: '{other}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'."
                ));
            }
        }
    }
    nothing_open(&open)
}

fn answer(open: &mut Vec<&str>, id: &str, at: usize) -> Verdict {
    match open.iter().position(|call| *call == id) {
        Some(call) => {
            open.remove(call);
            Ok(())
        }
        None => malformed(format!(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls' (messages.[{at}], '{id}')."
        )),
    }
}

fn nothing_open(open: &[&str]) -> Verdict {
    if open.is_empty() {
        return Ok(());
    }
    malformed(format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {}",
        open.join(", ")
    ))
}

fn calls(message: &Value, at: usize) -> Result<Vec<&str>, super::Failure> {
    let calls = items(&message["tool_calls"]);
    if calls.is_empty() {
        spoken(message, at)?;
    }
    for (index, call) in calls.iter().enumerate() {
        if !plain(text(&call["function"], "name")) {
            refuse(format!(
                "Invalid 'messages[{at}].tool_calls[{index}].function.name': {PATTERN}"
            ))?;
        }
        if !call["function"]["arguments"].is_string() {
            refuse(format!(
                "Invalid type for 'messages[{at}].tool_calls[{index}].function.arguments': expected a string."
            ))?;
        }
    }
    Ok(calls.iter().map(|call| text(call, "id")).collect())
}

fn spoken(message: &Value, at: usize) -> Verdict {
    let content = &message["content"];
    if content.is_string() || content.is_array() || message["refusal"].is_string() {
        return Ok(());
    }
    refuse(format!(
        "Invalid value for 'content': expected a string, got null. (messages.[{at}])"
    ))
}
