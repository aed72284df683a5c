//! Every recorded event parses and serialises to the same JSON.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails"
)]

use std::path::Path;

use domain::{Event, Fact};
use serde_json::Value;

fn recorded() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/events");
    let mut all = Vec::new();
    for file in std::fs::read_dir(root).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            all.push((name.clone(), line.to_owned()));
        }
    }
    assert!(all.len() > 400, "only {} recorded events found", all.len());
    all
}

/// REST answers keep nulls that every other channel leaves out; they mean the same.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k.clone(), without_nulls(v)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}

#[test]
fn every_recorded_event_survives_a_round_trip() {
    for (file, line) in recorded() {
        let before: Value = serde_json::from_str(&line).unwrap();
        let event = Event::parse(line.as_bytes()).unwrap_or_else(|e| panic!("{file}: {e}\n{line}"));
        let after: Value = serde_json::from_slice(&event.to_json()).unwrap();
        let from_rest = file.starts_with("rest-");
        if from_rest {
            assert_eq!(without_nulls(&after), without_nulls(&before), "{file}");
        } else {
            assert_eq!(after, before, "{file}");
        }
    }
}

#[test]
fn what_sockets_and_disk_carry_keeps_its_field_order() {
    for (file, line) in recorded() {
        if file.starts_with("rest-") || line.contains("\"full_state\"") {
            continue;
        }
        let compact =
            serde_json::to_string(&serde_json::from_str::<Value>(&line).unwrap()).unwrap();
        let event = Event::parse(line.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(event.to_json().to_vec()).unwrap(),
            compact,
            "{file}"
        );
    }
}

#[test]
fn a_kind_from_elsewhere_passes_through_untouched() {
    let json = r#"{"id":"x","timestamp":"2026-01-01T00:00:00","source":"hook","a":1,"b":[null,{"kind":"z"}],"kind":"Novel"}"#;
    let event = Event::parse(json.as_bytes()).unwrap();
    assert_eq!(event.to_json(), json.as_bytes());
}

#[test]
fn an_action_from_elsewhere_passes_through_untouched() {
    let json = r#"{"question":"color?","kind":"ClientAction_ask_client"}"#;
    let action: domain::Action = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&action).unwrap(), json);
}

#[test]
fn facts_never_show_a_plain_secret() {
    let mut llm = domain::LlmSpec {
        api_key: Some("sk-very-secret".into()),
        ..Default::default()
    };
    llm.rest.insert("later_key".into(), 1.into());
    let fact = Fact::Llm {
        spec: Box::new(llm),
        condenser: None,
    };
    let json = String::from_utf8(fact.to_json().to_vec()).unwrap();
    assert!(
        !json.contains("sk-very-secret") && json.contains("later_key"),
        "{json}"
    );
    assert!(matches!(
        Fact::parse(json.as_bytes()).unwrap(),
        Fact::Llm { .. }
    ));
}
