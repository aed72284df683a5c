//! The mind from the outside: everything around it scripted, nothing inside it.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails"
)]

mod broken;
mod condensing;
mod conversation;
mod copying;
mod crash;
mod golden;
mod hidden;
mod naming;
mod place;
mod pursuing;
mod races;
mod recalling;
mod storm;
mod world;
