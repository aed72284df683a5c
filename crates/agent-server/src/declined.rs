//! How what the person's settings do not allow is answered.

use axum::http::StatusCode;
use http_kit::{Detail, Error, Place};
use serde_json::Value;

/// An error of the settings, as faces answer it; faults are placed under `loc`.
pub(crate) fn declined(error: settings::Error, loc: &[&str]) -> Error {
    use settings::Error as Declined;
    let text = error.to_string();
    match error {
        Declined::NotFound(_) => Error::not_found(text),
        Declined::Conflict(_) => Error::conflict(text),
        Declined::Refused(_) => Error::bad(text),
        Declined::Invalid(_) | Declined::Launch(_) | Declined::Unresolved(_) => {
            Error::new(StatusCode::UNPROCESSABLE_ENTITY, text)
        }
        Declined::Faulty(faults) => Error::invalid(
            faults
                .0
                .into_iter()
                .map(|fault| placed(fault, loc))
                .collect(),
        ),
        Declined::Busy(_) | Declined::NoKey => Error::unavailable(text),
        Declined::Missing(_) => Error::not_implemented(text),
        Declined::Damaged(_) | Declined::Disk(_) => Error::internal(&text),
    }
}

fn placed(fault: settings::Fault, loc: &[&str]) -> Detail {
    let mut detail = Detail::rule(loc, &fault.message, Value::Null);
    detail.kind = fault.kind;
    detail.msg = fault.message;
    detail.loc.extend(fault.loc.into_iter().map(|step| {
        match step {
            Value::Number(index) => Place::Index(
                index
                    .as_u64()
                    .and_then(|index| index.try_into().ok())
                    .unwrap_or(0),
            ),
            Value::String(key) => Place::Key(key),
            other @ (Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                Place::Key(other.to_string())
            }
        }
    }));
    detail
}
