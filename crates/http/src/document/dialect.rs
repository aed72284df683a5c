//! Turns schemas as schemars writes them into schemas as FastAPI writes them. The meaning stays the same.

use serde_json::{Map, Value, json};

use crate::variants;

/// Whether a schema is about requests or about answers.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    Asked,
    Answered,
}

/// The mark of a field that answers always have, though it may be null.
const ALWAYS: &str = "x-always";

/// All components of one side, and what is promised of them.
pub(super) fn components(
    schemas: Map<String, Value>,
    promised: &Map<String, Value>,
    side: Side,
) -> Map<String, Value> {
    let mut tags = Vec::new();
    let mut told = Map::new();
    for (name, schema) in schemas {
        let kept = both(&schema, promised.get(&name));
        let mut schema = rewritten(schema, side, &mut tags);
        if let Value::Object(schema) = &mut schema {
            schema
                .entry("title")
                .or_insert_with(|| name.as_str().into());
            for field in kept {
                require(schema, field);
            }
        }
        told.insert(name, schema);
    }
    for tag in tags {
        if let Some(Value::Object(component)) = told.get_mut(&tag.component) {
            tag.enter(component, side);
        }
    }
    let plain = told.clone();
    for schema in told.values_mut() {
        discriminated(schema, &plain);
    }
    told
}

/// One schema beside the components. What it says about tags, the components say too.
pub(super) fn told(schema: Value, side: Side) -> Value {
    rewritten(schema, side, &mut Vec::new())
}

/// A field that tells a component from others; schemars writes it beside the component, FastAPI into it.
struct Tag {
    component: String,
    key: String,
    value: String,
}

impl Tag {
    fn enter(self, component: &mut Map<String, Value>, side: Side) {
        let constant = json!({"type": "string", "const": self.value, "title": titled(&self.key)});
        let properties = component.entry("properties").or_insert_with(|| json!({}));
        if let Value::Object(properties) = properties {
            properties.entry(self.key.clone()).or_insert(constant);
        }
        // FastAPI promises the kind that it adds itself; other tags are fields like any other.
        if side == Side::Answered && self.key == "kind" {
            require(component, self.key);
        }
    }
}

fn require(component: &mut Map<String, Value>, field: String) {
    let required = component.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(names) = required
        && !names.iter().any(|name| *name == *field)
    {
        names.push(field.into());
    }
}

/// The fields that both schemas require.
fn both(one: &Value, other: Option<&Value>) -> Vec<String> {
    let names = |schema: &Value| -> Vec<String> {
        let required = schema.get("required").and_then(Value::as_array);
        let names = required.into_iter().flatten();
        names
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    let other = other.map(names).unwrap_or_default();
    let mut kept = names(one);
    kept.retain(|name| other.contains(name));
    kept
}

/// Branches that are all components with a constant in one field are told apart by it, even if nothing says so.
fn discriminated(schema: &mut Value, components: &Map<String, Value>) {
    match schema {
        Value::Object(fields) => {
            for value in fields.values_mut() {
                discriminated(value, components);
            }
            if let Some((word, found)) = unsaid(fields, components)
                && let Some(branches) = fields.shift_remove(word)
            {
                fields.insert("oneOf".to_owned(), branches);
                fields.insert("discriminator".to_owned(), found);
            }
        }
        Value::Array(items) => {
            for item in items {
                discriminated(item, components);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The discriminator that branches have without saying so.
fn unsaid(
    schema: &Map<String, Value>,
    components: &Map<String, Value>,
) -> Option<(&'static str, Value)> {
    if schema.contains_key("discriminator") {
        return None;
    }
    let (word, branches) = ["oneOf", "anyOf"]
        .into_iter()
        .find_map(|word| Some((word, schema.get(word)?.as_array()?)))?;
    let targets: Option<Vec<&str>> = branches
        .iter()
        .map(|branch| branch.get("$ref")?.as_str())
        .collect();
    let targets = targets.filter(|targets| targets.len() > 1)?;
    let meant: Option<Vec<&Value>> = targets
        .iter()
        .map(|target| components.get(target.rsplit('/').next()?))
        .collect();
    let meant = meant?;
    let key = variants::tag(&meant)?;
    // FastAPI tells nothing apart by a field that merely happens to be constant.
    let known =
        ["kind", "type", "strategy"].contains(&key.as_str()) && word == "oneOf" || key == "kind";
    let mut mapping = Map::new();
    for (component, target) in meant.iter().zip(targets).filter(|_| known) {
        let tag = variants::tag_of(component, &key)?;
        mapping.insert(tag.to_owned(), target.into());
    }
    let found = json!({"propertyName": key, "mapping": mapping});
    known.then_some((word, found))
}

fn rewritten(schema: Value, side: Side, tags: &mut Vec<Tag>) -> Value {
    let mut schema = match schema {
        Value::Object(schema) => schema,
        Value::Bool(true) => return json!({}),
        other @ (Value::Null
        | Value::Bool(false)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)) => return other,
    };
    let exact = schema.contains_key("x-exact");
    schema.shift_remove("$schema");
    schema.shift_remove("$defs");
    schema.retain(|key, _| !key.starts_with("x-") || key == ALWAYS);
    defaults(&mut schema);
    literals(&mut schema);
    numbers(&mut schema, side);
    choices(&mut schema, tags);
    nullable(&mut schema);
    inside(&mut schema, side, tags);
    if !exact {
        required(&mut schema, side);
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        for property in properties.values_mut().filter_map(Value::as_object_mut) {
            property.shift_remove(ALWAYS);
        }
    }
    Value::Object(schema)
}

/// Nothing is no default worth a word.
fn defaults(schema: &mut Map<String, Value>) {
    let nothing = schema.get("default").is_some_and(|default| match default {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    });
    if nothing {
        schema.shift_remove("default");
    }
}

/// Constants one by one become a list of them, and a list of one is a constant.
fn literals(schema: &mut Map<String, Value>) {
    if let Some([only]) = schema
        .get("enum")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        let only = only.clone();
        schema.shift_remove("enum");
        schema.insert("const".to_owned(), only);
    }
    if !schema.contains_key("oneOf") {
        return;
    }
    if let Some(values) = variants::literals(&Value::Object(schema.clone())) {
        schema.shift_remove("oneOf");
        if values.iter().all(Value::is_string) {
            schema.insert("type".to_owned(), "string".into());
        }
        match values.as_slice() {
            [only] => schema.insert("const".to_owned(), only.clone()),
            many => schema.insert("enum".to_owned(), many.into()),
        };
    }
}

/// Python's numbers have no widths. That a count is not negative is said where somebody might ask for less.
fn numbers(schema: &mut Map<String, Value>, side: Side) {
    let is_number = |kind: &Value| kind == "integer" || kind == "number";
    let number = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(is_number),
        Some(kind) => is_number(kind),
        None => false,
    };
    let format = if number {
        schema.shift_remove("format")
    } else {
        None
    };
    let counts = format.and_then(|format| format.as_str().map(|format| format.starts_with("uint")));
    let bound = schema.contains_key("exclusiveMinimum");
    if counts == Some(true) && (side == Side::Answered || bound) {
        schema.shift_remove("minimum");
    }
}

/// Branches with a tag become references and a discriminator.
fn choices(schema: &mut Map<String, Value>, tags: &mut Vec<Tag>) {
    let Some((word, branches)) = ["oneOf", "anyOf"].into_iter().find_map(|word| {
        let branches = schema.get(word)?.as_array()?.clone();
        Some((word, branches))
    }) else {
        return;
    };
    let Some(key) = variants::tag(&branches.iter().collect::<Vec<_>>()) else {
        return;
    };
    let mut mapping = Map::new();
    let mut kept = Vec::new();
    for branch in branches {
        let Some(tag) = variants::tag_of(&branch, &key).map(str::to_owned) else {
            return;
        };
        let Some(target) = branch
            .get("$ref")
            .and_then(Value::as_str)
            .map(str::to_owned)
        else {
            kept.push(branch);
            continue;
        };
        if let Some((_, component)) = target.rsplit_once('/') {
            tags.push(Tag {
                component: component.to_owned(),
                key: key.clone(),
                value: tag.clone(),
            });
        }
        kept.push(json!({ "$ref": target }));
        mapping.insert(tag, target.into());
    }
    schema.shift_remove(word);
    schema.insert("oneOf".to_owned(), kept.into());
    if !mapping.is_empty() {
        let discriminator = json!({"propertyName": key, "mapping": mapping});
        schema.insert("discriminator".to_owned(), discriminator);
    }
}

/// What stays with a thing when its type moves into a branch.
const ANNOTATIONS: [&str; 5] = ["title", "description", "default", "examples", ALWAYS];

/// `type: [string, null]` becomes two branches.
fn nullable(schema: &mut Map<String, Value>) {
    let kinds = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.clone(),
        _ => return,
    };
    let mut outer = Map::new();
    let mut inner = Map::new();
    for (key, value) in std::mem::take(schema) {
        match key.as_str() {
            "type" => {}
            key if ANNOTATIONS.contains(&key) => {
                outer.insert(key.to_owned(), value);
            }
            _ => {
                inner.insert(key, value);
            }
        }
    }
    if let Some(Value::Array(values)) = inner.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let branches: Vec<Value> = kinds
        .into_iter()
        .map(|kind| match kind == "null" {
            true => json!({"type": "null"}),
            false => {
                let mut branch = inner.clone();
                branch.insert("type".to_owned(), kind);
                branch.into()
            }
        })
        .collect();
    schema.insert("anyOf".to_owned(), branches.into());
    schema.extend(outer);
}

/// The same for all schemas inside.
fn inside(schema: &mut Map<String, Value>, side: Side, tags: &mut Vec<Tag>) {
    for (key, value) in schema.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                for (name, property) in properties.iter_mut() {
                    *property = rewritten(property.take(), side, tags);
                    entitle(name, property);
                }
            }
            ("items" | "additionalProperties" | "propertyNames", value) if value.is_object() => {
                *value = rewritten(value.take(), side, tags);
            }
            ("items", value) if value.is_boolean() => *value = json!({}),
            ("oneOf" | "anyOf" | "allOf" | "prefixItems", Value::Array(branches)) => {
                for branch in branches.iter_mut() {
                    *branch = rewritten(branch.take(), side, tags);
                }
                if key == "anyOf" {
                    *branches = flat(std::mem::take(branches));
                }
            }
            _ => {}
        }
    }
}

/// A choice among choices is one choice; only one among components may be told apart by a field, and stays.
fn flat(branches: Vec<Value>) -> Vec<Value> {
    let mut flat = Vec::new();
    for mut branch in branches {
        let inner = branch
            .as_object_mut()
            .filter(|fields| {
                fields
                    .keys()
                    .all(|key| key == "anyOf" || key == "description")
            })
            .and_then(|fields| fields.get_mut("anyOf"));
        match inner {
            Some(Value::Array(inner)) if inner.iter().any(|one| one.get("$ref").is_none()) => {
                flat.append(inner);
            }
            _ => flat.push(branch),
        }
    }
    flat
}

/// A field that is no component is called after its name.
fn entitle(name: &str, property: &mut Value) {
    let refers = |schema: &Value| schema.get("$ref").is_some();
    let component = refers(property)
        || property.get("oneOf").is_some()
        || property
            .get("anyOf")
            .and_then(Value::as_array)
            .is_some_and(|branches| {
                let mut real = branches
                    .iter()
                    .filter(|branch| branch.get("type").is_none_or(|kind| kind != "null"));
                real.next().is_some_and(refers) && real.next().is_none()
            });
    if let (false, Value::Object(property)) = (component, property) {
        property
            .entry("title")
            .or_insert_with(|| titled(name).into());
    }
}

/// `page_id` as people write it: `Page Id`.
pub(crate) fn titled(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default()
    });
    words.collect::<Vec<String>>().join(" ")
}

/// FastAPI promises no field that could have been left out when the thing was made.
fn required(schema: &mut Map<String, Value>, side: Side) {
    if side == Side::Asked {
        return;
    }
    let properties = schema.get("properties").and_then(Value::as_object).cloned();
    let properties = properties.unwrap_or_default();
    let optional = |name: &Value| {
        let property = name.as_str().and_then(|name| properties.get(name));
        property.is_some_and(|property| {
            if property.get(ALWAYS).is_some() {
                return false;
            }
            let branches = property.get("anyOf").and_then(Value::as_array);
            property.get("default").is_some()
                || branches
                    .into_iter()
                    .flatten()
                    .any(|branch| branch.get("type").is_some_and(|kind| kind == "null"))
        })
    };
    if let Some(Value::Array(names)) = schema.get_mut("required") {
        names.retain(|name| !optional(name));
        if names.is_empty() {
            schema.shift_remove("required");
        }
    }
}
