//! Files of a workspace: in, out, and listed. Knows no request.

mod content;
mod listing;
mod page;
mod upload;

use std::io;
use std::path::{Path, PathBuf};

use domain::{Download, WorkspaceError, WorkspaceResult};

pub(super) use content::opened;
pub(super) use listing::{home, subdirectories};
pub(super) use page::page;
pub(super) use upload::upload;

use super::path::said_of;

/// A file's bytes.
pub(super) fn download(path: &Path) -> WorkspaceResult<Download> {
    let Ok(facts) = std::fs::metadata(path) else {
        return Err(WorkspaceError::NotFound("File not found".to_owned()));
    };
    if !facts.is_file() {
        return Err(WorkspaceError::Refused("Path is not a file".to_owned()));
    }
    let file = std::fs::File::open(path).map_err(|error| {
        let said = said_of(&error, path);
        if error.kind() == io::ErrorKind::PermissionDenied {
            WorkspaceError::Forbidden(said)
        } else {
            WorkspaceError::Broken(format!("Failed to download file: {said}"))
        }
    })?;
    opened(file, path)
}

/// Makes a directory and those above it.
pub(super) fn create_directory(path: &Path) -> WorkspaceResult<()> {
    std::fs::create_dir_all(path).map_err(|error| {
        let said = said_of(&error, path);
        if is_in_the_way(&error) {
            WorkspaceError::Refused("Path exists and is not a directory".to_owned())
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            WorkspaceError::Forbidden(said)
        } else {
            WorkspaceError::Broken(format!("Failed to create directory: {said}"))
        }
    })
}

/// Whether something that is no directory stands where one should be.
fn is_in_the_way(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory
    )
}

/// A directory that is there, in the words of those who ask for one.
pub(super) fn directory(path: PathBuf) -> WorkspaceResult<PathBuf> {
    match std::fs::metadata(&path) {
        Ok(facts) if facts.is_dir() => Ok(path),
        Ok(_) => Err(WorkspaceError::Refused(
            "Path is not a directory".to_owned(),
        )),
        Err(_) => Err(WorkspaceError::NotFound("Directory not found".to_owned())),
    }
}
