//! The kit over real sockets.

mod bodies;
mod faults;
mod front;
mod routes;
mod serve;
mod world;
