//! The agent server's protocol: REST and sockets over conversations. Parses, makes one call, renders; decides nothing.

mod app;
mod client;
mod config;
mod courier;
mod declined;
mod door;
mod gate;
mod idle;
mod info;
mod kin;
mod nulls;
mod portrait;
mod pulse;
mod routes;
mod runs;
mod schemas;
mod server;
mod snapshot;
mod sockets;
mod webhooks;

pub use app::{App, Ports};
pub use client::Client;
pub use config::{About, Config, WebhookSpec};
pub use courier::Courier;
pub use gate::Opener;
pub use routes::openapi;
pub use server::Server;
