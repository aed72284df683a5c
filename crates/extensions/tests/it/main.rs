//! The room over real folders and a real git.

mod canvas;
mod hostile;
mod installing;
mod marketplaces;
mod plugins;
mod skills;
mod sub_agents;
mod world;
