//! Reading of extensions from disk, every read bounded; the one file of this room that reads, and it never writes.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

/// The longest text that is read: a skill, a manifest, a hook file.
pub const TEXT: u64 = 1024 * 1024;

/// The longest file that is served: a bundle or an icon of a canvas extension.
pub const BUNDLE: u64 = 64 * 1024 * 1024;

/// The most entries of one folder, and of one tree, that are looked at.
const ENTRIES: usize = 50_000;

/// The deepest folder that is looked into.
const DEPTH: usize = 48;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// There is none.
    #[error("there is no file {0}")]
    Missing(String),
    /// It is a folder, a pipe or a device.
    #[error("{0} is not a file")]
    NotAFile(String),
    /// It is longer than anything that belongs here.
    #[error("{0} is longer than {1} bytes")]
    TooLong(String, u64),
    /// It is no UTF-8.
    #[error("{0} is not UTF-8")]
    NotText(String),
    /// The system refused.
    #[error("{0}: {1}")]
    Io(String, io::Error),
}

/// A text file, its line ends made `\n`.
pub fn text(path: &Path) -> Result<String, Unread> {
    let bytes = bytes(path, TEXT)?;
    let text = String::from_utf8(bytes).map_err(|_| Unread::NotText(spelled(path)))?;
    if text.contains('\r') {
        return Ok(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    Ok(text)
}

/// A file's bytes, if they are no more than `limit`.
pub fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, Unread> {
    let trouble = |error: io::Error| {
        if error.kind() == io::ErrorKind::NotFound {
            return Unread::Missing(spelled(path));
        }
        Unread::Io(spelled(path), error)
    };
    // Asked before opening: opening a pipe would wait for its other end.
    let length = fs::metadata(path).map_err(trouble)?;
    if !length.is_file() {
        return Err(Unread::NotAFile(spelled(path)));
    }
    if length.len() > limit {
        return Err(Unread::TooLong(spelled(path), limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length.len()).unwrap_or_default());
    let file = File::open(path).map_err(trouble)?;
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(trouble)?;
    if bytes.len() as u64 > limit {
        return Err(Unread::TooLong(spelled(path), limit));
    }
    Ok(bytes)
}

/// When a file was last changed, in microseconds since the epoch.
pub fn modified(path: &Path) -> Option<i64> {
    let modified = fs::metadata(path).and_then(|found| found.modified()).ok()?;
    let since = modified.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok()
}

/// The checksum of a file, read in pieces.
pub fn checksum(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let mut sum = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece).ok()? {
            0 => break,
            length => sum.update(piece.get(..length)?),
        }
    }
    Some(sum.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// The entries of a folder in order of their names; none if it cannot be read.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(found) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = found
        .filter_map(Result::ok)
        .take(ENTRIES)
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

/// Every file below a folder, in no order, but for folders that are not entered; links to folders never are.
pub fn tree(folder: &Path, enter: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    let mut looked_at = 0;
    while let Some((next, depth)) = open.pop() {
        for path in entries(&next) {
            looked_at += 1;
            if looked_at > ENTRIES {
                return files;
            }
            let Ok(kind) = fs::symlink_metadata(&path) else {
                continue;
            };
            if !kind.is_dir() {
                files.push(path);
            } else if depth < DEPTH && enter(&name(&path)) {
                open.push((path, depth + 1));
            }
        }
    }
    files
}

/// Whether a path leads to a file.
pub fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// Whether a path leads to a folder.
pub fn is_folder(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_dir())
}

/// Whether a path leads anywhere.
pub fn exists(path: &Path) -> bool {
    fs::metadata(path).is_ok()
}

/// Whether there is an entry of that name, even a link that leads nowhere.
pub fn is_named(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Whether a path, its links followed, stays within a folder; a path that leads nowhere does not.
pub fn within(path: &Path, folder: &Path) -> bool {
    match (fs::canonicalize(path), fs::canonicalize(folder)) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}

/// A path with its links followed as far as it exists, and the rest as spelled.
pub fn resolved(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut rest = Vec::new();
    let mut known = whole.as_path();
    loop {
        if let Ok(real) = fs::canonicalize(known) {
            return rest
                .iter()
                .rev()
                .fold(real, |path: PathBuf, part| stepped(path, part));
        }
        let Some(last) = known.components().next_back() else {
            return whole;
        };
        rest.push(last);
        known = known.parent().unwrap_or(Path::new("/"));
    }
}

fn stepped(mut path: PathBuf, part: &Component<'_>) -> PathBuf {
    match part {
        Component::ParentDir => {
            path.pop();
        }
        Component::CurDir => {}
        Component::Prefix(_) | Component::RootDir | Component::Normal(_) => path.push(part),
    }
    path
}

/// A path without what changes nothing: doubled slashes, `.` and a slash at the end.
pub fn tidied(path: &str) -> PathBuf {
    Path::new(path).components().collect()
}

/// How a path is told to others.
pub fn spelled(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The last part of a path without its ending.
pub fn stem(path: &Path) -> String {
    path.file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The nearest folder, from here upwards, that git works in.
pub fn repository(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .find(|ancestor| exists(&ancestor.join(".git")))
        .map(Path::to_owned)
}
