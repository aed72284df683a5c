//! Hands: the tools of one conversation, carried out on this machine.
//!
//! Knows no model, no agent loop and no HTTP.

mod pty;
pub mod terminal;
