//! Models over the network: three dialects, one port. Knows no event and no environment: keys arrive in the spec.

mod cost;
mod dialect;
mod failure;
mod http;
pub mod provider;
mod retry;
mod sse;
mod table;
mod tweaks;

pub use dialect::Dialect;
pub use http::Http;
pub use table::{Model, Price, Table, TableError, Tier};
