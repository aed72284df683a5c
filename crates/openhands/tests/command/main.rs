//! The real binary, run the way people and scripts run it: a home of its own, an empty environment, a scripted model
//! over HTTP, real shells, real signals.

mod confirm;
mod conversations;
mod crash;
mod demo;
mod doctor;
mod house;
mod json;
mod mistakes;
mod session;
mod settings;
mod stops;
mod task;
mod terminal;
