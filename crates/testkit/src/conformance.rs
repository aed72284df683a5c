//! Suites that every implementation of a port must pass. Each is an async function that takes the port; it panics, or
//! fails, at the first promise that is not kept. Knows the ports; knows no implementation.

mod conversations;
mod log;
mod workspace;

pub use conversations::{Place, World, conversations, conversations_suites};
pub use log::{log, log_suites};
pub use workspace::{Ground, workspace, workspace_suites};
