//! Time and ids as they are passed in; nobody in this room reads a clock.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A naive local timestamp in ISO form, as events carry it; kept verbatim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(pub String);

/// Where time and fresh ids come from.
pub trait Clock: Send + Sync {
    /// Naive local time with microseconds, as events carry it.
    fn stamp(&self) -> Stamp;
    /// Microseconds since the Unix epoch.
    fn micros(&self) -> i64;
    /// A fresh random id.
    fn uuid(&self) -> Uuid;
}
