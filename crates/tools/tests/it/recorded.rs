//! What the original answered, action by action.

use std::collections::BTreeMap;
use std::path::Path;

use domain::{Action, Executor, Observation};
use serde_json::{Value, json};

use super::hands::Hands;

/// The actions of a recording with their observations, in a workspace of our own.
fn recorded(hands: &Hands) -> Vec<(String, Value, Value)> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/events/core.jsonl");
    let log = std::fs::read_to_string(file).unwrap();
    let log = log.replace("/tmp/work", hands.name("").trim_end_matches('/'));
    let mut calls: BTreeMap<String, (String, Value)> = BTreeMap::new();
    let mut pairs = Vec::new();
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let Some(id) = event["tool_call_id"].as_str() else {
            continue;
        };
        if event["kind"] == "ActionEvent" && !event["action"].is_null() {
            let tool = event["tool_name"].as_str().unwrap().to_owned();
            calls.insert(id.to_owned(), (tool, event["action"].clone()));
        } else if event["kind"] == "ObservationEvent" {
            let (tool, action) = calls.remove(id).unwrap();
            pairs.push((tool, action, event["observation"].clone()));
        }
    }
    pairs
}

#[tokio::test]
async fn the_same_actions_give_the_same_observations() {
    let hands = Hands::new();
    let mut seen = 0;
    for (tool, action, expected) in recorded(&hands) {
        let offered = hands.local().tools().iter().any(|spec| spec.name == tool);
        // What a shell answers depends on the machine; it has tests of its own.
        if !offered || tool == "terminal" {
            continue;
        }
        let action: Action = serde_json::from_value(action).unwrap();
        let observation: Observation = hands.run(&tool, &action).await.unwrap();
        assert_eq!(json!(observation), expected, "{tool}: {action:?}");
        seen += 1;
    }
    assert!(seen >= 10, "only {seen} recorded actions were tried");
}
