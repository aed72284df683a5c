//! The original's directories of conversations, in and out: `meta.json`, `base_state.json`, `events/`, `observations/`.
//!
//! Events go through byte for byte. What the original keeps that this engine does not read is kept in
//! `Start::rest["original"]` and written back. Secrets stay sealed as they are. Knows no agent.

mod events;
mod export;
mod import;
mod outputs;
mod state;

use std::io;
use std::path::{Path, PathBuf};

use domain::LogError;

pub use export::export;
pub use import::{Imported, import};

const META: &str = "meta.json";
const BASE_STATE: &str = "base_state.json";
const EVENTS: &str = "events";

/// Why a conversation could not be taken over or written out; nothing is left behind.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LayoutError {
    /// There is no conversation in it.
    #[error(
        "{0} holds no conversation: neither base_state.json nor meta.json is there; name the directory of one conversation"
    )]
    Nothing(PathBuf),
    /// Something in a file is wrong.
    #[error("{path} cannot be used: {detail}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// There is something already.
    #[error("{0} is there already and is not empty; name another directory")]
    Occupied(PathBuf),
    /// The log cannot be written in that layout.
    #[error("event {seq} cannot be written: {detail}")]
    Unfit {
        /// The event.
        seq: u64,
        /// Why.
        detail: String,
    },
    /// The disk refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: std::sync::Arc<io::Error>,
    },
    /// The journal refused.
    #[error(transparent)]
    Log(#[from] LogError),
}

fn invalid(path: &Path, detail: impl std::fmt::Display) -> LayoutError {
    LayoutError::Invalid {
        path: path.to_path_buf(),
        detail: detail.to_string(),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> LayoutError {
    let path = path.to_path_buf();
    move |source| LayoutError::Io {
        action,
        path,
        source: std::sync::Arc::new(source),
    }
}

/// A file's bytes; nothing if there is no such file.
fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, LayoutError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}
