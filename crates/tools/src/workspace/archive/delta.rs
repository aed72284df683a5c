//! A patch that turns a commit into what lies in a directory now. The repository's own index is not touched.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use domain::{WorkspaceError, WorkspaceResult};

use super::super::git::{EMPTY_TREE, Failure, Git, Repository, export};
use super::exclude::Excludes;

/// How long git may take over a large workspace.
const PATIENCE: Duration = Duration::from_secs(300);

/// Writes the patch; the commit it applies to, unless it applies to nothing.
pub(super) async fn delta(
    git: &Git,
    root: &Path,
    base: Option<&str>,
    excludes: &Excludes,
    file: File,
) -> WorkspaceResult<(File, Option<String>)> {
    let Some(repository) = Repository::find(git, root).await? else {
        return Err(WorkspaceError::Refused(format!(
            "Not a git repository: Not a git repository: {}",
            root.display()
        )));
    };
    let from = from(&repository, base).await?;
    let scratch = tempfile::tempdir().map_err(|e| failed(&e))?;
    let draft = Draft {
        repository: &repository,
        index: &scratch.path().join("index"),
        excludes: &excludes.pathspecs(),
    };
    draft
        .run(&["read-tree", &from], &[], Stdio::piped())
        .await?;
    draft
        .run(&["add", "-A", "--", "."], draft.excludes, Stdio::piped())
        .await?;
    let out = file.try_clone().map_err(|e| failed(&e))?;
    let compare = [
        "diff",
        "--binary",
        "--no-ext-diff",
        "--no-textconv",
        "--cached",
        &from,
        "--",
        ".",
    ];
    draft.run(&compare, draft.excludes, out.into()).await?;
    Ok((file, Some(from).filter(|from| from != EMPTY_TREE)))
}

/// The commit a patch is made against.
async fn from(repository: &Repository, base: Option<&str>) -> WorkspaceResult<String> {
    // A commit that was checked out by itself is what the work began with; no branch is.
    let detached = match base {
        None => repository.head.is_some() && repository.is_detached().await?,
        Some(_) => false,
    };
    let wanted = base.or(detached.then_some("HEAD"));
    export(repository, wanted)
        .await
        .map_err(|error| match (base, error) {
            (Some(base), WorkspaceError::Refused(_)) => {
                WorkspaceError::Refused(format!("base_ref '{base}' could not be resolved"))
            }
            (_, error) => error,
        })
}

/// A patch in the making.
struct Draft<'a> {
    repository: &'a Repository,
    index: &'a Path,
    excludes: &'a [String],
}

impl Draft<'_> {
    async fn run(&self, arguments: &[&str], more: &[String], out: Stdio) -> WorkspaceResult<()> {
        let git = &self.repository.git;
        let mut command = git.command(&self.repository.directory, arguments);
        command
            .args(more)
            .env("GIT_INDEX_FILE", self.index)
            .stdout(out);
        let name = arguments.first().copied().unwrap_or_default();
        let output = git.run(&mut command, PATIENCE, format!("git {name}")).await;
        let output = match output {
            Err(Failure::Late(_)) => {
                let said = "Failed to generate git delta: Timed out generating git delta";
                return Err(WorkspaceError::Broken(said.to_owned()));
            }
            output => output?,
        };
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(WorkspaceError::Broken(format!(
            "Failed to generate git delta: {}",
            said.trim()
        )))
    }
}

fn failed(error: &std::io::Error) -> WorkspaceError {
    WorkspaceError::Broken(format!("Failed to generate git delta: {error}"))
}
