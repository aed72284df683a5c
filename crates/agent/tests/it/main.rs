//! The mind from the outside: everything around it scripted, nothing inside it.

mod conversation;
mod crash;
mod world;
