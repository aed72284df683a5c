//! The real binary, run the way people and scripts run it: a home of its own, an empty environment, a scripted model
//! over HTTP, real shells, real signals.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot get its house ready has failed"
)]

mod confirm;
mod conversations;
mod crash;
mod demo;
mod doctor;
mod house;
mod json;
mod mistakes;
mod server;
mod session;
mod settings;
mod stops;
mod task;
mod terminal;
