//! The `openhands` command: configuration, subcommands, and the only place rooms are wired together.

mod agent;
pub mod cli;
mod clock;
mod config;
mod conversations;
mod demo;
mod doctor;
mod environment;
mod exit;
mod json_output;
mod key;
mod key_help;
mod logging;
mod lookup;
mod outfit;
mod process;
mod remote;
mod render;
mod serve;
mod session;
mod settings;
mod stdout;
mod wiring;

pub use process::main;
