//! What a request says to whoever traces the work on it: kept with its conversation. Traces nothing.

use axum::http::StatusCode;
use domain::Map;
use http_kit::{Detail, Error};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// How long the name of a span may be.
const LONGEST_NAME: usize = 128;

/// The headers about it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Traced {
    #[serde(rename = "X-OpenHands-Observability-Span-Name")]
    span_name: Option<String>,
    #[serde(rename = "X-OpenHands-Observability-Tags")]
    tags: Option<String>,
    #[serde(rename = "X-OpenHands-Observability-Metadata")]
    metadata: Option<String>,
    #[serde(rename = "X-OpenHands-Observability-Parent-Span-Context")]
    parent: Option<String>,
}

impl Traced {
    /// What the conversation keeps of it.
    pub(super) fn kept(self) -> Result<Map, Error> {
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        let mut kept = Map::new();
        if let Some(name) = said(self.span_name) {
            check_name(&name).map_err(|fault| refused(fault, name.as_str().into()))?;
            kept.insert("observability_span_name".to_owned(), name.into());
        }
        if let Some(tags) = said(self.tags) {
            let tags = tags.split(',').map(str::trim).filter(|tag| !tag.is_empty());
            let tags: Vec<&str> = tags.collect();
            kept.insert("observability_tags".to_owned(), json!(tags));
        }
        if let Some(text) = said(self.metadata) {
            let metadata = serde_json::from_str(&text).map_err(|_| {
                let said = "X-OpenHands-Observability-Metadata must be a JSON object";
                Error::new(StatusCode::UNPROCESSABLE_ENTITY, said)
            })?;
            check_metadata(&metadata).map_err(|fault| refused(&fault, metadata.clone()))?;
            if !metadata.is_null() {
                kept.insert("observability_metadata".to_owned(), metadata);
            }
        }
        if let Some(parent) = said(self.parent) {
            kept.insert(
                "observability_parent_span_context".to_owned(),
                parent.into(),
            );
        }
        Ok(kept)
    }
}

fn refused(fault: &str, input: Value) -> Error {
    let mut detail = Detail::rule(&[], fault, input);
    detail.ctx = None;
    Error::invalid(vec![detail])
}

fn check_name(name: &str) -> Result<(), &'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:/-".contains(c);
    if name.chars().count() > LONGEST_NAME {
        Err("Observability span name exceeds maximum length of 128 characters")
    } else if !name.chars().all(plain) {
        Err(
            "Observability span name may only contain letters, numbers, dots, underscores, colons, \
             slashes, and hyphens",
        )
    } else {
        Ok(())
    }
}

fn check_metadata(metadata: &Value) -> Result<(), String> {
    let entries = match metadata {
        Value::Null => return Ok(()),
        Value::Object(entries) => entries,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err("Observability metadata must be a dictionary".to_owned());
        }
    };
    for (key, value) in entries {
        if key.is_empty() {
            return Err("Observability metadata keys must be non-empty strings".to_owned());
        }
        if !is_traceable(value) {
            return Err(format!(
                "Observability metadata value for '{key}' must be a scalar or a homogeneous sequence \
                 of strings, booleans, integers, or floats (mixed numeric types such as [1, 1.5] are \
                 not supported by OpenTelemetry)"
            ));
        }
    }
    Ok(())
}

/// Whether traces can carry it: a single thing, or many of one kind.
fn is_traceable(value: &Value) -> bool {
    match value {
        Value::String(_) | Value::Bool(_) | Value::Number(_) => true,
        Value::Null | Value::Object(_) => false,
        Value::Array(items) => {
            items.iter().all(Value::is_string)
                || items.iter().all(Value::is_boolean)
                || items.iter().all(|item| item.is_i64() || item.is_u64())
                || items.iter().all(Value::is_f64)
        }
    }
}
