//! One file, then and now. Lists nothing.

use std::path::{Path, PathBuf};

use domain::{GitDiff, WorkspaceError, WorkspaceResult};

use super::super::path::resolved;
use super::program::{Failure, Git};
use super::repository::Repository;
use super::since;

/// How large a side may be.
const LARGEST: u64 = 1024 * 1024;

/// What nothing is compared with.
const NOTHING: GitDiff = GitDiff {
    modified: None,
    original: None,
};

/// A file on disk, and at a commit.
pub(in super::super) async fn diff(
    git: &Git,
    path: &Path,
    base: Option<&str>,
) -> WorkspaceResult<GitDiff> {
    let path = absolute(path);
    let missing = || WorkspaceError::Refused(format!("File does not exist: {}", path.display()));
    let size = std::fs::metadata(&path).ok().map(|facts| facts.len());
    bounded(size.unwrap_or(0))?;
    let Some((repository, inside)) = around(git, &path).await? else {
        return if size.is_some() {
            Ok(NOTHING)
        } else {
            Err(missing())
        };
    };
    let base = since::shown(&repository, base).await?;
    let original = at(&repository, &base, &inside).await?;
    if size.is_none() && original.is_none() {
        return Err(missing());
    }
    let modified = match size {
        Some(_) => tokio::fs::read(&path).await.unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(GitDiff {
        // What is no text has no lines to show.
        modified: Some(lines(std::str::from_utf8(&modified).unwrap_or_default())),
        original: Some(lines(&String::from_utf8_lossy(
            &original.unwrap_or_default(),
        ))),
    })
}

/// A file at a commit, and at the one before; the disk is not asked.
pub(in super::super) async fn commit_diff(
    git: &Git,
    path: &Path,
    commit: &str,
) -> WorkspaceResult<GitDiff> {
    let path = absolute(path);
    let Some((repository, inside)) = around(git, &path).await? else {
        return Ok(NOTHING);
    };
    let commit = repository.commit(commit).await?;
    let parent = repository.parent(&commit).await?;
    let (then, now) = (
        at(&repository, &parent, &inside).await?,
        at(&repository, &commit, &inside).await?,
    );
    let text = |side: Option<Vec<u8>>| lines(&String::from_utf8_lossy(&side.unwrap_or_default()));
    Ok(GitDiff {
        modified: Some(text(now)),
        original: Some(text(then)),
    })
}

fn absolute(path: &Path) -> PathBuf {
    resolved(&std::path::absolute(path).unwrap_or_default())
}

fn bounded(size: u64) -> WorkspaceResult<()> {
    if size > LARGEST {
        return Err(WorkspaceError::Refused(format!(
            "File too large for git diff: {size} bytes (max: {LARGEST} bytes)"
        )));
    }
    Ok(())
}

/// The repository that a path lies in, and the path seen from there.
async fn around(git: &Git, path: &Path) -> WorkspaceResult<Option<(Repository, String)>> {
    let Some(root) = path.ancestors().find(|above| above.join(".git").exists()) else {
        return Ok(None);
    };
    let inside = path.strip_prefix(root).unwrap_or(path).to_string_lossy();
    let repository = Repository::find(git, root).await?;
    Ok(repository.map(|repository| (repository, inside.into_owned())))
}

/// A file at a commit; none if there was no file.
async fn at(
    repository: &Repository,
    commit: &str,
    inside: &str,
) -> WorkspaceResult<Option<Vec<u8>>> {
    let file = format!("{commit}:{inside}");
    if repository.ask(&["cat-file", "-t", &file]).await?.as_deref() != Some("blob") {
        return Ok(None);
    }
    let size = repository.line(&["cat-file", "-s", &file]).await?;
    bounded(size.parse().unwrap_or(0))?;
    match repository
        .git
        .bytes(&repository.directory, &["cat-file", "blob", &file])
        .await
    {
        Ok(bytes) => Ok(Some(bytes)),
        Err(Failure::Refused { .. }) => Ok(None),
        Err(failure) => Err(failure.into()),
    }
}

/// The text with one kind of line ends, and none at its end.
fn lines(text: &str) -> String {
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text.ends_with('\n') {
        text.pop();
    }
    text
}
