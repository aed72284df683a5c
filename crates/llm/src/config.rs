//! What a client is told beside its spec. Data only.

use crate::table::Table;

/// What a client is built with beside its spec.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Limits, abilities and prices.
    pub table: Table,
    /// Whether models that can take less than 16,384 tokens are accepted.
    pub allow_short_context: bool,
}
