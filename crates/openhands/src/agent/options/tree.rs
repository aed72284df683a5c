//! Settings in the environment: `OH_FIELD`, `OH_FIELD_SUB` for parts, `OH_FIELD_0` for lists, `OH_FIELD_IS_NONE` for null.
//! What a field looks like is told by a JSON schema. Knows no field.

use serde_json::{Map, Value};

use crate::environment::Environment;

/// Puts what the environment says over what is given.
pub(super) fn overlay(schema: &Value, env: &Environment, given: &mut Value) -> Result<(), String> {
    let tree = Tree { root: schema, env };
    let Some(fields) = schema.get("properties").and_then(Value::as_object) else {
        return Ok(());
    };
    let Value::Object(given) = given else {
        return Ok(());
    };
    for (name, field) in fields {
        let key = format!("OH_{}", name.to_uppercase());
        if let Some(value) = tree.value(field, &key)? {
            given.insert(name.clone(), value);
        }
    }
    Ok(())
}

struct Tree<'a> {
    root: &'a Value,
    env: &'a Environment,
}

impl Tree<'_> {
    /// What the environment says of a field; nothing if it does not mention it.
    fn value(&self, schema: &Value, key: &str) -> Result<Option<Value>, String> {
        if self.env.get(&format!("{key}_IS_NONE")).is_some_and(truth) {
            return Ok(Some(Value::Null));
        }
        let schema = self.resolve(schema);
        match kind(schema) {
            "array" => self.list(schema, key),
            "object" if schema.get("properties").is_some() => self.parts(schema, key),
            kind => match self.env.get(key) {
                Some(text) => scalar(kind, text)
                    .map(Some)
                    .map_err(|wanted| format!("{key}={text:?} is not {wanted}")),
                None => Ok(None),
            },
        }
    }

    fn list(&self, schema: &Value, key: &str) -> Result<Option<Value>, String> {
        if let Some(text) = self.env.get(key) {
            return match serde_json::from_str(text) {
                Ok(Value::Array(items)) => Ok(Some(Value::Array(items))),
                _ => Err(format!(
                    "{key} must be a JSON list; or number its items: {key}_0, {key}_1, .."
                )),
            };
        }
        let items = schema.get("items").unwrap_or(&Value::Null);
        let mut found = Vec::new();
        while let Some(item) = self.value(items, &format!("{key}_{}", found.len()))? {
            found.push(item);
        }
        Ok((!found.is_empty()).then_some(Value::Array(found)))
    }

    fn parts(&self, schema: &Value, key: &str) -> Result<Option<Value>, String> {
        let mut found = match self.env.get(key).map(serde_json::from_str) {
            Some(Ok(Value::Object(whole))) => whole,
            Some(_) => return Err(format!("{key} must be a JSON object")),
            None => Map::new(),
        };
        let fields = schema.get("properties").and_then(Value::as_object);
        for (name, field) in fields.into_iter().flatten() {
            let part = format!("{key}_{}", name.to_uppercase());
            if let Some(value) = self.value(field, &part)? {
                found.insert(name.clone(), value);
            }
        }
        Ok((!found.is_empty()).then_some(Value::Object(found)))
    }

    /// Follows references, and looks past null.
    fn resolve<'s>(&'s self, schema: &'s Value) -> &'s Value {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let name = name.trim_start_matches("#/$defs/");
            if let Some(found) = self.root.get("$defs").and_then(|all| all.get(name)) {
                return self.resolve(found);
            }
        }
        let branches = schema.get("anyOf").and_then(Value::as_array);
        let real = branches.and_then(|all| all.iter().find(|one| kind(one) != "null"));
        match real {
            Some(real) => self.resolve(real),
            None => schema,
        }
    }
}

/// The type of a field, null aside.
fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str);
            kinds.find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.get("$ref").is_some() => "reference",
        _ => "string",
    }
}

fn scalar(kind: &str, text: &str) -> Result<Value, &'static str> {
    match kind {
        "boolean" => Ok(Value::Bool(truth(text))),
        "integer" => match text.trim().parse::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => Err("a whole number"),
        },
        "number" => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number.into()),
            _ => Err("a number"),
        },
        "object" => match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => Ok(object),
            _ => Err("a JSON object"),
        },
        _ => Ok(text.into()),
    }
}

/// `1` and `true`, in any case, are true; all else is false.
fn truth(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "1" | "true")
}
