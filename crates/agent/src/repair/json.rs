//! Reads JSON the way models write it. Values are never changed, only made readable.

use domain::Map;
use serde_json::Value;

/// The arguments of a call, or why they cannot be read.
pub(crate) fn arguments(text: &str) -> Result<Map, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Map::new());
    }
    let strict = serde_json::from_str::<Value>(text);
    let value = match strict {
        Ok(value) => value,
        Err(error) => lenient(text).ok_or_else(|| describe(&error))?,
    };
    match value {
        Value::Object(map) => Ok(map),
        // Some models encode the object twice.
        Value::String(inner) => match serde_json::from_str::<Value>(&inner)
            .ok()
            .or_else(|| lenient(&inner))
        {
            Some(Value::Object(map)) => Ok(map),
            Some(_) | None => Err("arguments must be a JSON object, not a string".to_owned()),
        },
        Value::Null => Ok(Map::new()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err("arguments must be a JSON object".to_owned())
        }
    }
}

/// A list or an object out of nearly JSON: raw control characters escaped, trailing garbage cut.
pub(crate) fn lenient(text: &str) -> Option<Value> {
    let text = text.trim();
    let escaped = escape_controls(text);
    if let Ok(value) = serde_json::from_str(&escaped) {
        return Some(value);
    }
    // The first whole value counts; what follows it is garbage.
    let start = escaped.find(['{', '['])?;
    serde_json::Deserializer::from_str(&escaped[start..])
        .into_iter::<Value>()
        .next()?
        .ok()
}

fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            _ if escaped => {
                escaped = false;
                out.push(c);
            }
            '\\' if inside => {
                escaped = true;
                out.push(c);
            }
            '"' => {
                inside = !inside;
                out.push(c);
            }
            '\n' if inside => out.push_str("\\n"),
            '\r' if inside => out.push_str("\\r"),
            '\t' if inside => out.push_str("\\t"),
            c if inside && (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

fn describe(error: &serde_json::Error) -> String {
    // The parser's own words name the place, never the text.
    error.to_string()
}
