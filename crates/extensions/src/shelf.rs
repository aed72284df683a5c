//! The one file of this room that writes: the folders of what is installed and of what was fetched, nothing else.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::ExtensionError;
use crate::source;

/// The most files, and bytes, that one extension may have.
const FILES: usize = 20_000;
const BYTES: u64 = 512 * 1024 * 1024;

/// How deep the folders of an extension may lie in one another.
const DEPTH: usize = 48;

/// Where the reference of a fetch is noted, beside what was fetched.
const REFERENCE: &str = ".git/openhands-reference";

fn kept(what: &Path) -> impl FnOnce(io::Error) -> ExtensionError + '_ {
    |why| ExtensionError::Storage {
        what: source::spelled(what),
        why,
    }
}

/// A folder that becomes another's content all at once, or vanishes.
#[derive(Debug)]
pub(crate) struct Staged(PathBuf);

impl Staged {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Puts it in the place of a folder; what was there goes only when it has arrived.
    pub(crate) fn replace(self, target: &Path) -> Result<(), ExtensionError> {
        let aside = beside(target)?;
        let had = match fs::rename(target, &aside) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(kept(target)(error)),
        };
        let arrived = fs::rename(&self.0, target).map_err(kept(target));
        if had && arrived.is_err() {
            fs::rename(&aside, target).map_err(kept(target))?;
        } else if had {
            remove(&aside)?;
        }
        arrived
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.0) {
            tracing::warn!(%error, "a folder for the meantime is left behind");
        }
    }
}

/// An empty folder beside the place that it is meant for, hidden from whoever lists that place.
pub(crate) fn staging(target: &Path) -> Result<Staged, ExtensionError> {
    let folder = beside(target)?;
    fs::create_dir_all(&folder).map_err(kept(&folder))?;
    Ok(Staged(folder))
}

fn beside(target: &Path) -> Result<PathBuf, ExtensionError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let none = || ExtensionError::invalid("there is no folder above the root");
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!(".staged-{}-{count}", std::process::id());
    Ok(target.parent().ok_or_else(none)?.join(name))
}

/// Copies an extension into an empty folder. Links are followed within it and refused beyond it; `.git` stays behind.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), ExtensionError> {
    let mut left = Left {
        files: FILES,
        bytes: BYTES,
    };
    copied(from, to, from, &mut left, 0)
}

struct Left {
    files: usize,
    bytes: u64,
}

impl Left {
    fn take(&mut self, bytes: u64) -> Result<(), ExtensionError> {
        match (self.files.checked_sub(1), self.bytes.checked_sub(bytes)) {
            (Some(files), Some(bytes)) => {
                *self = Self { files, bytes };
                Ok(())
            }
            _ => Err(ExtensionError::invalid(format!(
                "it has more than {FILES} files or {BYTES} bytes, too much for an extension"
            ))),
        }
    }
}

fn copied(
    from: &Path,
    to: &Path,
    root: &Path,
    left: &mut Left,
    depth: usize,
) -> Result<(), ExtensionError> {
    if depth > DEPTH {
        return Err(ExtensionError::invalid(
            "its folders lie too deep in one another, or a link leads back into them",
        ));
    }
    fs::create_dir_all(to).map_err(kept(to))?;
    for path in source::entries(from) {
        let name = source::name(&path);
        if name == ".git" {
            continue;
        }
        if !source::within(&path, root) {
            return Err(ExtensionError::invalid(format!(
                "{} leads out of the extension",
                path.display()
            )));
        }
        let target = to.join(&name);
        let found = fs::metadata(&path).map_err(kept(&path))?;
        if found.is_dir() {
            copied(&path, &target, root, left, depth + 1)?;
        } else if found.is_file() {
            left.take(found.len())?;
            fs::copy(&path, &target).map_err(kept(&target))?;
        } else {
            return Err(ExtensionError::invalid(format!(
                "{} is neither a file nor a folder",
                path.display()
            )));
        }
    }
    Ok(())
}

/// Removes a folder and all that is in it; links are removed, not followed.
pub(crate) fn remove(folder: &Path) -> Result<(), ExtensionError> {
    let gone = match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(folder),
        Ok(_) => fs::remove_file(folder),
        Err(error) => Err(error),
    };
    match gone {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(kept(folder)(error)),
        _ => Ok(()),
    }
}

/// Writes a file all at once.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), ExtensionError> {
    let draft = beside(path)?;
    let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        remove(&draft)?;
    }
    written.map_err(kept(path))
}

/// Makes a folder and keeps others who install from it until it is dropped.
pub(crate) fn locked(folder: &Path) -> Result<File, ExtensionError> {
    lock(folder, ".lock")
}

/// Keeps others who fetch into the same place until it is dropped.
pub(crate) fn locked_beside(root: &Path) -> Result<File, ExtensionError> {
    let none = || ExtensionError::invalid("there is no folder above the root");
    let name = format!(".{}.lock", source::name(root));
    lock(root.parent().ok_or_else(none)?, &name)
}

fn lock(folder: &Path, name: &str) -> Result<File, ExtensionError> {
    fs::create_dir_all(folder).map_err(kept(folder))?;
    let path = folder.join(name);
    let lock = File::create(&path).map_err(kept(&path))?;
    lock.lock().map_err(kept(&path))?;
    Ok(lock)
}

/// Notes what was fetched.
pub(crate) fn keep_reference(root: &Path, reference: &str) -> Result<(), ExtensionError> {
    write(&root.join(REFERENCE), reference)
}

/// What was fetched last.
pub(crate) fn kept_reference(root: &Path) -> Option<String> {
    source::text(&root.join(REFERENCE)).ok()
}
