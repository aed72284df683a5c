//! What OpenAI's Responses refuse.

use std::collections::HashSet;

use serde_json::Value;

use super::{Verdict, items, malformed, plain, refuse, text};

pub(super) fn check(body: &Value) -> Verdict {
    let input = items(&body["input"]);
    if input.is_empty() && !body["input"].is_string() {
        return refuse("Missing required parameter: 'input'.");
    }
    for (at, tool) in items(&body["tools"]).iter().enumerate() {
        if text(tool, "type") == "function" && !plain(text(tool, "name")) {
            return refuse(format!(
                "Invalid 'tools[{at}].name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
            ));
        }
    }
    unique(input)?;
    paired(input)?;
    for (at, item) in input.iter().enumerate() {
        match text(item, "type") {
            "function_call" => call(item, at)?,
            "reasoning" => reasoning(item, input.get(at + 1), body)?,
            _ => {}
        }
    }
    Ok(())
}

fn unique(input: &[Value]) -> Verdict {
    let mut seen = HashSet::new();
    for id in input.iter().filter_map(|item| item["id"].as_str()) {
        if !seen.insert(id) {
            return refuse(format!(
                "Duplicate item found with id {id}. Remove duplicate items from your input and try again."
            ));
        }
    }
    Ok(())
}

fn paired(input: &[Value]) -> Verdict {
    let ids = |kind: &str| -> Vec<&str> {
        let items = input.iter().filter(|item| text(item, "type") == kind);
        items.map(|item| text(item, "call_id")).collect()
    };
    let (calls, outputs) = (ids("function_call"), ids("function_call_output"));
    if let Some(id) = calls.iter().find(|id| !outputs.contains(id)) {
        return malformed(format!("No tool output found for function call {id}."));
    }
    if let Some(id) = outputs.iter().find(|id| !calls.contains(id)) {
        return malformed(format!(
            "No tool call found for function call output with call_id {id}."
        ));
    }
    Ok(())
}

fn call(item: &Value, at: usize) -> Verdict {
    if let Some(id) = item["id"].as_str().filter(|id| !id.starts_with("fc")) {
        return refuse(format!(
            "Invalid 'input[{at}].id': '{id}'. Expected an ID that begins with 'fc'."
        ));
    }
    if !plain(text(item, "name")) {
        return refuse(format!(
            "Invalid 'input[{at}].name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        ));
    }
    Ok(())
}

fn reasoning(item: &Value, next: Option<&Value>, body: &Value) -> Verdict {
    let id = text(item, "id");
    let followed = next.is_some_and(|next| {
        matches!(text(next, "type"), "reasoning" | "function_call")
            || text(next, "role") == "assistant"
    });
    if !followed {
        return refuse(format!(
            "Item '{id}' of type 'reasoning' was provided without its required following item."
        ));
    }
    if body["store"] == Value::Bool(false) && !item["encrypted_content"].is_string() {
        return refuse(format!(
            "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input."
        ));
    }
    Ok(())
}
