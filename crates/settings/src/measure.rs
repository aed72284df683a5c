//! Holds a value against the schema that its type publishes: bounds, lengths, patterns, and numbers given as text.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use domain::Map;
use regex::Regex;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fault::{Fault, Faults};

/// Reads what meets the schema of its type.
pub fn read<T: JsonSchema + DeserializeOwned>(given: Map) -> Result<T, Faults> {
    let mut value = Value::Object(given);
    let schema = schema::<T>();
    let mut measure = Measure {
        root: &schema,
        loc: Vec::new(),
        faults: Vec::new(),
    };
    measure.value(&schema, &mut value);
    if !measure.faults.is_empty() {
        return Err(Faults(measure.faults));
    }
    serde_json::from_value(value).map_err(|error| Faults::at("", error.to_string()))
}

/// The schemas that were made already, by type: making one takes longer than reading by it, and gives the same each time.
static MADE: RwLock<BTreeMap<&'static str, Arc<Value>>> = RwLock::new(BTreeMap::new());

fn schema<T: JsonSchema>() -> Arc<Value> {
    let name = std::any::type_name::<T>();
    let made = MADE.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(schema) = made.get(name) {
        return Arc::clone(schema);
    }
    drop(made);
    let generator = SchemaSettings::draft2020_12().for_deserialize();
    let schema = generator.into_generator().into_root_schema_for::<T>();
    let schema = Arc::new(schema.to_value());
    let mut made = MADE.write().unwrap_or_else(PoisonError::into_inner);
    made.insert(name, Arc::clone(&schema));
    schema
}

/// A thing as a JSON object.
pub fn object(thing: &impl Serialize) -> Map {
    match serde_json::to_value(thing) {
        Ok(Value::Object(map)) => map,
        Ok(_) | Err(_) => Map::new(),
    }
}

struct Measure<'a> {
    root: &'a Value,
    loc: Vec<Value>,
    faults: Vec<Fault>,
}

impl<'a> Measure<'a> {
    fn fault(&mut self, kind: &str, message: impl Into<String>) {
        self.faults.push(Fault {
            loc: self.loc.clone(),
            kind: kind.to_owned(),
            message: message.into(),
        });
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str);
        let name = target.and_then(|target| target.strip_prefix("#/$defs/"));
        let found = name.and_then(|name| self.root.get("$defs")?.get(name));
        found.unwrap_or(schema)
    }

    fn value(&mut self, schema: &'a Value, value: &mut Value) {
        let schema = self.resolve(schema);
        if let Some(known) = choices(schema) {
            if !known.contains(&&*value) {
                self.unknown(&known);
            }
            return;
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(branches) = schema.get(choice).and_then(Value::as_array) {
                self.branches(branches, value);
            }
        }
        match kind(schema, value) {
            Kind::Fine => {}
            Kind::Null => self.fault("none_required", "Input should be None"),
            Kind::Integer => self.integer(schema, value),
            Kind::Number => self.number(schema, value),
            Kind::Boolean => self.boolean(value),
            Kind::String => self.string(schema, value),
            Kind::Array => self.array(schema, value),
            Kind::Object => self.object(schema, value),
        }
    }

    fn unknown(&mut self, known: &[&Value]) {
        let names: Vec<String> = known
            .iter()
            .map(|one| {
                one.as_str()
                    .map_or_else(|| one.to_string(), |text| format!("'{text}'"))
            })
            .collect();
        let listed = match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => names.concat(),
        };
        self.fault("literal_error", format!("Input should be {listed}"));
    }

    /// The first branch that takes the value, else the faults of the one that came furthest.
    fn branches(&mut self, branches: &'a [Value], value: &mut Value) {
        let mut best: Option<Vec<Fault>> = None;
        for branch in branches {
            let mut tried = value.clone();
            let mut measure = Measure {
                root: self.root,
                loc: self.loc.clone(),
                faults: Vec::new(),
            };
            measure.value(branch, &mut tried);
            if measure.faults.is_empty() {
                *value = tried;
                return;
            }
            let depth = |faults: &[Fault]| faults.iter().map(|one| one.loc.len()).max();
            let is_null = branch.get("type").and_then(Value::as_str) == Some("null");
            if !is_null
                && best
                    .as_ref()
                    .is_none_or(|kept| depth(&measure.faults) > depth(kept))
            {
                best = Some(measure.faults);
            }
        }
        self.faults.extend(best.unwrap_or_default());
    }

    fn integer(&mut self, schema: &Value, value: &mut Value) {
        let whole = match &*value {
            Value::String(text) => match text.trim().parse::<i64>() {
                Ok(number) => Some(number),
                Err(_) => {
                    return self.fault(
                        "int_parsing",
                        "Input should be a valid integer, unable to parse string as an integer",
                    );
                }
            },
            Value::Number(number) if number.is_f64() => {
                let number = number.as_f64().unwrap_or_default();
                if number.fract() != 0.0 || number.abs() > 9e15 {
                    return self.fault(
                        "int_from_float",
                        "Input should be a valid integer, got a number with a fractional part",
                    );
                }
                Some(number as i64)
            }
            Value::Number(_) => None,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return self.fault("int_type", "Input should be a valid integer");
            }
        };
        if let Some(whole) = whole {
            *value = whole.into();
        }
        self.bounds(schema, value.as_f64().unwrap_or_default());
    }

    fn number(&mut self, schema: &Value, value: &mut Value) {
        if let Value::String(text) = &*value {
            match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => *value = json!(number),
                Ok(_) | Err(_) => {
                    return self.fault(
                        "float_parsing",
                        "Input should be a valid number, unable to parse string as a number",
                    );
                }
            }
        }
        match value.as_f64() {
            Some(number) => self.bounds(schema, number),
            None => self.fault("float_type", "Input should be a valid number"),
        }
    }

    fn bounds(&mut self, schema: &Value, number: f64) {
        type Rule = (&'static str, &'static str, fn(f64, f64) -> bool);
        const RULES: [Rule; 4] = [
            ("minimum", "greater_than_equal", |n, edge| n >= edge),
            ("maximum", "less_than_equal", |n, edge| n <= edge),
            ("exclusiveMinimum", "greater_than", |n, edge| n > edge),
            ("exclusiveMaximum", "less_than", |n, edge| n < edge),
        ];
        for (rule, kind, holds) in RULES {
            let Some(edge) = schema.get(rule).and_then(Value::as_f64) else {
                continue;
            };
            if !holds(number, edge) {
                let words = kind
                    .replace("_equal", " or equal to")
                    .replace("_than", " than");
                self.fault(kind, format!("Input should be {words} {edge}"));
            }
        }
    }

    fn boolean(&mut self, value: &mut Value) {
        let meant = match &*value {
            Value::Bool(_) => return,
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" | "t" | "y" => Some(true),
                "false" | "0" | "no" | "off" | "f" | "n" => Some(false),
                _ => None,
            },
            Value::Number(number) => match number.as_f64() {
                Some(1.0) => Some(true),
                Some(0.0) => Some(false),
                Some(_) | None => None,
            },
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        match meant {
            Some(meant) => *value = meant.into(),
            None => self.fault("bool_type", "Input should be a valid boolean"),
        }
    }

    fn string(&mut self, schema: &Value, value: &Value) {
        let Some(text) = value.as_str() else {
            return self.fault("string_type", "Input should be a valid string");
        };
        let length = text.chars().count() as u64;
        let edge = |rule| schema.get(rule).and_then(Value::as_u64);
        let plural = |count| if count == 1 { "" } else { "s" };
        if let Some(least) = edge("minLength").filter(|least| length < *least) {
            let s = plural(least);
            let said = format!("String should have at least {least} character{s}");
            self.fault("string_too_short", said);
        }
        if let Some(most) = edge("maxLength").filter(|most| length > *most) {
            let s = plural(most);
            let said = format!("String should have at most {most} character{s}");
            self.fault("string_too_long", said);
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && Regex::new(pattern).is_ok_and(|regex| !regex.is_match(text))
        {
            let said = format!("String should match pattern '{pattern}'");
            self.fault("string_pattern_mismatch", said);
        }
        if schema.get("format").and_then(Value::as_str) == Some("uuid")
            && uuid::Uuid::try_parse(text).is_err()
        {
            self.fault("uuid_parsing", "Input should be a valid UUID");
        }
    }

    fn array(&mut self, schema: &'a Value, value: &mut Value) {
        let Value::Array(items) = value else {
            return self.fault("list_type", "Input should be a valid list");
        };
        let Some(inner) = schema.get("items") else {
            return;
        };
        for (index, item) in items.iter_mut().enumerate() {
            self.loc.push(index.into());
            self.value(inner, item);
            self.loc.pop();
        }
    }

    fn object(&mut self, schema: &'a Value, value: &mut Value) {
        let Value::Object(fields) = value else {
            return self.fault("dict_type", "Input should be a valid dictionary");
        };
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let required = schema.get("required").and_then(Value::as_array);
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
        // In the order of the schema, which is the order clients are told.
        for (name, inner) in known.into_iter().flatten() {
            self.loc.push(name.as_str().into());
            match fields.get_mut(name) {
                Some(field) => self.value(inner, field),
                None if is_required(name) => self.fault("missing", "Field required"),
                None => {}
            }
            self.loc.pop();
        }
        let is_known = |name: &str| known.is_some_and(|known| known.contains_key(name));
        for (name, field) in fields.iter_mut().filter(|(name, _)| !is_known(name)) {
            self.loc.push(name.as_str().into());
            match others {
                Some(Value::Bool(false)) => {
                    self.fault("extra_forbidden", "Extra inputs are not permitted");
                }
                Some(inner) if inner.is_object() => self.value(inner, field),
                Some(_) | None => {}
            }
            self.loc.pop();
        }
    }
}

/// The values that are taken, if they are listed: together, or one by one with a word about each.
fn choices(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(one) = schema.get("const") {
        return Some(vec![one]);
    }
    if let Some(listed) = schema.get("enum").and_then(Value::as_array) {
        return Some(listed.iter().collect());
    }
    let branches = schema.get("oneOf").and_then(Value::as_array)?.iter();
    let all: Option<Vec<Vec<&Value>>> = branches.map(choices).collect();
    all.map(|all| all.concat())
}

enum Kind {
    Fine,
    Null,
    Integer,
    Number,
    Boolean,
    String,
    Array,
    Object,
}

/// What a value should be; nothing to check where the schema says nothing, or the value may be null and is.
fn kind(schema: &Value, value: &Value) -> Kind {
    let named = match schema.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        Some(_) | None => return Kind::Fine,
    };
    if value.is_null() && named.contains(&"null") {
        return Kind::Fine;
    }
    match named.into_iter().find(|name| *name != "null") {
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        Some("string") => Kind::String,
        Some("array") => Kind::Array,
        Some("object") => Kind::Object,
        Some(_) => Kind::Fine,
        None => Kind::Null,
    }
}
