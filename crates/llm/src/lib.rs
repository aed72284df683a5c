//! Models over the network: three dialects, one port. Knows no event and no environment: keys arrive in the spec.

mod table;

pub use table::{Model, Price, Table, TableError, Tier};
