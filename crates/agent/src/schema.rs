//! Tools as a model is shown them, and whether arguments fit them. Knows no tool.

use domain::{Map, Risk, ToolSchema, ToolSpec};
use serde_json::{Value, json};

#[cfg(test)]
mod tests;

/// The argument in which a model says what a call is for.
pub(crate) const SUMMARY: &str = "summary";
/// The argument in which a model says how risky a call is.
pub(crate) const RISK: &str = "security_risk";

/// A tool with the two arguments that every call may carry: what it is for, and how risky it is.
pub(crate) fn for_model(tool: &ToolSpec, ask_risk: bool) -> ToolSchema {
    let ask_risk = ask_risk && !tool.read_only();
    ToolSchema {
        name: tool.name.clone(),
        description: tool.description.clone(),
        parameters: tool
            .parameters
            .shown(ask_risk, |own| with_questions(own, ask_risk)),
    }
}

fn with_questions(parameters: &Value, ask_risk: bool) -> Value {
    let mut parameters = parameters.clone();
    if let Some(own) = parameters
        .get_mut("properties")
        .and_then(Value::as_object_mut)
    {
        let own = std::mem::take(own);
        let mut all = Map::new();
        if ask_risk {
            all.insert(RISK.to_owned(), risk());
        }
        if !own.contains_key(SUMMARY) {
            all.insert(SUMMARY.to_owned(), summary());
        }
        all.extend(own);
        parameters["properties"] = Value::Object(all);
    }
    parameters
}

fn risk() -> Value {
    json!({
        "type": "string",
        "description": "How much harm this call could do: LOW reads or changes only what the task is about, \
                        MEDIUM changes other things in ways that can be undone, HIGH may destroy or disclose.",
        "enum": [Risk::Unknown, Risk::Low, Risk::Medium, Risk::High],
    })
}

fn summary() -> Value {
    json!({
        "type": "string",
        "description": "In about ten words: what this call does, for the person who watches.",
    })
}

/// Everything that is wrong with some arguments, one short line each; values are never repeated.
pub(crate) fn faults(schema: &Value, arguments: &Map) -> Vec<String> {
    let mut faults = Vec::new();
    check_object(schema, arguments, "", &mut faults);
    faults
}

fn check_object(schema: &Value, object: &Map, at: &str, faults: &mut Vec<String>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for name in schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if !object.contains_key(name) {
            faults.push(format!("`{at}{name}` is required"));
        }
    }
    let closed = match schema.get("additionalProperties") {
        Some(Value::Bool(allowed)) => !allowed,
        Some(_) => false,
        None => properties.is_some_and(|own| !own.is_empty()),
    };
    for (name, value) in object {
        match properties.and_then(|p| p.get(name)) {
            Some(property) => check(property, value, &format!("{at}{name}"), faults),
            None if closed => faults.push(format!("`{at}{name}` is not a parameter")),
            None => {}
        }
    }
}

fn check(schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if let Some(branches) = schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))
        .and_then(Value::as_array)
    {
        let fits = |branch: &Value| {
            let mut found = Vec::new();
            check(branch, value, at, &mut found);
            found.is_empty()
        };
        if !branches.iter().any(fits) {
            faults.push(format!("`{at}` fits none of the allowed forms"));
        }
        return;
    }
    if let Some(wanted) = schema.get("type")
        && !is_of(wanted, value)
    {
        faults.push(format!("`{at}` must be {}", type_name(wanted)));
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let list: Vec<String> = allowed
            .iter()
            .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
            .collect();
        faults.push(format!("`{at}` must be one of {}", list.join(", ")));
    }
    if let Some(minimum) = schema.get("minimum").and_then(Value::as_f64)
        && value.as_f64().is_some_and(|v| v < minimum)
    {
        faults.push(format!("`{at}` must be at least {minimum}"));
    }
    match value {
        Value::Array(items) => {
            if let Some(each) = schema.get("items") {
                for (i, item) in items.iter().enumerate() {
                    check(each, item, &format!("{at}[{i}]"), faults);
                }
            }
        }
        Value::Object(object) => check_object(schema, object, &format!("{at}."), faults),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether a schema takes values of a type.
pub(crate) fn takes(schema: &Value, wanted: &str) -> bool {
    let here = match schema.get("type") {
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(several)) => several.iter().any(|one| one == wanted),
        Some(_) | None => false,
    };
    here || schema
        .get("anyOf")
        .and_then(Value::as_array)
        .is_some_and(|branches| branches.iter().any(|b| takes(b, wanted)))
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(several) => several.iter().any(|one| is_of(one, value)),
        Value::String(one) => match one.as_str() {
            "string" => value.is_string(),
            "integer" => {
                value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|f| f.fract() == 0.0)
            }
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            "null" => value.is_null(),
            _ => true,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    }
}

fn type_name(wanted: &Value) -> String {
    match wanted {
        Value::String(one) => match one.as_str() {
            "integer" => "a whole number".to_owned(),
            "array" => "a list".to_owned(),
            "object" => "an object".to_owned(),
            other => format!("a {other}"),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            wanted.to_string()
        }
    }
}
