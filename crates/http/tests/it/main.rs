//! The kit over real sockets.
#![cfg(test)]

mod bodies;
mod document;
mod faults;
mod front;
mod routes;
mod serve;
mod world;
