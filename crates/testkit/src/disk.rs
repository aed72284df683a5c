//! A disk in memory that forgets and tears what was not synced, and a run that crashes the real store on it, over and
//! over. The same seed gives the same faults. Knows the store; knows no conversation.
//!
//! What the disk promises is what real ones do: what was synced stays; of the rest any sectors may survive, in any
//! order, or hold garbage; bytes that a write does not change stay as they are; a rename happens or does not. After a
//! failed sync programs still see what they wrote, though it is lost.

mod dice;
mod faults;
mod history;
mod sim;
mod world;

pub use dice::Dice;
pub use faults::{Failure, Report, fault_run};
pub use history::replay_history;
pub use sim::SimDisk;
