//! How what the person's settings say against an agent is answered: faults lie under the part of the body it came from.

use http_kit::{Detail, Error};
use serde_json::Value;

use crate::routes::{place, told};

/// An error of the settings, as faces answer it; faults are placed under `loc`.
pub(crate) fn declined(error: settings::Error, loc: &[&str]) -> Error {
    let settings::Error::Faulty(faults) = error else {
        return told(error);
    };
    let placed = |fault: settings::Fault| {
        let mut detail = Detail::rule(loc, &fault.message, Value::Null);
        detail.kind = fault.kind;
        detail.msg = fault.message;
        detail.loc.extend(fault.loc.iter().map(place));
        detail
    };
    Error::invalid(faults.0.into_iter().map(placed).collect())
}
