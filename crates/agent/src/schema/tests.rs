//! What models are shown of a tool, and what is wrong with their arguments.

use domain::{Annotations, Map, ToolSpec};
use serde_json::{Value, json};

use super::{faults, for_model, takes};

fn tool(parameters: Value, read_only: bool) -> ToolSpec {
    ToolSpec {
        name: "t".to_owned(),
        description: "T.".into(),
        parameters: parameters.into(),
        annotations: Some(Annotations {
            read_only_hint: read_only,
            ..Annotations::default()
        }),
        kind: "TTool".to_owned(),
        action_kind: "TAction".to_owned(),
        observation_kind: "TObservation".to_owned(),
    }
}

fn keys(tool: &ToolSpec, ask_risk: bool) -> Vec<String> {
    let schema = for_model(tool, ask_risk);
    schema.parameters["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

#[test]
fn a_model_is_asked_what_a_call_is_for_and_how_risky_it_is() {
    let own =
        json!({"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]});
    assert_eq!(
        keys(&tool(own.clone(), false), true),
        ["security_risk", "summary", "path"]
    );
    assert_eq!(keys(&tool(own.clone(), false), false), ["summary", "path"]);
    assert_eq!(
        keys(&tool(own.clone(), true), true),
        ["summary", "path"],
        "reading is no risk"
    );
    assert_eq!(
        for_model(&tool(own, false), true).parameters["required"],
        json!(["path"])
    );
}

#[test]
fn a_tool_keeps_a_summary_of_its_own() {
    let own = json!({"type": "object", "properties": {"summary": {"type": "integer"}}});
    let schema = for_model(&tool(own, true), true);
    assert_eq!(
        schema.parameters["properties"]["summary"],
        json!({"type": "integer"})
    );
}

fn check(schema: &Value, arguments: Value, wanted: &[&str]) {
    let arguments: Map = serde_json::from_value(arguments).unwrap();
    assert_eq!(faults(schema, &arguments), wanted, "{arguments:?}");
}

#[test]
fn everything_wrong_is_said_in_a_line_without_values() {
    let schema = json!({"type": "object", "required": ["a"], "properties": {
        "a": {"type": "string"},
        "n": {"type": "integer", "minimum": 1},
        "e": {"type": "string", "enum": ["x", "y"]},
        "l": {"type": "array", "items": {"type": "object", "properties": {"b": {"type": "boolean"}}, "required": ["b"]}},
        "o": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    }});
    check(
        &schema,
        json!({"a": "", "n": 2, "e": "x", "l": [{"b": true}], "o": null}),
        &[],
    );
    check(&schema, json!({}), &["`a` is required"]);
    check(&schema, json!({"a": 5}), &["`a` must be a string"]);
    check(
        &schema,
        json!({"a": "", "n": 0}),
        &["`n` must be at least 1"],
    );
    check(
        &schema,
        json!({"a": "", "n": 1.5}),
        &["`n` must be a whole number"],
    );
    check(
        &schema,
        json!({"a": "", "e": "secret"}),
        &["`e` must be one of x, y"],
    );
    check(
        &schema,
        json!({"a": "", "l": "no"}),
        &["`l` must be a list"],
    );
    check(
        &schema,
        json!({"a": "", "l": [{"b": true}, {}, {"b": 1, "c": 2}]}),
        &[
            "`l[1].b` is required",
            "`l[2].b` must be a boolean",
            "`l[2].c` is not a parameter",
        ],
    );
    check(
        &schema,
        json!({"a": "", "o": 1}),
        &["`o` fits none of the allowed forms"],
    );
}

#[test]
fn unknown_parameters_are_refused_unless_the_schema_is_open() {
    let open = json!({"type": "object", "properties": {"a": {}}, "additionalProperties": true});
    check(&open, json!({"b": 1}), &[]);
    check(
        &json!({"type": "object", "properties": {}}),
        json!({"b": 1}),
        &[],
    );
    let closed = json!({"type": "object", "properties": {}, "additionalProperties": false});
    check(&closed, json!({"b": 1}), &["`b` is not a parameter"]);
}

#[test]
fn a_schema_says_what_it_takes() {
    assert!(takes(&json!({"type": ["string", "null"]}), "null"));
    assert!(takes(
        &json!({"anyOf": [{"type": "array"}, {"type": "null"}]}),
        "array"
    ));
    assert!(!takes(&json!({}), "string"));
}
