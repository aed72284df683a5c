//! How faults are worded: pydantic's kinds and texts.

use serde_json::Value;

use super::{Bounds, Form, Literal, Rule, Tagged};

pub(super) fn of_kind(kind: &str) -> &'static str {
    match kind {
        "int_parsing" => "Input should be a valid integer, unable to parse string as an integer",
        "int_parsing_size" => "Unable to parse input string as an integer, exceeded maximum size",
        "int_from_float" => "Input should be a valid integer, got a number with a fractional part",
        "int_type" => "Input should be a valid integer",
        "float_parsing" => "Input should be a valid number, unable to parse string as a number",
        "float_type" => "Input should be a valid number",
        "finite_number" => "Input should be a finite number",
        "bool_type" => "Input should be a valid boolean",
        "bool_parsing" => "Input should be a valid boolean, unable to interpret input",
        "string_type" => "Input should be a valid string",
        "uuid_type" => "UUID input should be a string, bytes or UUID object",
        "datetime_type" => "Input should be a valid datetime",
        "list_type" => "Input should be a valid list",
        "dict_type" => "Input should be a valid dictionary",
        "none_required" => "Input should be None",
        "missing" => "Field required",
        "extra_forbidden" => "Extra inputs are not permitted",
        "model_attributes_type" => {
            "Input should be a valid dictionary or object to extract fields from"
        }
        _ => "Input should be something else",
    }
}

/// `'a', 'b' or 'c'`.
pub(super) fn expected(literal: &Literal) -> String {
    let named: Vec<String> = literal.expected.iter().map(quoted).collect();
    match named.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => named.join(""),
    }
}

/// `'a', 'b'`.
pub(super) fn tags(tagged: &Tagged) -> String {
    let tags: Vec<String> = tagged
        .tags
        .iter()
        .map(|(tag, _)| format!("'{tag}'"))
        .collect();
    tags.join(", ")
}

fn quoted(value: &Value) -> String {
    let shown = python(value);
    if value.is_string() {
        format!("'{shown}'")
    } else {
        shown
    }
}

/// A value as Python's `str` shows it.
pub(super) fn python(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(quoted).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("'{name}': {}", quoted(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// A number as Python shows it: a whole one without its fraction where the rule is about integers.
pub(super) fn edge(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        (number as i64).into()
    } else {
        number.into()
    }
}

impl Form {
    /// What pydantic calls a branch of a union, to some depth.
    pub(super) fn label(&self, rule: usize, depth: usize) -> String {
        let inner = |rule: usize| match depth {
            0 => "any".to_owned(),
            _ => self.label(rule, depth - 1),
        };
        match self.rule(rule) {
            Rule::Any | Rule::Never | Rule::Same(_) | Rule::All(_) => "any".to_owned(),
            Rule::Null => "none".to_owned(),
            Rule::Boolean => "bool".to_owned(),
            Rule::Integer(bounds) => constrained("int", bounds),
            Rule::Number(bounds) => constrained("float", bounds),
            Rule::Text(text)
                if text.least.is_none() && text.most.is_none() && text.pattern.is_none() =>
            {
                "str".to_owned()
            }
            Rule::Text(_) => "constrained-str".to_owned(),
            Rule::Uuid => "uuid".to_owned(),
            Rule::Moment => "datetime".to_owned(),
            Rule::Literal(literal) => {
                let all: Vec<String> = literal.expected.iter().map(quoted).collect();
                format!("literal[{}]", all.join(","))
            }
            Rule::List(list) => {
                let item = list.item.map_or_else(|| "any".to_owned(), inner);
                format!("list[{item}]")
            }
            Rule::Dict(values) => format!("dict[str,{}]", inner(*values)),
            Rule::Model(model) => model.name.clone(),
            Rule::Nullable(nullable) => format!("nullable[{}]", inner(*nullable)),
            Rule::Union(branches) => {
                let names: Vec<String> =
                    branches.iter().map(|(_, branch)| inner(*branch)).collect();
                format!("union[{}]", names.join(","))
            }
            Rule::Tagged(tagged) => {
                let names: Vec<String> = tagged.tags.iter().map(|(_, rule)| inner(*rule)).collect();
                format!("tagged-union[{}]", names.join(","))
            }
        }
    }
}

fn constrained(name: &str, bounds: &Bounds) -> String {
    let edges = [bounds.most, bounds.below, bounds.least, bounds.above];
    match edges.iter().any(Option::is_some) {
        true => format!("constrained-{name}"),
        false => name.to_owned(),
    }
}
