//! Settings and profiles that were written long ago are read as the original reads them, recorded in
//! `data/migrations.jsonl`. Of settings only what differs from the usual ones is recorded.

use serde_json::{Map, Value, json};
use settings::Exposure;

use crate::place::Place;

const OLD: &str = include_str!("../data/migrations.jsonl");

/// What settings say that the usual ones do not.
fn changes(value: &Value, usual: &Value) -> Value {
    let (Value::Object(fields), Value::Object(before)) = (value, usual) else {
        return value.clone();
    };
    let changed = fields
        .iter()
        .filter(|(key, field)| before.get(*key) != Some(field));
    let inside = |(key, field): (&String, &Value)| {
        let before = before.get(key).unwrap_or(&Value::Null);
        (key.clone(), changes(field, before))
    };
    Value::Object(changed.map(inside).collect::<Map<_, _>>())
}

/// Settings as they are read from a file that holds them; nothing if they cannot be read.
fn read(given: &Value) -> Option<Value> {
    let place = Place::new();
    let file = json!({"schema_version": 6, "agent_settings": given});
    place.write("settings.json", &file.to_string());
    let update = serde_json::from_value(json!({"misc_settings_diff": {"a": 1}})).unwrap();
    place.desk.update_settings(update).ok()?;
    let shown = place.desk.settings(Exposure::Plain).unwrap();
    let mut settings = Value::Object(shown.agent_settings);
    if let Some(told) = settings.pointer_mut("/agent_context/current_datetime")
        && told.is_string()
    {
        *told = "<moment>".into();
    }
    Some(settings)
}

fn profile(given: &Value) -> Option<Value> {
    let place = Place::new();
    place.write("agent-profiles/n.json", &given.to_string());
    let detail = place.desk.agent_profile_detail("n").ok()?;
    Some(Value::Object(detail.profile))
}

#[test]
fn what_was_written_long_ago_is_read_as_the_original_reads_it() {
    let mut rows = OLD
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let usual = read(&rows.next().unwrap()["settings"]).unwrap();
    for row in rows {
        let kept = &row["kept"];
        let ours = match row.get("settings") {
            Some(given) => read(given),
            None => profile(&row["profile"]),
        };
        if kept.get("fault").is_some() {
            assert_eq!(ours, None, "{row}");
        } else if let Some(theirs) = kept.get("changes") {
            assert_eq!(changes(&ours.unwrap(), &usual), *theirs, "{row}");
        } else {
            assert_eq!(&ours.unwrap(), kept, "{row}");
        }
    }
}
