//! The mind of a conversation: the fold of its log, the one next thing to do, and the task that owns it.
//!
//! Gets ports; knows no provider, network, file, container or user.

mod bus;
mod client;
mod condense;
mod glimpse;
mod goal;
mod local;
mod mask;
mod next;
mod prompt;
mod repair;
mod reply;
mod schema;
mod skills;
mod state;
mod stuck;
mod task;
mod title;
mod tree;
mod view;

pub use local::{Local, Ports};
pub use next::{Effect, Stop};
pub use state::{Pending, State};
pub use view::View;
