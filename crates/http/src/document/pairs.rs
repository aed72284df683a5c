//! Which components requests and answers share, and which become a pair `X-Input`, `X-Output`: those that differ.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const PLACE: &str = "#/components/schemas/";

/// All components under their final names; the references in them and in the paths follow.
pub(super) fn join(
    asked: Map<String, Value>,
    answered: Map<String, Value>,
    paths: &mut Value,
) -> Map<String, Value> {
    let split = different(&asked, &answered);
    let mut joined = Map::new();
    for (suffix, side) in [("-Output", answered), ("-Input", asked)] {
        for (name, mut schema) in side {
            rename(&mut schema, &split, suffix);
            let name = match split.contains(&name) {
                true => format!("{name}{suffix}"),
                false => name,
            };
            joined.entry(name).or_insert(schema);
        }
    }
    for operation in paths
        .as_object_mut()
        .into_iter()
        .flat_map(|paths| paths.values_mut())
        .filter_map(Value::as_object_mut)
        .flat_map(|methods| methods.values_mut())
        .filter_map(Value::as_object_mut)
    {
        for (key, part) in operation.iter_mut() {
            let suffix = if key == "responses" {
                "-Output"
            } else {
                "-Input"
            };
            rename(part, &split, suffix);
        }
    }
    joined
}

/// The names that mean different things on both sides, and those that mention them.
fn different(asked: &Map<String, Value>, answered: &Map<String, Value>) -> BTreeSet<String> {
    let both = || {
        asked
            .iter()
            .filter_map(|(name, one)| Some((name, one, answered.get(name)?)))
    };
    let mut split: BTreeSet<String> = both()
        .filter(|(_, one, other)| bare(one) != bare(other))
        .map(|(name, _, _)| name.clone())
        .collect();
    loop {
        let more: Vec<String> = both()
            .filter(|(name, one, _)| !split.contains(*name) && mentions(one, &split))
            .map(|(name, _, _)| name.clone())
            .collect();
        if more.is_empty() {
            return split;
        }
        split.extend(more);
    }
}

/// A schema without what is only for readers, and without an order where there is none.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, value)| {
                let prose = matches!(key.as_str(), "title" | "description") && value.is_string();
                !prose && *key != "examples"
            });
            kept.map(|(key, value)| (key.clone(), bare(value)))
                .collect()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(bare).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            items.into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

fn named(text: &str) -> Option<&str> {
    text.strip_prefix(PLACE)
}

fn mentions(schema: &Value, names: &BTreeSet<String>) -> bool {
    match schema {
        Value::Object(fields) => fields.values().any(|value| mentions(value, names)),
        Value::Array(items) => items.iter().any(|value| mentions(value, names)),
        Value::String(text) => named(text).is_some_and(|name| names.contains(name)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn rename(schema: &mut Value, split: &BTreeSet<String>, suffix: &str) {
    match schema {
        Value::Object(fields) => {
            for value in fields.values_mut() {
                rename(value, split, suffix);
            }
        }
        Value::Array(items) => {
            for item in items {
                rename(item, split, suffix);
            }
        }
        Value::String(text) => {
            if named(text).is_some_and(|name| split.contains(name)) {
                text.push_str(suffix);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
