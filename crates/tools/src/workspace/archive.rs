//! A directory as one file: a patch against a commit, or the files themselves. Knows no request.

mod delta;
mod exclude;
mod pack;
mod root;

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::{Path, PathBuf};

use domain::{Archive, ArchiveFormat, ArchiveRequest, WorkspaceError, WorkspaceResult};

use super::blocking;
use super::files::{directory, opened};
use super::git::{self, Git};
use super::path::resolved;
use exclude::Excludes;

/// Packs a directory.
pub(super) async fn archive(
    git: &Git,
    path: PathBuf,
    request: ArchiveRequest,
) -> WorkspaceResult<Archive> {
    if request
        .base
        .as_deref()
        .is_some_and(|base| base.starts_with('-'))
    {
        return Err(WorkspaceError::Refused(
            "base_ref must not start with '-'".to_owned(),
        ));
    }
    let excludes = Excludes::new(request.use_default_excludes, &request.exclude);
    let (root, beside) = blocking(move || {
        let directory = resolved(&directory(path)?);
        let beside = directory.parent().map(Path::to_owned);
        Ok((root::of(&directory), beside))
    })
    .await?;
    let file = scratch(beside).await?;
    let (file, base_commit) = match request.format {
        ArchiveFormat::GitDelta => {
            delta::delta(git, &root, request.base.as_deref(), &excludes, file).await?
        }
        ArchiveFormat::TarGz => {
            let (root, excludes) = (root.clone(), excludes.clone());
            let packed = blocking(move || {
                pack::pack(&root, &excludes, file).map_err(|e| {
                    WorkspaceError::Broken(format!("Failed to archive directory: {e}"))
                })
            });
            (packed.await?, None)
        }
    };
    let mut origin = match root.join(".git").exists() {
        true => git::origin(git, &root).await,
        false => domain::ArchiveOrigin::default(),
    };
    if base_commit.is_some() {
        origin.base_ref = Some(request.base.unwrap_or_else(|| "auto".to_owned()));
        origin.base_commit = base_commit;
    }
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    let name = PathBuf::from(format!("{name}{}", request.format.suffix()));
    Ok(Archive {
        file: rewound(file, &name)?,
        format: request.format,
        origin,
    })
}

/// A file without a name, which is gone as soon as nobody reads it; on the disk that has room for the workspace.
async fn scratch(beside: Option<PathBuf>) -> WorkspaceResult<File> {
    blocking(move || {
        let there = beside.and_then(|place| tempfile::tempfile_in(place).ok());
        match there {
            Some(file) => Ok(file),
            None => tempfile::tempfile()
                .map_err(|e| WorkspaceError::Broken(format!("Failed to archive directory: {e}"))),
        }
    })
    .await
}

fn rewound(mut file: File, name: &Path) -> WorkspaceResult<domain::Download> {
    file.seek(SeekFrom::Start(0))
        .map_err(|e| WorkspaceError::Broken(format!("Failed to archive directory: {e}")))?;
    opened(file, name)
}
