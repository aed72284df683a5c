//! The tasks of this repository as plain functions, so that tests can call them too. Knows no room of the product.

#![expect(
    clippy::print_stdout,
    reason = "a task speaks to the person who started it"
)]

mod checks;
mod needs;
mod program;
mod root;
mod serve;
mod suite;

pub use checks::Tally;
pub use root::Root;
pub use serve::serve;
pub use suite::{Scope, test};
