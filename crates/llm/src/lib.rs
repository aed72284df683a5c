//! Models over the network: three dialects, one port. Knows no event and no environment: keys arrive in the spec.

mod client;
mod cost;
mod dialect;
mod failure;
mod http;
mod plan;
pub mod provider;
mod reply;
mod retry;
mod sse;
mod table;
mod tweaks;
mod wire;

pub use client::Client;
pub use dialect::Dialect;
pub use http::Http;
pub use table::{Model, Price, Table, TableError, Tier};

/// What a client is built with beside its spec.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Limits, abilities and prices.
    pub table: Table,
    /// Whether models that can take less than 16,384 tokens are accepted.
    pub allow_short_context: bool,
}
