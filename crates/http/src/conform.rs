//! Checks a JSON value against a schema, converting what pydantic would convert, and words every fault as it does.

use serde_json::{Map, Value, json};

use crate::error::{Detail, Place};

/// All faults of a value; what pydantic would take for something else (`"5"` for 5) is converted in place.
pub fn conform(schema: &Value, value: &mut Value, place: &str) -> Vec<Detail> {
    let mut check = Check {
        root: schema,
        loc: vec![place.into()],
        faults: Vec::new(),
        text: place != "body",
    };
    check.value(schema, value);
    check.faults
}

/// The pairs of a query as an object: names whose schema is a list gather all their values, others keep the last.
pub(crate) fn lift(schema: Option<&Value>, pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut given = Map::new();
    for (name, value) in pairs {
        let list = schema
            .and_then(|schema| schema.get("properties")?.get(&name))
            .is_some_and(|property| is_list(schema.unwrap_or(&Value::Null), property));
        if list {
            let values = given.entry(name).or_insert_with(|| json!([]));
            if let Value::Array(values) = values {
                values.push(value.into());
            }
        } else {
            given.insert(name, value.into());
        }
    }
    Value::Object(given)
}

fn is_list(root: &Value, schema: &Value) -> bool {
    let schema = resolve(root, schema);
    allows(schema, "array")
        || schema
            .get("anyOf")
            .and_then(Value::as_array)
            .is_some_and(|any| any.iter().any(|one| is_list(root, one)))
}

/// Follows references.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..16 {
        let Some(name) = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|target| target.strip_prefix("#/$defs/"))
        else {
            break;
        };
        match root.get("$defs").and_then(|all| all.get(name)) {
            Some(found) => schema = found,
            None => break,
        }
    }
    schema
}

fn allows(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(many)) => many.iter().any(|one| one == kind),
        _ => false,
    }
}

struct Check<'a> {
    root: &'a Value,
    loc: Vec<Place>,
    faults: Vec<Detail>,
    /// Whether the values are text that stands for something else: a query or a path.
    text: bool,
}

impl Check<'_> {
    fn fault(&mut self, kind: &str, msg: impl Into<String>, input: &Value, ctx: Option<Value>) {
        self.faults.push(Detail {
            kind: kind.to_owned(),
            loc: self.loc.clone(),
            msg: msg.into(),
            input: input.clone(),
            ctx,
        });
    }

    fn value(&mut self, schema: &Value, value: &mut Value) {
        let root = self.root;
        let schema = resolve(root, schema);
        if schema.is_boolean() {
            return;
        }
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.value(part, value);
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(branches) = schema.get(choice).and_then(Value::as_array) {
                self.branches(branches, value);
            }
        }
        if let Some(expected) = schema.get("const")
            && expected != value
        {
            self.literal(std::slice::from_ref(expected), value);
            return;
        }
        if let Some(expected) = schema.get("enum").and_then(Value::as_array) {
            if !expected.contains(value) {
                self.literal(expected, value);
            }
            return;
        }
        self.typed(schema, value);
    }

    fn literal(&mut self, expected: &[Value], value: &Value) {
        let named: Vec<String> = expected
            .iter()
            .map(|one| match one {
                Value::String(text) => format!("'{text}'"),
                other => other.to_string(),
            })
            .collect();
        let expected = match named.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => named.join(""),
        };
        let ctx = json!({ "expected": expected });
        let kind = if self.text { "enum" } else { "literal_error" };
        self.fault(
            kind,
            format!("Input should be {expected}"),
            value,
            Some(ctx),
        );
    }

    /// The first branch that takes the value; if none does, the faults of the branch that came closest.
    fn branches(&mut self, branches: &[Value], value: &mut Value) {
        let mut best: Option<Vec<Detail>> = None;
        for branch in branches {
            let mut tried = value.clone();
            let mut check = Check {
                root: self.root,
                loc: self.loc.clone(),
                faults: Vec::new(),
                text: self.text,
            };
            check.value(branch, &mut tried);
            if check.faults.is_empty() {
                *value = tried;
                return;
            }
            let null = allows(resolve(self.root, branch), "null");
            let deeper = |faults: &[Detail]| faults.iter().map(|one| one.loc.len()).max();
            if !null
                && best
                    .as_ref()
                    .is_none_or(|kept| deeper(&check.faults) > deeper(kept))
            {
                best = Some(check.faults);
            }
        }
        self.faults.extend(best.unwrap_or_default());
    }

    fn typed(&mut self, schema: &Value, value: &mut Value) {
        let Some(kinds) = schema.get("type") else {
            if schema.get("properties").is_some() && value.is_object() {
                self.object(schema, value);
            }
            return;
        };
        let kinds: Vec<&str> = match kinds {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => return,
        };
        if value.is_null() && kinds.contains(&"null") {
            return;
        }
        match kinds.iter().find(|kind| **kind != "null").copied() {
            Some("string") => self.string(schema, value),
            Some("integer") => self.integer(schema, value),
            Some("number") => self.number(schema, value),
            Some("boolean") => self.boolean(value),
            Some("array") => self.array(schema, value),
            Some("object") => self.object(schema, value),
            _ => {}
        }
    }

    fn string(&mut self, schema: &Value, value: &Value) {
        let Some(text) = value.as_str() else {
            let (kind, msg) = match schema.get("format").and_then(Value::as_str) {
                Some("uuid") => (
                    "uuid_type",
                    "UUID input should be a string, bytes or UUID object",
                ),
                _ => ("string_type", "Input should be a valid string"),
            };
            self.fault(kind, msg, value, None);
            return;
        };
        if schema.get("format").and_then(Value::as_str) == Some("uuid")
            && let Err(error) = uuid::Uuid::try_parse(text)
        {
            let error = error.to_string();
            let msg = format!("Input should be a valid UUID, {error}");
            self.fault("uuid_parsing", msg, value, Some(json!({ "error": error })));
        }
        let length = text.chars().count() as u64;
        if let Some(least) = schema.get("minLength").and_then(Value::as_u64)
            && length < least
        {
            let plural = if least == 1 { "" } else { "s" };
            let msg = format!("String should have at least {least} character{plural}");
            self.fault(
                "string_too_short",
                msg,
                value,
                Some(json!({"min_length": least})),
            );
        }
        if let Some(most) = schema.get("maxLength").and_then(Value::as_u64)
            && length > most
        {
            let plural = if most == 1 { "" } else { "s" };
            let msg = format!("String should have at most {most} character{plural}");
            self.fault(
                "string_too_long",
                msg,
                value,
                Some(json!({"max_length": most})),
            );
        }
    }

    fn integer(&mut self, schema: &Value, value: &mut Value) {
        if let Some(text) = value.as_str() {
            match text.trim().parse::<i64>() {
                Ok(number) => {
                    let given = std::mem::replace(value, number.into());
                    self.bounds(schema, value, &given);
                }
                Err(_) => {
                    let msg =
                        "Input should be a valid integer, unable to parse string as an integer";
                    self.fault("int_parsing", msg, value, None);
                }
            }
            return;
        }
        match value.as_f64() {
            Some(number) if value.is_f64() && number.fract() == 0.0 && number.abs() < 9e15 => {
                *value = (number as i64).into();
            }
            Some(_) if value.is_f64() => {
                let msg = "Input should be a valid integer, got a number with a fractional part";
                self.fault("int_from_float", msg, value, None);
                return;
            }
            Some(_) => {}
            None => {
                self.fault("int_type", "Input should be a valid integer", value, None);
                return;
            }
        }
        let given = value.clone();
        self.bounds(schema, value, &given);
    }

    fn number(&mut self, schema: &Value, value: &mut Value) {
        if let Some(text) = value.as_str() {
            match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => *value = json!(number),
                _ => {
                    let msg = "Input should be a valid number, unable to parse string as a number";
                    self.fault("float_parsing", msg, value, None);
                    return;
                }
            }
        } else if !value.is_number() {
            self.fault("float_type", "Input should be a valid number", value, None);
            return;
        }
        let given = value.clone();
        self.bounds(schema, value, &given);
    }

    fn bounds(&mut self, schema: &Value, value: &Value, given: &Value) {
        let number = value.as_f64().unwrap_or_default();
        let rules: [(&str, &str, &str, &str, fn(f64, f64) -> bool); 4] = [
            (
                "maximum",
                "less_than_equal",
                "less than or equal to",
                "le",
                |n, b| n <= b,
            ),
            (
                "minimum",
                "greater_than_equal",
                "greater than or equal to",
                "ge",
                |n, b| n >= b,
            ),
            (
                "exclusiveMaximum",
                "less_than",
                "less than",
                "lt",
                |n, b| n < b,
            ),
            (
                "exclusiveMinimum",
                "greater_than",
                "greater than",
                "gt",
                |n, b| n > b,
            ),
        ];
        for (rule, kind, words, short, holds) in rules {
            let Some(bound) = schema.get(rule) else {
                continue;
            };
            let edge = bound.as_f64().unwrap_or_default();
            if !holds(number, edge) {
                let bound = if edge.fract() == 0.0 {
                    json!(edge as i64)
                } else {
                    bound.clone()
                };
                let mut ctx = Map::new();
                ctx.insert(short.to_owned(), bound.clone());
                let msg = format!("Input should be {words} {bound}");
                self.fault(kind, msg, given, Some(ctx.into()));
            }
        }
    }

    fn boolean(&mut self, value: &mut Value) {
        let known = match &*value {
            Value::Bool(_) => return,
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" | "t" | "y" => Some(true),
                "false" | "0" | "no" | "off" | "f" | "n" => Some(false),
                _ => None,
            },
            Value::Number(number) => match number.as_f64() {
                Some(1.0) => Some(true),
                Some(0.0) => Some(false),
                _ => None,
            },
            Value::Null | Value::Array(_) | Value::Object(_) => {
                self.fault("bool_type", "Input should be a valid boolean", value, None);
                return;
            }
        };
        match known {
            Some(known) => *value = known.into(),
            None => {
                let msg = "Input should be a valid boolean, unable to interpret input";
                self.fault("bool_parsing", msg, value, None);
            }
        }
    }

    fn array(&mut self, schema: &Value, value: &mut Value) {
        let Value::Array(items) = value else {
            self.fault("list_type", "Input should be a valid list", value, None);
            return;
        };
        if let Some(inner) = schema.get("items") {
            for (index, item) in items.iter_mut().enumerate() {
                self.loc.push(Place::Index(index));
                self.value(inner, item);
                self.loc.pop();
            }
        }
        let count = items.len() as u64;
        if let Some(least) = schema.get("minItems").and_then(Value::as_u64)
            && count < least
        {
            let plural = if least == 1 { "" } else { "s" };
            let msg = format!(
                "List should have at least {least} item{plural} after validation, not {count}"
            );
            let ctx = json!({"field_type": "List", "min_length": least, "actual_length": count});
            self.fault("too_short", msg, value, Some(ctx));
        }
    }

    fn object(&mut self, schema: &Value, value: &mut Value) {
        let whole = value.clone();
        let Value::Object(fields) = value else {
            let kind = if schema.get("properties").is_some() {
                (
                    "model_attributes_type",
                    "Input should be a valid dictionary or object to extract fields from",
                )
            } else {
                ("dict_type", "Input should be a valid dictionary")
            };
            self.fault(kind.0, kind.1, &whole, None);
            return;
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !fields.contains_key(name) {
                self.loc.push(name.into());
                self.fault("missing", "Field required", &whole, None);
                self.loc.pop();
            }
        }
        for (name, field) in fields.iter_mut() {
            self.loc.push(name.as_str().into());
            match (
                properties.and_then(|all| all.get(name)),
                schema.get("additionalProperties"),
            ) {
                (Some(inner), _) => self.value(inner, field),
                (None, Some(Value::Bool(false))) => {
                    self.fault(
                        "extra_forbidden",
                        "Extra inputs are not permitted",
                        field,
                        None,
                    );
                }
                (None, Some(inner)) => self.value(inner, field),
                (None, None) => {}
            }
            self.loc.pop();
        }
    }
}
