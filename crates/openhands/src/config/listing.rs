//! What is set as rows to show; secrets never leave it.

use domain::{LlmSpec, MASK, MAX_ITERATIONS};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Config, FIELDS, Field, Source};

/// One row of `openhands config`.
#[derive(Debug, PartialEq, Serialize)]
pub struct Row {
    /// The setting, section included.
    pub name: &'static str,
    /// Its value; masked if it is a secret.
    pub value: Value,
    /// Where it comes from.
    pub source: String,
    /// The variable it can be given by.
    pub variable: String,
}

impl Config {
    /// What is set; with `all`, also what is left at its default.
    pub fn rows(&self, all: bool) -> Vec<Row> {
        let defaults = defaults();
        FIELDS
            .iter()
            .filter_map(|field| match self.get(field.name) {
                Some(found) => Some(row(field, masked(field, &found.value), &found.source)),
                None if all => {
                    let value = defaults.get(field.section())?.get(field.key());
                    let value = value.cloned().unwrap_or(Value::Null);
                    Some(row(field, value, &Source::Default))
                }
                None => None,
            })
            .collect()
    }
}

fn row(field: &Field, value: Value, source: &Source) -> Row {
    Row {
        name: field.name,
        value,
        source: source.to_string(),
        variable: field.variable(),
    }
}

fn masked(field: &Field, value: &Value) -> Value {
    if !field.is_secret() {
        return value.clone();
    }
    value.as_object().map_or_else(
        || Value::from(MASK),
        |entries| {
            let masked = entries.keys().map(|key| (key.clone(), Value::from(MASK)));
            Value::Object(masked.collect())
        },
    )
}

fn defaults() -> Value {
    let llm = LlmSpec {
        stream: true,
        ..LlmSpec::default()
    };
    let mut llm = serde_json::to_value(llm).unwrap_or_default();
    if let Some(fields) = llm.as_object_mut() {
        // Nobody chose a model: there is no default that works without a key.
        fields.remove("model");
    }
    json!({
        "llm": llm,
        "run": { "workspace": ".", "max_iterations": MAX_ITERATIONS, "budget": null, "confirm": false },
    })
}
