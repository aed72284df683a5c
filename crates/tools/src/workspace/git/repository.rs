//! A repository, and the commits that names in it stand for. Compares nothing.

use std::path::{Path, PathBuf};

use domain::{WorkspaceError, WorkspaceResult};

use super::super::path::resolved;
use super::program::{Failure, Git, quoted};

/// The tree without files, which every repository has.
pub(in super::super) const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A directory under version control.
pub(in super::super) struct Repository {
    pub(in super::super) git: Git,
    /// The directory asked about; the repository may begin above it.
    pub(in super::super) directory: PathBuf,
    /// The newest commit, if there is one.
    pub(in super::super) head: Option<String>,
}

impl Repository {
    /// The repository of a directory; none if it is under no version control.
    pub(in super::super) async fn find(
        git: &Git,
        directory: &Path,
    ) -> Result<Option<Self>, Failure> {
        let directory = resolved(directory);
        if !directory.is_dir() {
            return Ok(None);
        }
        // Without a commit the second question fails, after the first has been answered.
        let output = git
            .output(&directory, &["rev-parse", "--git-dir", "HEAD"])
            .await;
        let output = match output {
            // Where nothing can be asked, nothing is under version control.
            Err(Failure::Missing) => return Ok(None),
            output => output?,
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let mut lines = said.lines();
        if lines.next().is_none_or(str::is_empty) {
            return Ok(None);
        }
        let head = lines.next().filter(|_| output.status.success());
        Ok(Some(Self {
            git: git.clone(),
            directory,
            head: head.map(str::to_owned),
        }))
    }

    /// What git prints here.
    pub(super) async fn line(&self, arguments: &[&str]) -> Result<String, Failure> {
        self.git.line(&self.directory, arguments).await
    }

    /// What git prints here; nothing if it refuses, as it does when there is no such thing.
    pub(super) async fn ask(&self, arguments: &[&str]) -> Result<Option<String>, Failure> {
        match self.line(arguments).await {
            Ok(line) => Ok(Some(line).filter(|line| !line.is_empty())),
            Err(Failure::Refused { .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The commit a name stands for.
    pub(super) async fn commit(&self, name: &str) -> WorkspaceResult<String> {
        let wanted = format!("{name}^{{commit}}");
        let refused = || {
            let command = format!("git --no-pager rev-parse --verify {}", quoted(&wanted));
            WorkspaceError::Refused(format!("Git command failed: {command}"))
        };
        // A name that looks like an option is none.
        if name.starts_with('-') || name.contains(['\0', '\n']) {
            return Err(refused());
        }
        let line = self.line(&["rev-parse", "--verify", &wanted]).await?;
        let is_name = line.len() >= 40 && line.bytes().all(|b| b.is_ascii_hexdigit());
        if is_name { Ok(line) } else { Err(refused()) }
    }

    /// The commit before a commit; the empty tree before the first.
    pub(super) async fn parent(&self, commit: &str) -> Result<String, Failure> {
        let parent = format!("{commit}^");
        let parent = self.ask(&["rev-parse", "--verify", "-q", &parent]).await?;
        Ok(parent.unwrap_or_else(|| EMPTY_TREE.to_owned()))
    }

    /// The branch that is checked out; none if a commit is.
    pub(super) async fn branch(&self) -> Result<Option<String>, Failure> {
        self.ask(&["symbolic-ref", "-q", "--short", "HEAD"]).await
    }

    /// Whether a commit is checked out rather than a branch.
    pub(in super::super) async fn is_detached(&self) -> Result<bool, Failure> {
        Ok(self.branch().await?.is_none())
    }

    /// Whether there is a commit anywhere.
    pub(super) async fn has_commits(&self) -> Result<bool, Failure> {
        if self.head.is_some() {
            return Ok(true);
        }
        let any = self.ask(&["rev-list", "--all", "--max-count=1"]).await?;
        Ok(any.is_some())
    }
}
