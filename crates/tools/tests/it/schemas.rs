//! The schemas that models and clients were given by the original, descriptions aside.

use domain::Executor;
use serde_json::{Map, Value, json};
use tools::catalog;

use super::hands::Hands;

fn recorded() -> Map<String, Value> {
    serde_json::from_str(include_str!("schemas.json")).unwrap()
}

/// A schema without its descriptions; all of them must say something.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut bare_fields = Map::new();
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if name == "description" => assert!(text.len() > 10),
                    Some(_) | None => {
                        bare_fields.insert(name.clone(), bare(value));
                    }
                }
            }
            Value::Object(bare_fields)
        }
        Value::Array(items) => items.iter().map(bare).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

#[test]
fn every_tool_has_the_recorded_schema() {
    let hands = Hands::new();
    let recorded = recorded();
    for spec in hands.local().tools() {
        let mut annotations = json!(spec.annotations);
        let fields = annotations.as_object_mut().unwrap();
        fields.entry("title").or_insert(Value::Null);
        let ours = json!({
            "kind": spec.kind,
            "parameters": bare(&spec.parameters),
            "annotations": annotations,
            "action": spec.action_kind,
            "observation": spec.observation_kind,
        });
        assert_eq!(ours, recorded[&spec.name], "{}", spec.name);
        // The order of parameters is what models see, too.
        let names = |schema: &Value| -> Vec<String> {
            schema["properties"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect()
        };
        assert_eq!(
            names(&spec.parameters),
            names(&recorded[&spec.name]["parameters"])
        );
        assert!(!spec.description.is_empty());
    }
}

#[test]
fn tools_that_search_say_where() {
    let hands = Hands::new();
    for spec in hands.local().tools() {
        let says = spec
            .description
            .contains(&hands.name("").trim_end_matches('/').to_owned());
        let should = ["file_editor", "grep", "glob"].contains(&spec.name.as_str());
        assert_eq!(says, should, "{}", spec.name);
    }
}

#[test]
fn the_catalog_names_the_tools_to_choose_from() {
    let names: Vec<&str> = catalog().iter().map(|entry| entry.name).collect();
    assert!(!names.contains(&"finish") && !names.contains(&"think"));
    for name in ["terminal", "file_editor", "task_tracker", "grep", "glob"] {
        assert!(names.contains(&name), "{name}");
    }
    for entry in catalog() {
        assert!(entry.user_selectable && entry.usable && !entry.description.is_empty());
    }
}
