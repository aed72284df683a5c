//! The scripted model server, asked by a plain HTTP client.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests may fail as tests do"
)]

mod client;
mod dialects;
mod faults;
mod refusals;
mod serving;
