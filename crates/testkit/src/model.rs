//! A model that says what a script tells it to. Knows no room that asks it.

mod ask;
mod dialect;
mod fault;
mod http;
mod in_process;
mod library;
mod player;
mod recorded;
mod reply;
mod rules;
mod script;
mod server;
mod text;
mod wire;

pub use ask::{Ask, Said};
pub use dialect::Dialect;
pub use fault::{Cause, Failure, Fault, RetryAfter};
pub use in_process::InProcess;
pub use library::Library;
pub use player::RanOut;
pub use recorded::{Request, assert_json, difference};
pub use reply::{Call, Pace, Reply, Stop, Thought, Used};
pub use script::Script;
pub use server::Model;
pub use text::{ParseError, parse};
