//! Events as a person sees them.

use serde_json::{Value, json};

use super::*;
use crate::render::print;

fn read(mut value: Value) -> Event {
    let object = value.as_object_mut().unwrap();
    for (name, default) in [
        ("id", json!("6ba592d1-00fc-441f-aeb6-fdc35c5c11c1")),
        ("timestamp", json!("2026-11-20T11:39:35.047833")),
        ("source", json!("agent")),
    ] {
        object.entry(name).or_insert(default);
    }
    Event::parse(value.to_string().as_bytes()).unwrap()
}

fn call(tool: &str, action: &Value, more: &Value) -> Event {
    let mut value = json!({
        "kind": "ActionEvent",
        "thought": [],
        "action": action,
        "tool_name": tool,
        "tool_call_id": "c1",
        "tool_call": { "id": "c1", "name": tool, "arguments": "{\"a\": 1, \"b\": \"x\"}", "origin": "completion" },
        "llm_response_id": "r1",
    });
    for (name, field) in more.as_object().unwrap() {
        value[name] = field.clone();
    }
    read(value)
}

fn result(observation: &Value) -> Event {
    read(json!({
        "kind": "ObservationEvent",
        "source": "environment",
        "tool_name": "t",
        "tool_call_id": "c1",
        "action_id": "a1",
        "observation": observation,
    }))
}

#[track_caller]
fn check(event: &Event, expected: &str) {
    let detail = Detail {
        root: Some("/work".to_owned()),
        ..Detail::default()
    };
    let shown = print(
        &super::event(event, &Look::plain(), &detail),
        &Look::plain(),
    );
    assert_eq!(shown, expected);
}

fn content(text: &str) -> Value {
    json!([{ "cache_prompt": false, "type": "text", "text": text }])
}

#[test]
fn commands_look_like_commands() {
    let action =
        json!({ "kind": "TerminalAction", "command": "cd src &&\nmake\x1b[2J", "is_input": false });
    check(
        &call("terminal", &action, &json!({})),
        "\n$ cd src &&\n  make\n",
    );
    let keys = json!({ "kind": "TerminalAction", "command": "C-c", "is_input": true });
    check(
        &call("terminal", &keys, &json!({})),
        "\n\u{25cf} type C-c\n",
    );
    let wait = json!({ "kind": "TerminalAction", "command": "" });
    check(
        &call("terminal", &wait, &json!({})),
        "\n\u{25cf} wait for more output\n",
    );
}

#[test]
fn a_thought_stands_before_its_action() {
    let action = json!({ "kind": "TerminalAction", "command": "ls" });
    let thought = json!({ "thought": content("I look around."), "reasoning_content": "hm" });
    check(
        &call("terminal", &action, &thought),
        "\nI look around.\n\n$ ls\n",
    );
}

#[test]
fn outputs_stand_behind_a_gutter_with_their_exit_code() {
    let good = json!({ "kind": "TerminalObservation", "content": content("a\nb"), "exit_code": 0 });
    check(&result(&good), "\u{2502} a\n\u{2502} b\n");
    let bad = json!({ "kind": "TerminalObservation", "content": content("no"), "exit_code": 2 });
    check(
        &result(&bad),
        "\u{2502} no\n\u{2502} \u{2717} exit code 2\n",
    );
    let slow = json!({ "kind": "TerminalObservation", "content": content(""), "exit_code": -1, "timeout": true });
    check(&result(&slow), "\u{2502} \u{2026} still running\n");
}

#[test]
fn edits_are_diffs() {
    let edit = json!({
        "kind": "FileEditorObservation", "command": "str_replace", "path": "/work/a.py",
        "content": content("edited"), "old_content": "x = 1\n", "new_content": "x = 2\n",
    });
    check(
        &result(&edit),
        "\u{2502} +1 -1\n\u{2502}   1 - x = 1\n\u{2502}   1 + x = 2\n",
    );
    let view = json!({
        "kind": "FileEditorObservation", "command": "view", "path": "/work/a.py",
        "content": content("Here's the result\n     1\tx\n     2\ty"),
    });
    check(&result(&view), "\u{2502} 2 lines\n");
    let wrong = json!({
        "kind": "FileEditorObservation", "command": "view", "is_error": true,
        "content": content("no such file"),
    });
    check(&result(&wrong), "\u{2502} no such file\n");
}

#[test]
fn paths_are_seen_from_the_workspace() {
    let action = json!({ "kind": "FileEditorAction", "command": "view", "path": "/work/src/a.py", "view_range": [3, 9] });
    check(
        &call("file_editor", &action, &json!({})),
        "\n\u{25cf} read src/a.py lines 3 to 9\n",
    );
    let action =
        json!({ "kind": "FileEditorAction", "command": "create", "path": "/workshop/a.py" });
    check(
        &call("file_editor", &action, &json!({})),
        "\n\u{25cf} write /workshop/a.py\n",
    );
}

#[test]
fn tools_nobody_knows_show_their_arguments() {
    let action = json!({ "kind": "AcmeAction", "a": 1 });
    check(
        &call("acme", &action, &json!({})),
        "\n\u{25cf} acme a=1 b=x\n",
    );
    check(
        &call("acme", &action, &json!({ "summary": "order anvils" })),
        "\n\u{25cf} acme order anvils\n",
    );
    check(
        &call("acme", &Value::Null, &json!({})),
        "\n\u{25cf} acme (not a valid call)\n",
    );
}

#[test]
fn the_person_is_marked_and_the_engine_is_quiet() {
    let message = |role: &str, source: &str| {
        read(json!({
            "kind": "MessageEvent", "source": source,
            "llm_message": { "role": role, "content": content("one\ntwo") },
        }))
    };
    check(&message("user", "user"), "\n\u{203a} one\n  two\n");
    check(&message("assistant", "agent"), "\none\ntwo\n");
    check(
        &read(
            json!({ "kind": "ConversationStateUpdateEvent", "key": "execution_status", "value": "running" }),
        ),
        "",
    );
}

#[test]
fn failures_say_why() {
    check(
        &read(
            json!({ "kind": "AgentErrorEvent", "tool_name": "t", "tool_call_id": "c", "error": "Tool 'x' not found." }),
        ),
        "\u{2717} Tool 'x' not found.\n",
    );
    check(
        &read(
            json!({ "kind": "UserRejectObservation", "tool_name": "t", "tool_call_id": "c", "action_id": "a", "rejection_reason": "not that one" }),
        ),
        "\u{2717} refused: not that one\n",
    );
    check(
        &read(
            json!({ "kind": "ConversationErrorEvent", "code": "MaxIterationsReached", "detail": "Too many steps." }),
        ),
        "\n\u{2717} Too many steps. (MaxIterationsReached)\n",
    );
}

/// Every event that was ever recorded can be shown, short and in full, and never with a control character.
#[test]
fn every_recorded_event_can_be_shown() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/events");
    let mut shown = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            let event = Event::parse(line.as_bytes()).unwrap();
            for full in [false, true] {
                let detail = Detail {
                    full,
                    ..Detail::default()
                };
                let lines = super::event(&event, &Look::plain(), &detail);
                let text = print(&lines, &Look::plain());
                assert!(
                    !text.chars().any(|c| c.is_control() && c != '\n'),
                    "{text:?}"
                );
                shown += lines.len();
            }
        }
    }
    assert!(shown > 500);
}
