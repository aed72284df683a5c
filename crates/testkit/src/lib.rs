//! Test doubles for every port: a scripted model, scripted hands, a log in memory, a frozen clock, and suites that
//! any implementation of a port must pass. Knows the ports; knows no room that implements one (but `disk`).

pub mod clock;
pub mod conformance;
#[cfg(feature = "disk")]
pub mod disk;
pub mod gate;
pub mod hands;
pub mod log;
pub mod model;
