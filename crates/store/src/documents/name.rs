//! Which names stay inside the directory of the documents. Knows no directory.

use std::path::{Component, Path};

use domain::ShelfError;

/// How long one part of a name may be: drafts add to it, and disks take 255 bytes.
const LONGEST: usize = 200;

/// A document's path, relative to the directory: plain parts only, none of them hidden.
pub fn document(name: &str) -> Result<&Path, ShelfError> {
    checked(name, |part| !part.starts_with('.'))
}

/// A lock's path, relative to the directory: the file itself is hidden, its folder is not.
pub fn lock(name: &str) -> Result<&Path, ShelfError> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let is_lock = file.starts_with('.') && file.ends_with(".lock");
    let folder = name.strip_suffix(file).unwrap_or_default();
    if !is_lock || (!folder.is_empty() && document(folder.trim_end_matches('/')).is_err()) {
        return Err(ShelfError::Name(name.to_owned()));
    }
    checked(name, |_| true)
}

fn checked(name: &str, plain: impl Fn(&str) -> bool) -> Result<&Path, ShelfError> {
    let bad = || ShelfError::Name(name.to_owned());
    if name.is_empty() || name.chars().any(|c| c.is_control() || c == '\\') {
        return Err(bad());
    }
    let path = Path::new(name);
    for part in path.components() {
        match part {
            Component::Normal(part) => {
                let part = part.to_str().ok_or_else(bad)?;
                if part.len() > LONGEST || !plain(part) {
                    return Err(bad());
                }
            }
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => return Err(bad()),
        }
    }
    Ok(path)
}
