//! The kit over real sockets.

mod faults;
mod routes;
mod world;
