//! The scripted model server, asked by a plain HTTP client.

mod client;
mod dialects;
mod faults;
mod refusals;
mod serving;
