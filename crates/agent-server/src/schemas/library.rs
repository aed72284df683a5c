//! The components of `schemas/*.txt` as JSON schemas, for requests and for answers.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::notation::{Component, Field, Others, Seen, Shape, Type, read};

const TEXTS: [&str; 8] = [
    include_str!("../../schemas/events.txt"),
    include_str!("../../schemas/actions.txt"),
    include_str!("../../schemas/observations.txt"),
    include_str!("../../schemas/tools.txt"),
    include_str!("../../schemas/agents.txt"),
    include_str!("../../schemas/servers.txt"),
    include_str!("../../schemas/policies.txt"),
    include_str!("../../schemas/conversations.txt"),
];

/// All components by name; read at the first look, and never changed.
static COMPONENTS: LazyLock<HashMap<String, Shape>> = LazyLock::new(|| {
    let mut all = HashMap::new();
    for text in TEXTS {
        match read(text) {
            Ok(components) => {
                let named = |Component { name, shape }| (name, shape);
                all.extend(components.into_iter().map(named));
            }
            Err(fault) => tracing::error!("a description of types cannot be read: {fault}"),
        }
    }
    all
});

/// The names of all components.
#[cfg(test)]
pub(super) fn names() -> Vec<&'static str> {
    COMPONENTS.keys().map(String::as_str).collect()
}

/// A component and all that it mentions, by name.
pub(super) fn with_all_it_mentions(name: &str, writer: Writer<'_>) -> Map<String, Value> {
    let mut found = Map::new();
    let mut seen = HashSet::new();
    let mut due = vec![name.to_owned()];
    while let Some(name) = due.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(shape) = COMPONENTS.get(&name) {
            found.insert(name, writer.shape(shape, &mut due));
        }
    }
    found
}

/// Writes components for one side.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    /// Whether they are about answers.
    pub answers: bool,
    /// Where definitions are: `/components/schemas`.
    pub place: &'a str,
}

impl Writer<'_> {
    pub fn reference(self, name: &str) -> Value {
        json!({"$ref": format!("#{}/{name}", self.place)})
    }

    fn shape(self, shape: &Shape, due: &mut Vec<String>) -> Value {
        match shape {
            Shape::Other(of) => self.of(of, due),
            Shape::Thing { others, fields } => self.thing(*others, fields, due),
            Shape::Kinds {
                key,
                kinds,
                class,
                otherwise,
            } => {
                let mut schema = self.tagged(key, kinds, due);
                if let Value::Object(schema) = &mut schema {
                    if let Some(class) = class {
                        schema.insert("x-class".to_owned(), class.as_str().into());
                    }
                    if let Some((kind, field)) = otherwise {
                        let unsaid = json!({"kind": kind, "with": field});
                        schema.insert("x-otherwise".to_owned(), unsaid);
                    }
                }
                schema
            }
        }
    }

    fn thing(self, others: Others, fields: &[Field], due: &mut Vec<String>) -> Value {
        let hidden = match self.answers {
            true => Seen::InRequests,
            false => Seen::InAnswers,
        };
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in fields.iter().filter(|field| field.seen != hidden) {
            let mut schema = self.of(&field.of, due);
            if let (Some(default), Value::Object(schema)) = (&field.default, &mut schema) {
                schema.insert("default".to_owned(), default.clone());
            }
            properties.insert(field.name.clone(), schema);
            if field.required {
                required.push(field.name.as_str());
            }
        }
        // What is required is written in the notation; nothing is to be guessed.
        let mut schema = json!({"type": "object", "properties": properties, "x-exact": true});
        if let Value::Object(schema) = &mut schema {
            if !required.is_empty() {
                schema.insert("required".to_owned(), required.into());
            }
            match others {
                Others::Ignored => None,
                Others::Forbidden => schema.insert("additionalProperties".to_owned(), false.into()),
                Others::Allowed => schema.insert("additionalProperties".to_owned(), true.into()),
            };
        }
        schema
    }

    /// Branches as serde's tagged enums have them: the tag beside a reference.
    fn tagged(self, key: &str, tags: &[(String, String)], due: &mut Vec<String>) -> Value {
        let branches: Vec<Value> = tags
            .iter()
            .map(|(tag, name)| {
                due.push(name.clone());
                let mut branch = self.reference(name);
                if let Value::Object(branch) = &mut branch {
                    let constant = json!({ key: {"type": "string", "const": tag} });
                    branch.insert("properties".to_owned(), constant);
                    branch.insert("required".to_owned(), json!([key]));
                }
                branch
            })
            .collect();
        json!({ "oneOf": branches })
    }

    fn of(self, of: &Type, due: &mut Vec<String>) -> Value {
        match of {
            Type::Any => json!({}),
            Type::Null => json!({"type": "null"}),
            Type::Plain(kind, rules) => ruled(json!({ "type": kind }), rules),
            Type::Literal(value) => json!({"type": "string", "const": value}),
            Type::Component(name) => {
                due.push(name.clone());
                self.reference(name)
            }
            Type::List(of, rules) => {
                ruled(json!({"type": "array", "items": self.of(of, due)}), rules)
            }
            Type::Map(of) => {
                let values = if matches!(**of, Type::Any) {
                    true.into()
                } else {
                    self.of(of, due)
                };
                json!({"type": "object", "additionalProperties": values})
            }
            Type::Tuple(types) => {
                let count = types.len();
                let types: Vec<Value> = types.iter().map(|of| self.of(of, due)).collect();
                json!({"type": "array", "prefixItems": types, "minItems": count, "maxItems": count})
            }
            Type::Either(types) => self.either(types, due),
            Type::Tagged { key, tags } => self.tagged(key, tags, due),
        }
    }

    fn either(self, types: &[Type], due: &mut Vec<String>) -> Value {
        let (literals, others): (Vec<&Type>, Vec<&Type>) =
            types.iter().partition(|of| matches!(of, Type::Literal(_)));
        let values: Vec<&Value> = literals
            .iter()
            .filter_map(|of| {
                if let Type::Literal(value) = of {
                    Some(value)
                } else {
                    None
                }
            })
            .collect();
        let values = match values.as_slice() {
            [] => None,
            [only] => Some(json!({"type": "string", "const": only})),
            many => Some(json!({"type": "string", "enum": many})),
        };
        let others = others.into_iter().map(|of| self.of(of, due));
        let mut branches: Vec<Value> = values.into_iter().chain(others).collect();
        match branches.len() {
            1 => branches.pop().unwrap_or_default(),
            _ => json!({ "anyOf": branches }),
        }
    }
}

/// A schema with rules such as `>=1`, `length<=9`, `uuid`, `/a*/`.
fn ruled(mut schema: Value, rules: &[String]) -> Value {
    const WORDS: [(&str, &str); 8] = [
        ("length>=", "minLength"),
        ("length<=", "maxLength"),
        ("count>=", "minItems"),
        ("count<=", "maxItems"),
        (">=", "minimum"),
        ("<=", "maximum"),
        (">", "exclusiveMinimum"),
        ("<", "exclusiveMaximum"),
    ];
    let Value::Object(rows) = &mut schema else {
        return schema;
    };
    for rule in rules {
        let edge = WORDS
            .iter()
            .find_map(|(word, key)| Some((*key, rule.strip_prefix(word)?)));
        let pattern = rule
            .strip_prefix('/')
            .and_then(|rule| rule.strip_suffix('/'));
        let (key, value) = match (edge, pattern, rule.as_str()) {
            (Some((key, edge)), _, _) => (key, serde_json::from_str(edge).unwrap_or_default()),
            (None, Some(pattern), _) => ("pattern", pattern.into()),
            (None, None, "unique") => ("uniqueItems", true.into()),
            (None, None, "writeOnly") => ("writeOnly", true.into()),
            (None, None, format) => ("format", format.into()),
        };
        rows.insert(key.to_owned(), value);
    }
    schema
}
