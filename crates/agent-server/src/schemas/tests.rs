//! The descriptions hold for what is really sent.

use std::path::Path;

use http_kit::Form;
use serde_json::{Value, json};

use super::library::{Writer, names, with_all_it_mentions};

const WRITER: Writer<'_> = Writer {
    answers: true,
    place: "/$defs",
};

fn form(name: &str) -> Form {
    let mut schema = WRITER.reference(name);
    schema["$defs"] = with_all_it_mentions(name, WRITER).into();
    Form::new(&schema)
}

/// The recorded events, each as this server would send it.
fn events() -> Vec<(String, Value)> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/events");
    let mut events = Vec::new();
    for file in std::fs::read_dir(golden).unwrap() {
        let path = file.unwrap().path();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let recorded: domain::Event = serde_json::from_str(line).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            events.push((name, serde_json::to_value(recorded).unwrap()));
        }
    }
    events
}

#[test]
fn every_event_is_as_described() {
    let form = form("Event");
    let events = events();
    assert!(events.len() > 300, "only {} events", events.len());
    for (file, event) in events {
        let mut faults = form.conform(&mut event.clone(), "event");
        // A tool that a client carries out has a kind of its own.
        faults.retain(|fault| !fault.msg.contains("Unknown kind 'ClientAction_"));
        assert!(faults.is_empty(), "{file}: {event}\n{faults:#?}");
    }
}

#[test]
fn an_event_that_is_not_as_described_is_noticed() {
    let form = form("Event");
    let pause = json!({"kind": "PauseEvent", "source": "user"});
    assert!(form.conform(&mut pause.clone(), "event").is_empty());
    for (key, value) in [
        ("source", json!("nobody")),
        ("id", json!(5)),
        ("extra", json!(1)),
        ("kind", json!("Nope")),
    ] {
        let mut wrong = pause.clone();
        wrong[key] = value;
        assert_eq!(form.conform(&mut wrong, "event").len(), 1, "{wrong}");
    }
}

#[test]
fn everything_mentioned_is_described() {
    for name in names() {
        let all = with_all_it_mentions(name, WRITER);
        let text = serde_json::to_string(&all).unwrap();
        for mentioned in text.split("\"#/$defs/").skip(1) {
            let mentioned = mentioned.split('"').next().unwrap();
            assert!(all.contains_key(mentioned), "{name} mentions {mentioned}");
        }
    }
    assert!(names().len() > 200);
}
