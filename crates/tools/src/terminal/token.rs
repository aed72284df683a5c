//! Words that nobody can guess, for telling our own marks from what programs write.

use std::hash::{BuildHasher, RandomState};

/// A fresh word of forty digits, made from keys the operating system gave this process.
pub(super) fn token() -> String {
    let half = || RandomState::new().hash_one(std::process::id());
    format!("{:020}{:020}", half(), half())
}
