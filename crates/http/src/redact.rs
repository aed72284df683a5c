//! Hides secrets in what a fault shows of a request. Knows secrets by the names of their fields alone.

use serde_json::Value;

use crate::error::{Detail, Place};

const HIDDEN: &str = "<redacted>";

/// A name that contains one of these, in any case, names a secret.
const NAMES: [&str; 8] = [
    "authorization",
    "cookie",
    "credential",
    "key",
    "password",
    "secret",
    "session",
    "token",
];

/// Everything inside these is secret.
const WHOLE: [&str; 3] = ["environment", "env", "headers"];

/// Hides the secrets in a fault.
pub(crate) fn redact(fault: &mut Detail) {
    hide(&mut fault.input);
    let named = match fault.loc.last() {
        Some(Place::Key(key)) => is_secret(&key.to_lowercase()),
        _ => false,
    };
    // A number that is none is no secret, however its field is called.
    if named && fault.input.is_string() && !fault.kind.ends_with("_parsing") {
        fault.input = HIDDEN.into();
    }
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.to_lowercase();
                if WHOLE.contains(&name.as_str()) {
                    hide_all(value);
                } else if is_secret(&name) {
                    *value = HIDDEN.into();
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn hide_all(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(hide_all),
        Value::Array(items) => items.iter_mut().for_each(hide_all),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            *value = HIDDEN.into()
        }
    }
}

fn is_secret(name: &str) -> bool {
    NAMES.iter().any(|part| name.contains(part))
}
