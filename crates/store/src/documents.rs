//! Named documents under one directory, as the original keeps a person's settings. Knows no meaning of what is in them.

mod lock;
mod name;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::{Held, Shelf, ShelfError};

use lock::Lock;

/// How long a lock is waited for unless told otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

/// Documents under a directory of this machine, which is made when something is first kept.
pub struct Documents {
    root: PathBuf,
    patience: Duration,
    made: AtomicU64,
}

impl Documents {
    /// The documents under a directory.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            patience: PATIENCE,
            made: AtomicU64::new(0),
        }
    }

    /// How long to wait for a lock before saying that the documents are in use.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn path(&self, document: &str) -> Result<PathBuf, ShelfError> {
        name::document(document).map(|name| self.root.join(name))
    }

    fn private_dir(&self, dir: &Path) -> io::Result<()> {
        if dir.is_dir() {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(dir)
    }

    /// A name beside a document that nobody else uses, and no listing shows.
    fn beside(&self, path: &Path) -> PathBuf {
        let serial = self.made.fetch_add(1, Ordering::Relaxed);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.with_file_name(format!(".{name}.{}.{serial}.tmp", std::process::id()))
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let dir = path.parent().unwrap_or(&self.root);
        self.private_dir(dir)?;
        let draft = self.beside(path);
        let written = write_private(&draft, bytes).and_then(|()| fs::rename(&draft, path));
        if let Err(error) = written {
            // What is left of the draft is in nobody's way; the error that matters is the first one.
            drop(fs::remove_file(&draft));
            return Err(error);
        }
        File::open(dir)?.sync_all()
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    // A draft of that name is what a process of our number left when it was killed.
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

fn failed(action: &'static str, document: &str) -> impl FnOnce(io::Error) -> ShelfError {
    move |error| ShelfError::Io {
        action,
        document: document.to_owned(),
        source: Arc::new(error),
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

impl Shelf for Documents {
    fn read(&self, document: &str) -> Result<Option<Bytes>, ShelfError> {
        match fs::read(self.path(document)?) {
            Ok(bytes) => Ok(Some(Bytes::from(bytes))),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(failed("read", document)(error)),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ShelfError> {
        let entries = match fs::read_dir(self.path(folder)?) {
            Ok(entries) => entries,
            Err(error) if is_absence(&error) => return Ok(Vec::new()),
            Err(error) => return Err(failed("list", folder)(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed("list", folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name::document(&name).is_ok() && !entry.path().is_dir() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn hold(&self, lock: &str) -> Result<Box<dyn Held + '_>, ShelfError> {
        let path = self.root.join(name::lock(lock)?);
        if let Some(dir) = path.parent() {
            self.private_dir(dir).map_err(failed("lock", lock))?;
        }
        match Lock::wait(&path, self.patience).map_err(failed("lock", lock))? {
            Some(held) => Ok(Box::new(Holder {
                documents: self,
                _lock: held,
            })),
            None => Err(ShelfError::Busy(lock.to_owned())),
        }
    }
}

struct Holder<'a> {
    documents: &'a Documents,
    _lock: Lock,
}

impl Held for Holder<'_> {
    fn put(&self, document: &str, bytes: &[u8]) -> Result<(), ShelfError> {
        let path = self.documents.path(document)?;
        self.documents
            .replace(&path, bytes)
            .map_err(failed("write", document))
    }

    fn remove(&self, document: &str) -> Result<bool, ShelfError> {
        match fs::remove_file(self.documents.path(document)?) {
            Ok(()) => Ok(true),
            Err(error) if is_absence(&error) => Ok(false),
            Err(error) => Err(failed("remove", document)(error)),
        }
    }
}
