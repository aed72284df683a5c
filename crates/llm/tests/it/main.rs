//! The room over real connections: whole requests, replayed replies, and everything that can go wrong between.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot be set up has failed"
)]

mod faults;
mod network;
mod recorded;
mod requests;
mod scene;
mod server;
mod streams;
