//! Compares JSON as a whole and shows what differs, line by line.

use serde_json::{Map, Value};
use similar::TextDiff;

const ANY: &str = "<any>";

/// Panics with a readable difference unless both are the same, key order aside.
#[track_caller]
pub fn assert_json(actual: &Value, expected: &Value) {
    let difference = difference(actual, expected);
    assert!(
        difference.is_none(),
        "the JSON is not as expected (- expected, + actual):\n{}",
        difference.unwrap_or_default()
    );
}

/// What differs, as lines of a diff; nothing if both are the same, key order aside.
pub fn difference(actual: &Value, expected: &Value) -> Option<String> {
    let expected = filled(expected, actual);
    if *actual == expected {
        return None;
    }
    let (old, new) = (pretty(&expected), pretty(actual));
    let diff = TextDiff::from_lines(&old, &new);
    Some(diff.unified_diff().context_radius(3).to_string())
}

/// What is expected, with what is there in place of every wildcard that fits.
fn filled(expected: &Value, actual: &Value) -> Value {
    match (expected, actual) {
        (Value::String(pattern), _) if pattern == ANY => actual.clone(),
        (Value::String(pattern), Value::String(text)) if fits(pattern, text) => actual.clone(),
        (Value::Array(expected), Value::Array(actual)) => {
            let filled = expected.iter().enumerate();
            let filled = filled.map(|(at, value)| match actual.get(at) {
                Some(actual) => self::filled(value, actual),
                None => value.clone(),
            });
            filled.collect()
        }
        (Value::Object(expected), Value::Object(actual)) => {
            let filled = expected.iter().map(|(key, value)| {
                let value = match actual.get(key) {
                    Some(actual) => self::filled(value, actual),
                    None => value.clone(),
                };
                (key.clone(), value)
            });
            Value::Object(filled.collect::<Map<_, _>>())
        }
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
            _,
        ) => expected.clone(),
    }
}

/// Whether the text is the pattern with something in place of each wildcard.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, mut rest_of_pattern)) = pattern.split_once(ANY) else {
        return false;
    };
    let Some(mut rest) = text.strip_prefix(start) else {
        return false;
    };
    while let Some((middle, after)) = rest_of_pattern.split_once(ANY) {
        let Some(at) = rest.find(middle) else {
            return false;
        };
        rest = &rest[at + middle.len()..];
        rest_of_pattern = after;
    }
    rest.ends_with(rest_of_pattern)
}

/// Readable, with sorted keys, long texts broken at their lines.
fn pretty(value: &Value) -> String {
    let sorted = sorted(value);
    let text = serde_json::to_string_pretty(&sorted).unwrap_or_default();
    format!("{}\n", text.replace("\\n", "\\n\n"))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            let entries = entries.into_iter();
            Value::Object(
                entries
                    .map(|(key, value)| (key.clone(), sorted(value)))
                    .collect(),
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests;
