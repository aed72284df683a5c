//! The file that a web server would show for a path below a root; never one that lies outside of it. Knows no HTTP.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use domain::{Download, WorkspaceError, WorkspaceResult};

use super::super::path::resolved;

/// What a directory shows.
const INDEX: &str = "index.html";

/// The file for a path; `path` is taken as the system would take it, seen from `root`.
pub(in super::super) fn page(root: &Path, path: &str) -> WorkspaceResult<Download> {
    let root = resolved(root);
    if !root.is_dir() {
        return Err(missing("Workspace directory does not exist"));
    }
    if path.contains('\0') {
        return Err(missing("File not found"));
    }
    let mut target = inside(&root, &root.join(path))?;
    if target.is_dir() {
        let index = target.join(INDEX);
        if !index.is_file() {
            return Err(missing("No index.html in directory"));
        }
        target = inside(&root, &index)?;
    }
    if !target.is_file() {
        return Err(missing("File not found"));
    }
    let file = open(&target).map_err(|_| missing("File not found"))?;
    super::opened(file, &target)
}

/// Where a path leads, if that lies inside.
fn inside(root: &Path, path: &Path) -> WorkspaceResult<PathBuf> {
    let target = resolved(path);
    if target.starts_with(root) {
        Ok(target)
    } else {
        Err(WorkspaceError::Refused(
            "Path is outside the workspace".to_owned(),
        ))
    }
}

fn missing(what: &str) -> WorkspaceError {
    WorkspaceError::NotFound(what.to_owned())
}

/// Opens a path that has no links; if one was put there since, there is no such file.
#[cfg(target_os = "linux")]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
    use rustix::io::Errno;

    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let opened = rustix::fs::openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS);
    match opened {
        Ok(file) => Ok(File::from(file)),
        // Kernels before 5.6, and sandboxes that do not know the call.
        Err(Errno::NOSYS | Errno::PERM) => {
            Ok(rustix::fs::open(path, flags | OFlags::NOFOLLOW, Mode::empty())?.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a path that has no links.
#[cfg(not(target_os = "linux"))]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    Ok(rustix::fs::open(path, flags, Mode::empty())?.into())
}
