//! Reads a JSON schema, as schemars writes it, into a form.

use std::collections::HashMap;
use std::sync::Arc;

use regex::Regex;
use serde_json::{Map, Value};

use super::{Bounds, Extra, Field, Form, List, Literal, Model, Rule, Tagged, Text};
use crate::variants;

pub(super) fn form(schema: &Value) -> Form {
    let mut reader = Reader {
        root: schema,
        rules: Vec::new(),
        known: HashMap::new(),
    };
    let root = reader.rule(
        schema,
        Context {
            name: title(schema),
            named: false,
            by_class: false,
        },
    );
    let mut form = Form {
        schema: Arc::new(schema.clone()),
        rules: reader.rules.into(),
        root,
    };
    let labels: Vec<Vec<String>> = form.rules.iter().map(|rule| labels(&form, rule)).collect();
    if let Some(rules) = Arc::get_mut(&mut form.rules) {
        for (rule, labels) in rules.iter_mut().zip(labels) {
            if let Rule::Union(branches) = rule {
                for ((name, _), label) in branches.iter_mut().zip(labels) {
                    *name = label;
                }
            }
        }
    }
    form
}

/// The form of a model with the fields of two.
pub(super) fn both(one: Form, other: Form) -> Form {
    let mut schema = Value::clone(&one.schema);
    for key in ["properties", "$defs", "required"] {
        let more = other.schema.get(key).cloned();
        match (schema.get_mut(key), more) {
            (Some(Value::Object(fields)), Some(Value::Object(more))) => fields.extend(more),
            (Some(Value::Array(names)), Some(Value::Array(more))) => names.extend(more),
            (None, Some(more)) => {
                if let Value::Object(schema) = &mut schema {
                    schema.insert(key.to_owned(), more);
                }
            }
            _ => {}
        }
    }
    form(&schema)
}

/// What the branches of a union are called; they can only be named once all rules are known.
fn labels(form: &Form, rule: &Rule) -> Vec<String> {
    let Rule::Union(branches) = rule else {
        return Vec::new();
    };
    let name = |(_, branch): &(String, usize)| form.label(*branch, 4);
    branches.iter().map(name).collect()
}

fn title(schema: &Value) -> &str {
    schema
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or("Model")
}

/// Where a schema stands.
#[derive(Clone, Copy)]
struct Context<'a> {
    /// The name it was referred to by.
    name: &'a str,
    /// Whether it was referred to at all.
    named: bool,
    /// Whether it is inside a class of kinds.
    by_class: bool,
}

struct Reader<'a> {
    root: &'a Value,
    rules: Vec<Rule>,
    known: HashMap<(String, bool), usize>,
}

impl<'a> Reader<'a> {
    fn keep(&mut self, rule: Rule) -> usize {
        self.rules.push(rule);
        self.rules.len() - 1
    }

    fn definition(&self, schema: &Value) -> Option<(String, &'a Value)> {
        let target = schema.get("$ref")?.as_str()?;
        let name = target.strip_prefix("#/$defs/")?;
        // References are JSON pointers: a slash in a name is written otherwise.
        let name = name.replace("~1", "/").replace("~0", "~");
        let found = self.root.get("$defs")?.get(&name)?;
        Some((name, found))
    }

    /// The rule for something inside, which nobody referred to by name.
    fn inner(&mut self, schema: &Value, context: Context<'_>) -> usize {
        self.rule(
            schema,
            Context {
                name: title(schema),
                named: false,
                ..context
            },
        )
    }

    fn rule(&mut self, schema: &Value, context: Context<'_>) -> usize {
        match schema {
            Value::Bool(false) => return self.keep(Rule::Never),
            Value::Object(_) => {}
            Value::Null
            | Value::Bool(true)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => return self.keep(Rule::Any),
        }
        if schema.get("x-unchecked") == Some(&Value::Bool(true)) {
            return self.keep(Rule::Any);
        }
        if let Some((name, definition)) = self.definition(schema) {
            if schema.get("properties").is_some() {
                let merged = merge(definition, schema);
                return self.rule(
                    &merged,
                    Context {
                        name: &name,
                        named: true,
                        ..context
                    },
                );
            }
            return self.referred(&name, definition, context.by_class);
        }
        let rule = self.read(schema, context);
        self.keep(rule)
    }

    fn referred(&mut self, name: &str, definition: &Value, by_class: bool) -> usize {
        let key = (name.to_owned(), by_class);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        // Its place is taken before it is read: it may refer to itself.
        let place = self.keep(Rule::Any);
        self.known.insert(key, place);
        let read = self.rule(
            definition,
            Context {
                name,
                named: true,
                by_class,
            },
        );
        if let Some(kept) = self.rules.get_mut(place) {
            *kept = Rule::Same(read);
        }
        place
    }

    fn read(&mut self, schema: &Value, context: Context<'_>) -> Rule {
        if let Some(values) = variants::literals(schema) {
            let nullable = values.contains(&Value::Null);
            let expected = values
                .into_iter()
                .filter(|value| !value.is_null())
                .collect();
            let literal = Rule::Literal(Literal {
                expected,
                named: context.named,
            });
            return match nullable {
                true => Rule::Nullable(self.keep(literal)),
                false => literal,
            };
        }
        let choices = ["oneOf", "anyOf"]
            .into_iter()
            .find_map(|key| schema.get(key).and_then(Value::as_array));
        let choice = choices.map(|branches| self.choice(schema, branches, context));
        let parts: Vec<usize> = schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|part| self.inner(part, context))
            .collect();
        let typed = self.typed(schema, context);
        let mut all: Vec<Rule> = choice.into_iter().chain(typed).collect();
        if parts.is_empty() && all.len() < 2 {
            return all.pop().unwrap_or(Rule::Any);
        }
        let mut numbers = parts;
        for rule in all {
            numbers.push(self.keep(rule));
        }
        Rule::All(numbers)
    }

    fn choice(&mut self, schema: &Value, branches: &[Value], context: Context<'_>) -> Rule {
        let is_null = |branch: &Value| branch.get("type").is_some_and(|kind| kind == "null");
        let nullable = branches.iter().any(is_null);
        let branches: Vec<&Value> = branches.iter().filter(|branch| !is_null(branch)).collect();
        let rule = match (variants::tag(&branches), branches.as_slice()) {
            (_, [only]) if schema.get("x-class").is_none() => {
                let only = *only;
                Rule::Same(self.rule(
                    only,
                    Context {
                        name: title(only),
                        named: false,
                        ..context
                    },
                ))
            }
            (Some(key), _) => self.tagged(schema, &key, &branches, context),
            (None, _) => {
                let mut kept = Vec::new();
                for branch in branches {
                    let number = self.inner(branch, context);
                    kept.push((String::new(), number));
                }
                Rule::Union(kept)
            }
        };
        match nullable {
            true => Rule::Nullable(self.keep(rule)),
            false => rule,
        }
    }

    fn tagged(
        &mut self,
        schema: &Value,
        key: &str,
        branches: &[&Value],
        context: Context<'_>,
    ) -> Rule {
        let class = schema.get("x-class").and_then(Value::as_str);
        let by_class = context.by_class || class.is_some();
        let mut tags = Vec::new();
        for branch in branches {
            let Some(tag) = variants::tag_of(branch, key) else {
                continue;
            };
            let name = self
                .definition(branch)
                .map_or_else(|| tag.to_owned(), |(name, _)| name);
            let context = Context {
                name: &name,
                named: true,
                by_class,
            };
            tags.push((tag.to_owned(), self.rule(branch, context)));
        }
        Rule::Tagged(Tagged {
            key: key.to_owned(),
            tags,
            class: class.map(str::to_owned),
            by_class: context.by_class,
            otherwise: schema.get("x-otherwise").and_then(|unsaid| {
                let text = |key: &str| Some(unsaid.get(key)?.as_str()?.to_owned());
                Some((text("with")?, text("kind")?))
            }),
        })
    }

    fn typed(&mut self, schema: &Value, context: Context<'_>) -> Option<Rule> {
        let kinds: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ if schema.get("properties").is_some() => vec!["object"],
            _ => return None,
        };
        let rules: Vec<Rule> = kinds
            .iter()
            .filter(|kind| **kind != "null")
            .map(|kind| self.of_type(kind, schema, context))
            .collect();
        let mut numbers: Vec<usize> = rules.into_iter().map(|rule| self.keep(rule)).collect();
        let rule = match numbers.len() {
            0 => Rule::Null,
            1 => Rule::Same(numbers.pop()?),
            _ => Rule::Union(
                numbers
                    .into_iter()
                    .map(|number| (String::new(), number))
                    .collect(),
            ),
        };
        Some(match kinds.len() > 1 && kinds.contains(&"null") {
            true => Rule::Nullable(self.keep(rule)),
            false => rule,
        })
    }

    fn of_type(&mut self, kind: &str, schema: &Value, context: Context<'_>) -> Rule {
        match kind {
            "string" => text(schema),
            "integer" => Rule::Integer(bounds(schema)),
            "number" => Rule::Number(bounds(schema)),
            "boolean" => Rule::Boolean,
            "array" => Rule::List(List {
                item: schema.get("items").map(|item| self.inner(item, context)),
                least: schema.get("minItems").and_then(Value::as_u64),
                most: schema.get("maxItems").and_then(Value::as_u64),
            }),
            "object" => self.object(schema, context),
            _ => Rule::Any,
        }
    }

    fn object(&mut self, schema: &Value, context: Context<'_>) -> Rule {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let closed = others == Some(&Value::Bool(false))
            || schema.get("unevaluatedProperties") == Some(&Value::Bool(false))
                && variants::plain(schema);
        if properties.is_none() && !closed && variants::plain(schema) {
            let any = Value::Bool(true);
            return Rule::Dict(self.inner(others.unwrap_or(&any), context));
        }
        let needed: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut fields = Vec::new();
        for (name, property) in properties.unwrap_or(&none) {
            fields.push(Field {
                name: name.clone(),
                rule: self.inner(property, context),
                required: needed.contains(&name.as_str()),
            });
        }
        let extra = match others {
            _ if closed => Extra::Forbidden,
            Some(Value::Object(_)) => {
                Extra::Ruled(self.inner(others.unwrap_or(&Value::Null), context))
            }
            _ => Extra::Ignored,
        };
        let places = fields
            .iter()
            .enumerate()
            .map(|(place, field)| (field.name.clone(), place))
            .collect();
        Rule::Model(Model {
            name: context.name.to_owned(),
            required: fields.iter().filter(|field| field.required).count(),
            fields,
            places,
            extra,
            by_class: context.by_class,
        })
    }
}

/// A branch that names a definition and adds its tag, as one schema. The tag is known already: it is not asked for again.
fn merge(definition: &Value, branch: &Value) -> Value {
    let mut merged = definition.clone();
    let Some(tags) = branch.get("properties").and_then(Value::as_object) else {
        return merged;
    };
    if let Value::Object(merged) = &mut merged {
        let properties = merged
            .entry("properties")
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(properties) = properties {
            for (name, tag) in tags {
                properties
                    .entry(name.clone())
                    .or_insert_with(|| tag.clone());
            }
        }
    }
    merged
}

fn text(schema: &Value) -> Rule {
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => return Rule::Uuid,
        Some("date-time") => return Rule::Moment,
        _ => {}
    }
    let pattern = schema.get("pattern").and_then(Value::as_str);
    Rule::Text(Text {
        least: schema.get("minLength").and_then(Value::as_u64),
        most: schema.get("maxLength").and_then(Value::as_u64),
        pattern: pattern.and_then(|pattern| Regex::new(pattern).ok()),
    })
}

fn bounds(schema: &Value) -> Bounds {
    let edge = |key: &str| schema.get(key).and_then(Value::as_f64);
    Bounds {
        most: edge("maximum"),
        below: edge("exclusiveMaximum"),
        least: edge("minimum"),
        above: edge("exclusiveMinimum"),
    }
}
