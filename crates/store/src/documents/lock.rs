//! A lock on a file that holds across threads and processes, the original's included. Knows no document.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The first and the longest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(20));

/// A locked file; dropped, it is unlocked. The file itself stays, as the original leaves it.
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for a lock; nothing if somebody else had it all that time.
    pub fn wait(path: &Path, patience: Duration) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        let file = options.open(path)?;
        let start = Instant::now();
        let mut pause = PAUSE.0;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file })),
                Err(TryLockError::WouldBlock) if start.elapsed() >= patience => return Ok(None),
                // There is no waiting for such a lock with a limit but asking again.
                Err(TryLockError::WouldBlock) => thread::sleep(pause),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            pause = (pause * 2).min(PAUSE.1);
        }
    }
}
