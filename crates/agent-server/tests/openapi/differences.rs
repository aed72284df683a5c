//! What two descriptions of one protocol say differently, a line each. Titles and prose do not count.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

#[derive(Default)]
pub struct Description {
    pub operations: BTreeMap<String, Value>,
    pub components: BTreeMap<String, Value>,
}

/// All differences, in order.
pub fn between(original: &Description, ours: &Description) -> Vec<String> {
    let mut found = Found::default();
    let names = |description: &Description| -> BTreeSet<String> {
        description.operations.keys().cloned().collect()
    };
    found.names("operation", &names(original), &names(ours));
    let mut mentioned = [BTreeSet::new(), BTreeSet::new()];
    for (name, theirs) in &original.operations {
        if let Some(our) = ours.operations.get(name) {
            operation(name, theirs, our, &mut found);
            mentions(theirs, original, &mut mentioned[0]);
            mentions(our, ours, &mut mentioned[1]);
        }
    }
    // What only operations mention that one side alone has is no difference of its own.
    let [theirs, our] = mentioned;
    found.names("component", &theirs, &our);
    let mut asked = BTreeSet::new();
    for (operation, of) in all(original).chain(all(ours)) {
        mentions(&operation["requestBody"], of, &mut asked);
    }
    for name in theirs.intersection(&our) {
        found.answer = !asked.contains(name);
        let (one, other) = (&original.components[name], &ours.components[name]);
        found.schema(&format!("component {name}"), one, other);
    }
    found.rows.sort();
    found.rows
}

fn all(of: &Description) -> impl Iterator<Item = (&Value, &Description)> {
    of.operations.values().map(move |operation| (operation, of))
}

fn operation(name: &str, theirs: &Value, ours: &Value, found: &mut Found) {
    let parameters = |operation: &Value| -> BTreeMap<String, Value> {
        let all = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        all.into_iter()
            .map(|one| {
                (
                    format!(
                        "{}.{}",
                        one["in"].as_str().unwrap(),
                        one["name"].as_str().unwrap()
                    ),
                    one,
                )
            })
            .collect()
    };
    let (a, b) = (parameters(theirs), parameters(ours));
    found.keys(&format!("{name}: parameter"), &a, &b);
    for (parameter, one) in &a {
        if let Some(other) = b.get(parameter) {
            let place = format!("{name}: parameter {parameter}");
            found.value(&place, "required", &one["required"], &other["required"]);
            found.schema(&place, &one["schema"], &other["schema"]);
        }
    }
    let place = format!("{name}: body");
    found.value(
        &place,
        "required",
        &theirs["requestBody"]["required"],
        &ours["requestBody"]["required"],
    );
    contents(&place, &theirs["requestBody"], &ours["requestBody"], found);
    let (a, b) = (object(&theirs["responses"]), object(&ours["responses"]));
    found.keys(&format!("{name}: answer"), &a, &b);
    for (status, one) in &a {
        if let Some(other) = b.get(status) {
            contents(&format!("{name}: answer {status}"), one, other, found);
        }
    }
    found.value(name, "security", &theirs["security"], &ours["security"]);
    found.value(
        name,
        "operationId",
        &theirs["operationId"],
        &ours["operationId"],
    );
}

fn contents(place: &str, theirs: &Value, ours: &Value, found: &mut Found) {
    let (a, b) = (object(&theirs["content"]), object(&ours["content"]));
    found.keys(&format!("{place}: content"), &a, &b);
    for (kind, one) in &a {
        if let Some(other) = b.get(kind) {
            found.schema(place, &one["schema"], &other["schema"]);
        }
    }
}

fn object(value: &Value) -> BTreeMap<String, Value> {
    value
        .as_object()
        .cloned()
        .unwrap_or_default()
        .into_iter()
        .collect()
}

/// All components that something mentions, and those that they mention.
fn mentions(value: &Value, of: &Description, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(name) = reference(value)
                && let Some(component) = of.components.get(name)
                && found.insert(name.to_owned())
            {
                mentions(component, of, found);
            }
            for (key, inner) in fields {
                if key != "mapping" {
                    mentions(inner, of, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| mentions(item, of, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// The differences, and whether what is looked at is part of answers only: they may promise more than the original's, and
/// their defaults mean nothing.
#[derive(Default)]
struct Found {
    rows: Vec<String>,
    answer: bool,
}

const RULES: [&str; 15] = [
    "type",
    "format",
    "const",
    "default",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
    "writeOnly",
    "contentMediaType",
];

impl Found {
    fn names(&mut self, what: &str, theirs: &BTreeSet<String>, ours: &BTreeSet<String>) {
        for name in theirs.difference(ours) {
            self.rows.push(format!("{what} {name}: only the original"));
        }
        for name in ours.difference(theirs) {
            self.rows.push(format!("{what} {name}: only ours"));
        }
    }

    fn keys(
        &mut self,
        what: &str,
        theirs: &BTreeMap<String, Value>,
        ours: &BTreeMap<String, Value>,
    ) {
        let keys = |of: &BTreeMap<String, Value>| of.keys().cloned().collect();
        self.names(what, &keys(theirs), &keys(ours));
    }

    fn value(&mut self, place: &str, what: &str, theirs: &Value, ours: &Value) {
        let same = match (theirs.as_f64(), ours.as_f64()) {
            (Some(a), Some(b)) => a == b,
            _ => theirs == ours,
        };
        if !same {
            let shown = |value: &Value| {
                if value.is_null() {
                    "absent".to_owned()
                } else {
                    value.to_string()
                }
            };
            self.rows.push(format!(
                "{place}: {what}: {} != {}",
                shown(theirs),
                shown(ours)
            ));
        }
    }

    fn schema(&mut self, place: &str, theirs: &Value, ours: &Value) {
        match (reference(theirs), reference(ours)) {
            (None, None) => {}
            (a, b) => {
                let shown = |name: Option<&str>, schema: &Value| {
                    name.map_or_else(|| short(schema), str::to_owned)
                };
                if a != b {
                    self.rows.push(format!(
                        "{place}: {} != {}",
                        shown(a, theirs),
                        shown(b, ours)
                    ));
                }
                return;
            }
        }
        let (a, b) = (branches(theirs), branches(ours));
        if a.is_empty() != b.is_empty() {
            self.rows
                .push(format!("{place}: {} != {}", short(theirs), short(ours)));
            return;
        }
        self.branches(place, a, b);
        for rule in RULES {
            if self.answer && rule == "default" {
                continue;
            }
            self.value(place, rule, &theirs[rule], &ours[rule]);
        }
        let enumerated = |schema: &Value| -> BTreeSet<String> {
            schema["enum"]
                .as_array()
                .into_iter()
                .flatten()
                .map(Value::to_string)
                .collect()
        };
        self.names(
            &format!("{place}: value"),
            &enumerated(theirs),
            &enumerated(ours),
        );
        self.object(place, theirs, ours);
        if theirs.get("items").is_some() || ours.get("items").is_some() {
            self.schema(&format!("{place}[]"), &theirs["items"], &ours["items"]);
        }
        self.value(
            place,
            "discriminator",
            &theirs["discriminator"]["propertyName"],
            &ours["discriminator"]["propertyName"],
        );
    }

    fn object(&mut self, place: &str, theirs: &Value, ours: &Value) {
        let (a, b) = (object(&theirs["properties"]), object(&ours["properties"]));
        self.keys(&format!("{place}: field"), &a, &b);
        for (name, one) in &a {
            if let Some(other) = b.get(name) {
                self.schema(&format!("{place}: {name}"), one, other);
            }
        }
        let required = |schema: &Value| -> BTreeSet<String> {
            let names = schema["required"].as_array().into_iter().flatten();
            names
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect()
        };
        // A field that one side does not know is told already.
        let known = |names: BTreeSet<String>| -> BTreeSet<String> {
            names
                .into_iter()
                .filter(|name| a.contains_key(name) && b.contains_key(name))
                .collect()
        };
        let theirs_known = known(required(theirs));
        let mut ours_known = known(required(ours));
        if self.answer {
            ours_known.retain(|name| theirs_known.contains(name));
        }
        self.names(&format!("{place}: required"), &theirs_known, &ours_known);
        match (
            &theirs["additionalProperties"],
            &ours["additionalProperties"],
        ) {
            (one @ Value::Object(_), other @ Value::Object(_)) => {
                self.schema(&format!("{place}{{}}"), one, other)
            }
            (one, other) => {
                // Anything may follow, whether it is said or not.
                let plain = |value: &Value| {
                    let open =
                        *value == Value::Bool(true) || value.as_object().is_some_and(Map::is_empty);
                    if open { Value::Null } else { value.clone() }
                };
                self.value(place, "additionalProperties", &plain(one), &plain(other));
            }
        }
    }

    fn branches(&mut self, place: &str, mut theirs: Vec<Value>, mut ours: Vec<Value>) {
        theirs.retain(
            |branch| match ours.iter().position(|other| same(branch, other)) {
                Some(at) => {
                    ours.remove(at);
                    false
                }
                None => true,
            },
        );
        if let ([one], [other]) = (theirs.as_slice(), ours.as_slice())
            && one["type"] != "null"
            && other["type"] != "null"
            && !is_switch(one, other)
        {
            return self.schema(place, one, other);
        }
        for branch in &theirs {
            self.rows.push(format!(
                "{place}: branch {}: only the original",
                short(branch)
            ));
        }
        for branch in &ours {
            self.rows
                .push(format!("{place}: branch {}: only ours", short(branch)));
        }
    }
}

/// Whether two branches are too different to be one that changed.
fn is_switch(one: &Value, other: &Value) -> bool {
    reference(one).is_some() != reference(other).is_some()
}

fn same(one: &Value, other: &Value) -> bool {
    let mut found = Found::default();
    found.schema("", one, other);
    found.rows.is_empty()
}

fn branches(schema: &Value) -> Vec<Value> {
    let choice = ["anyOf", "oneOf"]
        .into_iter()
        .find_map(|key| schema[key].as_array());
    choice.cloned().unwrap_or_default()
}

/// A schema without its prose.
fn short(schema: &Value) -> String {
    let Value::Object(fields) = schema else {
        return schema.to_string();
    };
    if let Some(name) = reference(schema) {
        return name.to_owned();
    }
    let kept: Map<String, Value> = fields
        .iter()
        .filter(|(key, _)| !["title", "description", "discriminator"].contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let text = Value::Object(kept).to_string();
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}
