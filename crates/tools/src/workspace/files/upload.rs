//! A file on its way in: beside its place first, then in its place at once. Knows no path rules.

use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use domain::{Chunks, FileUploadResult, WorkspaceError, WorkspaceResult};
use tempfile::{Builder, NamedTempFile};

use super::super::blocking;
use super::super::path::{resolved, said_of};

/// How much is gathered before it is written.
const BATCH: usize = 1024 * 1024;

/// Puts a file at a path, with the directories above it.
pub(in super::super) async fn upload(
    path: PathBuf,
    mut body: Box<dyn Chunks>,
) -> WorkspaceResult<FileUploadResult> {
    let target = path.clone();
    let mut place = blocking(move || Place::take(&target).map_err(|e| e.said(&target))).await?;
    let mut file_size = 0;
    loop {
        let (batch, end) = gather(body.as_mut()).await?;
        file_size += batch.iter().map(|piece| piece.len() as u64).sum::<u64>();
        let target = path.clone();
        place = blocking(move || {
            let written = place.write(&batch);
            written.map_err(|e| Refusal::Io(e).said(&target))
        })
        .await?;
        if end {
            break;
        }
    }
    blocking(move || place.settle().map_err(|e| Refusal::Io(e).said(&path))).await?;
    Ok(FileUploadResult {
        success: true,
        file_size,
    })
}

/// The next pieces, and whether they are the last.
async fn gather(body: &mut dyn Chunks) -> WorkspaceResult<(Vec<Bytes>, bool)> {
    let (mut batch, mut size) = (Vec::new(), 0);
    while size < BATCH {
        match body.next().await? {
            Some(piece) => {
                size += piece.len();
                batch.push(piece);
            }
            None => return Ok((batch, true)),
        }
    }
    Ok((batch, false))
}

/// Where the bytes go until all of them are there.
enum Place {
    /// A file beside the place it will take.
    Beside(NamedTempFile, PathBuf),
    /// The place itself: a device, or a file in a directory where no other may be made.
    There(File),
}

impl Place {
    fn take(path: &Path) -> Result<Self, Refusal> {
        let target = resolved(path);
        let parent = target.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(parent).map_err(|e| Refusal::of_parent(e, parent))?;
        let facts = std::fs::metadata(&target);
        let mode = match &facts {
            Ok(facts) if facts.is_dir() => return Err(Refusal::Directory),
            Ok(facts) if !facts.is_file() => return Self::there(&target),
            Ok(facts) => facts.permissions().mode() & 0o7777,
            Err(_) => 0o666,
        };
        // A file that may not be written must not be replaced either.
        if facts.is_ok() {
            File::options()
                .append(true)
                .open(&target)
                .map_err(Refusal::Io)?;
        }
        let made = Builder::new()
            .prefix(".upload-")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(parent);
        match made {
            Ok(file) => {
                if facts.is_ok() {
                    let same = file.as_file().set_permissions(Permissions::from_mode(mode));
                    same.map_err(Refusal::Io)?;
                }
                Ok(Self::Beside(file, target))
            }
            Err(_) if facts.is_ok() => Self::there(&target),
            Err(error) => Err(Refusal::Io(error)),
        }
    }

    fn there(target: &Path) -> Result<Self, Refusal> {
        let file = File::options().write(true).truncate(true).open(target);
        file.map(Self::There).map_err(Refusal::Io)
    }

    fn write(mut self, batch: &[Bytes]) -> io::Result<Self> {
        let file = match &mut self {
            Self::Beside(file, _) => file.as_file_mut(),
            Self::There(file) => file,
        };
        for piece in batch {
            file.write_all(piece)?;
        }
        Ok(self)
    }

    fn settle(self) -> io::Result<()> {
        match self {
            Self::Beside(file, target) => file.persist(target).map(|_| ()).map_err(|e| e.error),
            Self::There(_) => Ok(()),
        }
    }
}

/// Why a file cannot be put there.
enum Refusal {
    /// There is a directory.
    Directory,
    /// Above it is something else than a directory.
    Parent,
    /// What lies above it cannot be made.
    Above(io::Error, PathBuf),
    /// The system says no.
    Io(io::Error),
}

impl Refusal {
    fn of_parent(error: io::Error, parent: &Path) -> Self {
        if super::is_in_the_way(&error) {
            Self::Parent
        } else {
            Self::Above(error, parent.to_owned())
        }
    }

    fn said(self, path: &Path) -> WorkspaceError {
        match self {
            Self::Directory => WorkspaceError::Refused("Path is a directory".to_owned()),
            Self::Parent => {
                WorkspaceError::Refused("A parent of the path is not a directory".to_owned())
            }
            Self::Above(error, parent) => failed(&error, &parent),
            Self::Io(error) => failed(&error, path),
        }
    }
}

fn failed(error: &io::Error, path: &Path) -> WorkspaceError {
    WorkspaceError::Broken(format!("Failed to upload file: {}", said_of(error, path)))
}
