//! A person's desk over real files, with real ciphertext, beside what the original answered.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agents;
mod files;
mod old;
mod place;
mod profiles;
mod settings;
