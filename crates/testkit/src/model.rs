//! A model that says what a script tells it to. Knows no room that asks it.

mod ask;
mod dialect;
mod fault;
mod in_process;
mod library;
mod player;
mod reply;
mod script;

pub use ask::{Ask, Said};
pub use dialect::Dialect;
pub use fault::{Cause, Failure, Fault, RetryAfter};
pub use in_process::InProcess;
pub use library::Library;
pub use player::RanOut;
pub use reply::{Call, Pace, Reply, Stop, Thought, Used};
pub use script::Script;
