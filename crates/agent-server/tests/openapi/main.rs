//! The document this server writes of itself says what the original's says, or `tests/golden/openapi/explained.txt` says why not.
#![cfg(test)]

mod differences;
mod explained;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use differences::Description;
use explained::Explained;

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/openapi")
        .join(name)
}

/// The original's document: its operations and components, a line each.
fn recorded() -> Description {
    let mut description = Description::default();
    for line in std::fs::read_to_string(golden("recorded.jsonl"))
        .unwrap()
        .lines()
    {
        let line: Map<String, Value> = serde_json::from_str(line).unwrap();
        match (line.get("operation"), line.get("component")) {
            (Some(name), _) => {
                let name = name.as_str().unwrap().to_owned();
                description.operations.insert(name, line.into());
            }
            (None, name) => {
                let name = name.unwrap().as_str().unwrap().to_owned();
                description.components.insert(name, line["schema"].clone());
            }
        }
    }
    description
}

fn ours() -> Description {
    let document = agent_server::openapi();
    let mut operations = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            operations.insert(name, operation.clone());
        }
    }
    let components = document["components"]["schemas"].as_object().unwrap();
    let components = components
        .iter()
        .map(|(name, schema)| (name.clone(), schema.clone()));
    Description {
        operations,
        components: components.collect(),
    }
}

#[test]
fn every_difference_is_explained_and_every_explanation_holds() {
    let differences = differences::between(&recorded(), &ours());
    let explained = Explained::read(&std::fs::read_to_string(golden("explained.txt")).unwrap());
    let (open, idle) = explained.against(&differences);
    assert!(
        open.is_empty() && idle.is_empty(),
        "{} differences without an explanation:\n{}\n{} explanations of nothing:\n{}",
        open.len(),
        open.join("\n"),
        idle.len(),
        idle.join("\n"),
    );
}

#[test]
fn differences_are_found_wherever_they_are() {
    let one = |schema: Value| {
        let operation = serde_json::json!({"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}});
        Description {
            operations: BTreeMap::from([("GET /a".to_owned(), operation)]),
            components: BTreeMap::from([("A".to_owned(), schema)]),
        }
    };
    let base = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": "integer", "minimum": 1.0}, "b": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    });
    assert_eq!(
        differences::between(&one(base.clone()), &one(base.clone())),
        Vec::<String>::new()
    );
    for (pointer, value, expected) in [
        (
            "/required",
            serde_json::json!(["b"]),
            vec![
                "component A: required a: only the original",
                "component A: required b: only ours",
            ],
        ),
        (
            "/additionalProperties",
            serde_json::json!(true),
            vec!["component A: additionalProperties: false != absent"],
        ),
        (
            "/properties/a/minimum",
            serde_json::json!(2),
            vec!["component A: a: minimum: 1.0 != 2"],
        ),
        (
            "/properties/a/type",
            serde_json::json!("number"),
            vec!["component A: a: type: \"integer\" != \"number\""],
        ),
        (
            "/properties/b/anyOf/0/type",
            serde_json::json!("integer"),
            vec!["component A: b: type: \"string\" != \"integer\""],
        ),
        (
            "/properties/b/anyOf/1/type",
            serde_json::json!("boolean"),
            vec![
                "component A: b: branch {\"type\":\"boolean\"}: only ours",
                "component A: b: branch {\"type\":\"null\"}: only the original",
            ],
        ),
    ] {
        let mut other = base.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        assert_eq!(
            differences::between(&one(base.clone()), &one(other)),
            expected,
            "{pointer}"
        );
    }
}
