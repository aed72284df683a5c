//! The room over real folders and a real git.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod canvas;
mod hostile;
mod installing;
mod marketplaces;
mod plugins;
mod skills;
mod sub_agents;
mod world;
