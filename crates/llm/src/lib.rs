//! Models over the network: three dialects, one port. Knows no event and no environment: keys arrive in the spec.

mod client;
mod config;
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
pub use config::Config;
pub use dialect::Dialect;
pub use http::Http;
pub use table::{Model, Price, Table, TableError, Tier};
