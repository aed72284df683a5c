//! What a log asks of a disk. Knows no format; another disk can stand in for the real one.

mod real;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

pub use real::RealDisk;

/// The few operations that logs rest on.
pub trait Disk: Send + Sync {
    /// Makes a directory and those above it, readable by the owner only. Fine if it is there.
    fn make_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes a file, or empties one; readable by the owner only.
    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Makes a file with these bytes, which must not be there yet: of several that try, one succeeds.
    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.open_read(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.create(path)?.write_at(bytes, 0)
    }

    /// Opens a file to read and write.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file to read.
    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>>;

    /// Gives a file or directory another name, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory and everything in it.
    fn remove_tree(&self, path: &Path) -> io::Result<()>;

    /// The names in a directory.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;

    /// When a file was made, or last changed where that is not known.
    fn made(&self, path: &Path) -> io::Result<SystemTime>;

    /// Makes the names in a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Makes everything on the disk of a directory durable at once, where the system can; says whether it could.
    fn sync_all(&self, path: &Path) -> io::Result<bool> {
        let _ = path;
        Ok(false)
    }

    /// Takes the only lock there is on a file, for as long as the answer lives.
    fn lock(&self, path: &Path) -> Result<Box<dyn Held>, LockError>;
}

/// An open file.
pub trait DiskFile: Send + Sync {
    /// How long it is.
    fn len(&self) -> io::Result<u64>;

    /// Whether nothing is in it.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads until the buffer is full or the file ends; returns how much.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of it, or fails having written some.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes all that was written durable.
    fn sync(&self) -> io::Result<()>;

    /// Cuts the file, or extends it with zeros.
    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Reserves room up to a length, filled with zeros; says whether it could.
    fn preallocate(&self, from: u64, to: u64) -> bool;
}

/// A lock; dropped, it is let go.
pub trait Held: Send + Sync {}

/// Why a lock was not given.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody has it.
    #[error("held by {0}")]
    Held(String),
    /// The disk refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}
