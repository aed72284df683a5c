//! What schemars makes of enums, read back: literal values, and variants told apart by a tag.

use serde_json::{Map, Value};

/// The values that a schema allows, if it is a list of them: `enum`, `const`, or constants one by one.
pub(crate) fn literals(schema: &Value) -> Option<Vec<Value>> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(values.clone());
    }
    if let Some(value) = schema.get("const") {
        return Some(vec![value.clone()]);
    }
    let branches = schema.get("oneOf").and_then(Value::as_array)?;
    let values: Option<Vec<Vec<Value>>> = branches.iter().map(literals).collect();
    values.map(|values| values.concat())
}

/// The field by which all branches can be told apart, if there is one.
pub(crate) fn tag(branches: &[&Value]) -> Option<String> {
    let first = branches.first()?;
    let properties = first.get("properties").and_then(Value::as_object)?;
    properties
        .keys()
        .find(|key| branches.iter().all(|branch| tag_of(branch, key).is_some()))
        .cloned()
}

/// The constant that a branch has in a field.
pub(crate) fn tag_of<'a>(branch: &'a Value, key: &str) -> Option<&'a str> {
    branch.get("properties")?.get(key)?.get("const")?.as_str()
}

/// Whether a schema has no parts beside its own fields.
pub(crate) fn plain(schema: &Value) -> bool {
    let object: Option<&Map<String, Value>> = schema.as_object();
    object.is_none_or(|object| {
        ["oneOf", "anyOf", "allOf"]
            .iter()
            .all(|key| !object.contains_key(*key))
    })
}
