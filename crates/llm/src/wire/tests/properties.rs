//! What holds for every history: the rules that providers enforce, and that remembering changes nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;

use super::histories::prompts;
use super::{body, fresh, plan};
use crate::tweaks::Tweaks;
use crate::wire::Memory;

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a Value> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten().collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn ids(turn: &Value, kind: &str, key: &str) -> Vec<String> {
    let blocks = list(turn, "content");
    let of_kind = blocks.iter().filter(|b| text(b, "type") == kind);
    of_kind.map(|b| text(b, key).to_owned()).collect()
}

fn check_anthropic(sent: &Value) -> Result<(), TestCaseError> {
    let turns = list(sent, "messages");
    prop_assert_eq!(text(turns[0], "role"), "user");
    prop_assert_eq!(text(turns[turns.len() - 1], "role"), "user");
    let mut asked = Vec::new();
    for (i, turn) in turns.iter().enumerate() {
        let role = if i % 2 == 0 { "user" } else { "assistant" };
        prop_assert_eq!(text(turn, "role"), role);
        prop_assert!(!list(turn, "content").is_empty());
        prop_assert_eq!(ids(turn, "tool_result", "tool_use_id"), asked);
        asked = ids(turn, "tool_use", "id");
        check_blocks(turn)?;
    }
    prop_assert!(asked.is_empty());
    prop_assert!(sent.to_string().matches("cache_control").count() <= 4);
    Ok(())
}

fn check_blocks(turn: &Value) -> Result<(), TestCaseError> {
    let mut spoken = false;
    for block in list(turn, "content") {
        match text(block, "type") {
            "text" => {
                prop_assert!(!text(block, "text").trim().is_empty());
                spoken = true;
            }
            "tool_result" => prop_assert!(!spoken, "results come first"),
            "tool_use" => {
                prop_assert!(block["input"].is_object());
                let safe = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
                prop_assert!(text(block, "id").chars().all(safe));
            }
            "thinking" => prop_assert!(!text(block, "signature").is_empty()),
            "image" => prop_assert!(block["source"].is_object()),
            other => prop_assert_eq!(other, "redacted_thinking"),
        }
    }
    Ok(())
}

fn check_chat(sent: &Value) -> Result<(), TestCaseError> {
    let mut open: Vec<String> = Vec::new();
    for message in list(sent, "messages") {
        if text(message, "role") == "tool" {
            prop_assert!(!open.is_empty(), "a result without a call");
            prop_assert_eq!(text(message, "tool_call_id"), open.remove(0));
            prop_assert!(!message["content"].is_null());
        } else {
            prop_assert!(open.is_empty(), "calls without results: {:?}", open);
            let calls = list(message, "tool_calls");
            open = calls.iter().map(|c| text(c, "id").to_owned()).collect();
            prop_assert!(!open.is_empty() || !message["content"].is_null());
        }
        prop_assert_eq!(message.get("thinking_blocks"), None);
        for block in list(message, "content") {
            prop_assert!(text(block, "type") != "text" || !text(block, "text").is_empty());
        }
    }
    prop_assert!(open.is_empty());
    Ok(())
}

fn check_responses(sent: &Value) -> Result<(), TestCaseError> {
    let items = list(sent, "input");
    let mut open = BTreeSet::new();
    for (i, item) in items.iter().enumerate() {
        let id = text(item, "call_id").to_owned();
        match text(item, "type") {
            "function_call" => {
                prop_assert!(open.insert(id));
                prop_assert!(text(item, "id").starts_with("fc"));
            }
            "function_call_output" => prop_assert!(open.remove(&id), "one output a call"),
            "reasoning" => {
                let next = items.get(i + 1).map(|item| text(item, "type"));
                prop_assert!(matches!(next, Some("message" | "function_call")));
            }
            other => {
                prop_assert_eq!(other, "message");
                prop_assert!(open.is_empty());
            }
        }
    }
    prop_assert!(open.is_empty());
    Ok(())
}

const MODELS: [&str; 7] = [
    "anthropic/claude-opus-5",
    "anthropic/claude-sonnet-4-5",
    "openai/gpt-4o",
    "openai/mock",
    "openai/gpt-5.6",
    "mistral/large",
    "litellm_proxy/claude-opus-5",
];

proptest! {
    #[test]
    fn claude_is_answered_turn_by_turn(prompt in prompts()) {
        for model in ["anthropic/claude-opus-5", "anthropic/claude-sonnet-4-5"] {
            check_anthropic(&fresh(&plan(model), &prompt))?;
        }
    }

    #[test]
    fn every_call_of_a_chat_has_its_result(prompt in prompts()) {
        for model in ["openai/gpt-4o", "openai/mock", "mistral/large", "deepseek/deepseek-chat"] {
            check_chat(&fresh(&plan(model), &prompt))?;
        }
    }

    #[test]
    fn every_call_of_a_response_has_one_output(prompt in prompts()) {
        check_responses(&fresh(&plan("openai/gpt-5.6"), &prompt))?;
    }

    #[test]
    fn remembering_changes_nothing(
        prompt in prompts(),
        other in prompts(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        model in prop::sample::select(MODELS.to_vec()),
    ) {
        let plan = plan(model);
        let memory = Memory::default();
        let mut lengths: Vec<usize> =
            cuts.iter().map(|c| c.index(prompt.messages.len()) + 1).collect();
        lengths.push(prompt.messages.len());
        for (i, length) in lengths.into_iter().enumerate() {
            let mut asked = prompt.clone();
            asked.messages = Arc::new(prompt.messages[..length].to_vec());
            asked.cache_marks = vec![length.saturating_sub(3), length - 1];
            let tweaks = Tweaks { thoughts_from: i / 2, ..Tweaks::default() };
            let remembered = body(&plan, &asked, &tweaks, &memory);
            prop_assert_eq!(remembered, body(&plan, &asked, &tweaks, &Memory::default()));
            body(&plan, &other, &tweaks, &memory);
        }
    }
}
