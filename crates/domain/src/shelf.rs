//! Named documents that outlive the process. Knows no directory and no meaning of what is written.

use std::sync::Arc;

use bytes::Bytes;

/// Why a shelf did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ShelfError {
    /// The name could lead elsewhere, or names nothing that can be kept.
    #[error(
        "{0:?} cannot be the name of a document: it must be a relative path without dots in front"
    )]
    Name(String),
    /// Somebody else has held the documents for too long; try again.
    #[error("{0} is in use by another process or request; try again")]
    Busy(String),
    /// What holds the documents refused.
    #[error("could not {action} {document}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which document.
        document: String,
        /// Why it failed.
        source: Arc<std::io::Error>,
    },
}

/// Where documents are kept. A name is a relative path such as `profiles/fast.json`.
///
/// Reading never waits: a document is replaced in one step, so what is read is whole, old or new.
pub trait Shelf: Send + Sync {
    /// What a document holds; nothing if there is none.
    fn read(&self, document: &str) -> Result<Option<Bytes>, ShelfError>;

    /// The names of the documents in a folder, sorted, without the folder; none if there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<String>, ShelfError>;

    /// Keeps every other process and request from changing what this lock stands for.
    ///
    /// A lock is named like a document; whoever changes a document must agree on the lock.
    fn hold(&self, lock: &str) -> Result<Box<dyn Held + '_>, ShelfError>;
}

/// A lock that is held. Dropped, it is let go; only its holder changes documents.
pub trait Held {
    /// Puts a whole document in place of what was there, readable by its owner only.
    fn put(&self, document: &str, bytes: &[u8]) -> Result<(), ShelfError>;

    /// Takes a document away; says whether there was one.
    fn remove(&self, document: &str) -> Result<bool, ShelfError>;
}
