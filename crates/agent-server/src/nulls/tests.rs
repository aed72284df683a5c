//! Every event that was recorded with its nulls is made again from the same event without them.

use serde_json::Value;

use super::kept;

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                kept.map(|(key, value)| (key.clone(), without_nulls(value)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            other.clone()
        }
    }
}

#[test]
fn recorded_events_get_their_nulls_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/events");
    let mut compared = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if !path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("rest-")
        {
            continue;
        }
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let recorded: Value = serde_json::from_str(line).unwrap();
            // Pages leave nulls out; events that came alone or in a batch keep them. What a state holds is its own.
            if recorded["key"] == "full_state" || recorded["key"] == "stats" {
                continue;
            }
            let bare = without_nulls(&recorded);
            if bare != recorded {
                assert_eq!(kept(bare.to_string().as_bytes()), recorded);
                compared += 1;
            }
        }
    }
    assert!(compared >= 5, "only {compared} events were compared");
}
