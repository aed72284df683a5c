//! The structure of JSON: keys and types, and the few values that tell things apart.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

/// Fields whose values are part of a structure.
const TELLING: [&str; 5] = ["kind", "key", "source", "tool_name", "role"];

/// Whether an event is told beside the others. Sums are: when they come depends on how fast a title is found. So are the
/// pieces of an answer: one that comes at once may be told whole before any of them.
pub(super) fn is_beside(event: &Value) -> bool {
    event["key"] == "stats" || event["kind"] == "StreamingDeltaEvent"
}

/// The structure of a value.
pub(super) fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let status = value["key"] == "execution_status";
            let named = fields.iter().map(|(key, field)| {
                let telling = TELLING.contains(&key.as_str()) || (status && key == "value");
                let shape = match field.as_str() {
                    Some(text) if telling => format!("={text}").into(),
                    _ => shape(field),
                };
                (key.clone(), shape)
            });
            Value::Object(named.collect())
        }
        Value::Array(items) => {
            let mut shapes: Vec<Value> = items.iter().map(shape).collect();
            shapes.dedup();
            shapes.into()
        }
        Value::Null => "null".into(),
        Value::Bool(_) => "bool".into(),
        Value::Number(number) if number.is_f64() => "float".into(),
        Value::Number(_) => "int".into(),
        Value::String(_) => "string".into(),
    }
}

/// How one structure differs from another.
pub(super) fn between(at: &str, theirs: &Value, ours: &Value, found: &mut BTreeSet<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => fields(at, theirs, ours, found),
        (Value::Array(theirs), Value::Array(ours)) => {
            if theirs.len() != ours.len() {
                found.insert(format!(
                    "{at}: {} != {} structures",
                    theirs.len(),
                    ours.len()
                ));
            }
            for (theirs, ours) in theirs.iter().zip(ours) {
                let kind = theirs["kind"].as_str().unwrap_or_default();
                between(
                    &format!("{at}[{}]", kind.trim_start_matches('=')),
                    theirs,
                    ours,
                    found,
                );
            }
        }
        (theirs, ours) if theirs == ours => {}
        (theirs, ours) => {
            let short = |value: &Value| match value {
                Value::Object(_) => "an object".to_owned(),
                Value::Array(_) => "a list".to_owned(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    value.as_str().unwrap_or_default().to_owned()
                }
            };
            found.insert(format!("{at}: {} != {}", short(theirs), short(ours)));
        }
    }
}

fn fields(
    at: &str,
    theirs: &Map<String, Value>,
    ours: &Map<String, Value>,
    found: &mut BTreeSet<String>,
) {
    let keys: HashSet<&String> = theirs.keys().chain(ours.keys()).collect();
    for key in keys {
        let at = format!("{at}.{key}");
        match (theirs.get(key), ours.get(key)) {
            (Some(theirs), Some(ours)) => between(&at, theirs, ours, found),
            (Some(_), None) => drop(found.insert(format!("{at}: only the original"))),
            (None, _) => drop(found.insert(format!("{at}: only ours"))),
        }
    }
}

#[test]
fn structures_differ_by_keys_types_and_what_tells_things_apart() {
    let differ = |theirs: Value, ours: Value| {
        let mut found = BTreeSet::new();
        between("a", &shape(&theirs), &shape(&ours), &mut found);
        found.into_iter().collect::<Vec<_>>()
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let theirs = json(r#"{"kind": "A", "n": 1, "s": "x", "l": [1, 2], "gone": null}"#);
    let same = json(r#"{"kind": "A", "n": 2, "s": "y", "l": [3], "gone": null}"#);
    assert!(differ(theirs.clone(), same).is_empty());
    let other = json(r#"{"kind": "B", "n": 1.5, "s": null, "l": [1, "x"], "new": null}"#);
    let expected = [
        "a.gone: only the original",
        "a.kind: =A != =B",
        "a.l: 1 != 2 structures",
        "a.n: int != float",
        "a.new: only ours",
        "a.s: string != null",
    ];
    assert_eq!(differ(theirs, other), expected);
}
