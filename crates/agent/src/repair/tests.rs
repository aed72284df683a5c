//! Names and arguments that models write, and what becomes of them.

use domain::{Map, ToolSpec};
use serde_json::{Value, json};

use super::{Prepared, Unusable, prepare};

fn tool(name: &str, parameters: Value) -> ToolSpec {
    ToolSpec {
        name: name.to_owned(),
        description: "".into(),
        parameters: parameters.into(),
        annotations: None,
        kind: "T".to_owned(),
        action_kind: "A".to_owned(),
        observation_kind: "O".to_owned(),
    }
}

fn tools() -> Vec<ToolSpec> {
    vec![
        tool(
            "terminal",
            json!({"type": "object", "properties": {
                "command": {"type": "string"}, "is_input": {"type": "boolean"}, "timeout": {"type": "number", "minimum": 0}},
                "required": ["command"]}),
        ),
        tool(
            "file_editor",
            json!({"type": "object", "properties": {
                "command": {"type": "string", "enum": ["view", "create", "str_replace", "insert", "undo_edit"]},
                "path": {"type": "string"}, "file_text": {"type": "string"}, "old_str": {"type": "string"},
                "new_str": {"type": "string"}, "insert_line": {"type": "integer"},
                "view_range": {"type": "array", "items": {"type": "integer"}}}, "required": ["command", "path"]}),
        ),
        tool(
            "task_tracker",
            json!({"type": "object", "properties": {
                "command": {"type": "string", "enum": ["view", "plan"]},
                "task_list": {"type": "array", "items": {"type": "object", "properties": {
                    "title": {"type": "string"}, "notes": {"type": "string"},
                    "status": {"type": "string", "enum": ["todo", "in_progress", "done"]}}, "required": ["title"]}}}}),
        ),
    ]
}

fn good(name: &str, arguments: &str) -> (String, Map) {
    let tools = tools();
    let Prepared {
        tool, arguments, ..
    } = prepare(name, arguments, &tools).unwrap();
    (tool.name.clone(), arguments)
}

fn bad(name: &str, arguments: &str) -> Unusable {
    prepare(name, arguments, &tools()).unwrap_err()
}

#[test]
fn calls_that_are_right_stay_as_they_are() {
    let (name, arguments) = good(
        "terminal",
        r#"{"command": "ls", "summary": "List", "security_risk": "LOW"}"#,
    );
    assert_eq!(
        (name.as_str(), Value::Object(arguments)),
        ("terminal", json!({"command": "ls"}))
    );
}

#[test]
fn names_that_are_nearly_right_find_their_tool() {
    let table = [
        (
            "bash",
            r#"{"command": "ls"}"#,
            "terminal",
            json!({"command": "ls"}),
        ),
        (
            "execute_bash",
            r#"{"command": "ls"}"#,
            "terminal",
            json!({"command": "ls"}),
        ),
        (
            "git",
            r#"{"command": "status"}"#,
            "terminal",
            json!({"command": "git status"}),
        ),
        (
            "git",
            r#"{"command": "git status"}"#,
            "terminal",
            json!({"command": "git status"}),
        ),
        (
            "git",
            r#"{"command": "github status"}"#,
            "terminal",
            json!({"command": "git github status"}),
        ),
        ("reset", "", "terminal", json!({"command": "reset"})),
        ("pwd", "{}", "terminal", json!({"command": "pwd"})),
        (
            "grep",
            r#"{"pattern": "it's"}"#,
            "terminal",
            json!({"command": r"grep -rn -e 'it'\''s' '.'"}),
        ),
        (
            "terminal</function>",
            r#"{"command": "ls"}"#,
            "terminal",
            json!({"command": "ls"}),
        ),
        (
            "str_replace </parameter",
            r#"{"path": "/a", "old_str": "x"}"#,
            "file_editor",
            json!({"path": "/a", "old_str": "x", "command": "str_replace"}),
        ),
        (
            "file_editor",
            r#"{"path": "/a"}"#,
            "file_editor",
            json!({"path": "/a", "command": "view"}),
        ),
        (
            "file_editor",
            r#"{"path": "/a", "insert_line": 3, "new_str": "x"}"#,
            "file_editor",
            json!({"path": "/a", "insert_line": 3, "new_str": "x", "command": "insert"}),
        ),
        (
            "file_editor",
            r#"{"path": "/a", "file_text": ""}"#,
            "file_editor",
            json!({"path": "/a", "file_text": "", "command": "create"}),
        ),
    ];
    for (name, text, wanted, arguments) in table {
        let (found, got) = good(name, text);
        assert_eq!(
            (found.as_str(), Value::Object(got)),
            (wanted, arguments),
            "{name} {text}"
        );
    }
}

#[test]
fn values_of_nearly_the_right_type_are_mended() {
    let table = [
        (
            "terminal",
            "{\"command\": \"a\nb\tc\"}",
            json!({"command": "a\nb\tc"}),
        ),
        (
            "terminal",
            r#"{"command": "x", "timeout": null}"#,
            json!({"command": "x"}),
        ),
        (
            "terminal",
            r#"{"command": "x", "timeout": "30"}"#,
            json!({"command": "x", "timeout": 30.0}),
        ),
        (
            "terminal",
            r#"{"command": "x", "is_input": "true"}"#,
            json!({"command": "x", "is_input": true}),
        ),
        (
            "terminal",
            r#"{"command": ["a", "b"]}"#,
            json!({"command": "a\nb"}),
        ),
        (
            "terminal",
            r#"{"command": "x"} trailing }"#,
            json!({"command": "x"}),
        ),
        (
            "terminal",
            r#""{\"command\": \"x\"}""#,
            json!({"command": "x"}),
        ),
        (
            "file_editor",
            r#"{"command": "view", "path": "/a", "view_range": "[1, 2]"}"#,
            json!({"command": "view", "path": "/a", "view_range": [1, 2]}),
        ),
        (
            "file_editor",
            r#"{"command": "view", "path": "/a", "view_range": "[1, 2]] oops"}"#,
            json!({"command": "view", "path": "/a", "view_range": [1, 2]}),
        ),
        (
            "task_tracker",
            r#"{"command": "plan", "task_list": [{"title": "a", "status": "Completed"}, {"title": "b", "status": "in progress"}]}"#,
            json!({"command": "plan", "task_list": [{"title": "a", "status": "done"}, {"title": "b", "status": "in_progress"}]}),
        ),
    ];
    for (name, text, wanted) in table {
        assert_eq!(Value::Object(good(name, text).1), wanted, "{name} {text}");
    }
}

#[test]
fn a_misspelt_risk_is_still_a_risk() {
    let tools = tools();
    let prepared = prepare(
        "terminal",
        r#"{"command": "x", "security_riks": "HIGH"}"#,
        &tools,
    )
    .unwrap();
    assert_eq!(prepared.risk.as_deref(), Some("HIGH"));
}

#[test]
fn what_cannot_be_mended_is_said_without_repeating_values() {
    assert_eq!(
        bad("bogus", r#"{"a": 1}"#).error,
        "Tool 'bogus' not found. Available: ['terminal', 'file_editor', 'task_tracker']"
    );
    let error = bad(
        "file_editor",
        r#"{"command": "sing", "path": 7, "colour": "sk-secret-value"}"#,
    )
    .error;
    assert_eq!(
        error,
        "Error validating tool 'file_editor': `command` must be one of view, create, str_replace, insert, undo_edit; \
         `path` must be a string; `colour` is not a parameter. Parameters provided: ['command', 'path', 'colour']"
    );
    let unparseable = bad("terminal", r#"{"command": "x"#);
    assert!(
        unparseable.malformed && unparseable.error.ends_with("Arguments: unparseable JSON"),
        "{unparseable:?}"
    );
    assert!(bad("file_editor", "{}").error.contains("cannot be told"));
    assert!(bad("terminal", "[1]").malformed);
    assert!(
        bad("terminal", r#"{"command": "x", "timeout": -1}"#)
            .error
            .contains("at least 0")
    );
}
