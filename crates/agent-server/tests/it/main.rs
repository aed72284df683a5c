//! The agent server over real HTTP: everything behind it is real but the model, the journal and the clock.

mod bash;
mod desk;
mod extensions;
mod files;
mod git;
mod pages;
mod place;
mod wire;
