//! Values of nearly the right type become the right one, where nothing is lost.

use domain::Map;
use serde_json::{Number, Value};

use super::json;
use crate::schema::takes;

/// Fits arguments to the types their schema wants.
pub(crate) fn fit(schema: &Value, arguments: &mut Map) {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    for (name, value) in arguments.iter_mut() {
        if let Some(property) = properties.get(name) {
            fit_value(property, value);
        }
    }
}

fn fit_value(schema: &Value, value: &mut Value) {
    if let Some(better) = better(schema, value) {
        *value = better;
    }
    match value {
        Value::Array(items) => {
            if let Some(each) = schema.get("items") {
                items.iter_mut().for_each(|item| fit_value(each, item));
            }
        }
        Value::Object(object) => fit(schema, object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn better(schema: &Value, value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if takes(schema, "string") => allowed(schema, text).map(Value::String),
        Value::String(text) => from_text(schema, text),
        Value::Array(items) if takes(schema, "string") && !takes(schema, "array") => {
            let lines: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            lines.map(|lines| Value::String(lines.join("\n")))
        }
        Value::Number(number) if takes(schema, "integer") && !takes(schema, "number") => {
            whole(number)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

fn from_text(schema: &Value, text: &str) -> Option<Value> {
    let trimmed = text.trim();
    let structured = takes(schema, "array") || takes(schema, "object");
    if structured && trimmed.starts_with(['[', '{']) {
        let value = serde_json::from_str(trimmed)
            .ok()
            .or_else(|| json::lenient(trimmed))?;
        let fits = matches!(&value, Value::Array(_)) && takes(schema, "array")
            || matches!(&value, Value::Object(_)) && takes(schema, "object");
        return fits.then_some(value);
    }
    if takes(schema, "boolean") {
        return match trimmed.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(Value::Bool(true)),
            "false" | "no" | "0" => Some(Value::Bool(false)),
            _ => None,
        };
    }
    if takes(schema, "integer") {
        return trimmed.parse::<i64>().ok().map(Value::from);
    }
    if takes(schema, "number") {
        return trimmed
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number);
    }
    None
}

fn whole(number: &Number) -> Option<Value> {
    let value = number.as_f64()?;
    (number.is_f64() && value.fract() == 0.0 && value.abs() < 9e15)
        .then(|| Value::from(value as i64))
}

/// The allowed word that is meant: case, dashes and spaces do not count, and a few words have other names.
fn allowed(schema: &Value, text: &str) -> Option<String> {
    let words: Vec<&str> = schema
        .get("enum")?
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    if words.contains(&text) {
        return None;
    }
    let plain = text.trim().to_lowercase().replace(['-', ' '], "_");
    let meant = match plain.as_str() {
        "pending" | "to_do" | "not_started" => "todo",
        "completed" | "complete" | "finished" => "done",
        "doing" | "started" => "in_progress",
        other => other,
    };
    words
        .iter()
        .find(|word| word.to_lowercase() == plain || **word == meant)
        .map(|word| (*word).to_owned())
}
