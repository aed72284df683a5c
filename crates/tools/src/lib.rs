//! Hands: the tools of one conversation, carried out on this machine.
//!
//! Knows no model, no agent loop and no HTTP.

mod clip;
mod editor;
mod environment;
mod error;
mod finish;
mod glob;
mod grep;
mod hand;
mod local;
mod pty;
mod registry;
mod shell;
pub mod terminal;
mod think;
pub mod tracker;
mod walk;
pub mod workspace;

pub use error::Error;
pub use local::{Config, Local};
pub use registry::{CatalogEntry, catalog};
pub use shell::Shell;
