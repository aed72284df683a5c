//! Where bytes rest: the log of a conversation, sealed secrets, and the original's layout on disk.
//!
//! The only room that writes state to disk. Knows no agent, tool, model or network.

mod births;
mod cipher;
mod disk;
mod documents;
mod files;
mod frame;
mod index;
pub mod layout;
mod lease;
mod log;
mod note;
mod pool;
mod recall;
mod recovery;
mod salvage;
mod scan;
mod segments;
mod tail;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::LogError;

pub use cipher::{Cipher, NoVault};
pub use disk::{Disk, DiskFile, Held, LockError, RealDisk};
pub use documents::Documents;
pub use files::{Files, Options, Writing};
pub use lease::Terms;
pub use salvage::{Damage, Salvaged};

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused(action: &'static str, path: &Path, source: io::Error) -> LogError {
    LogError::Io {
        action,
        path: path.display().to_string(),
        source: Arc::new(source),
    }
}
