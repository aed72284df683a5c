//! Workspaces made ready: put under version control, or checked out once more. Compares nothing.

use std::path::Path;
use std::time::Duration;

use domain::{WorkspaceError, WorkspaceResult, Worktree, WorktreePoint, WorktreeRequest};

use super::super::path::resolved;
use super::program::{Failure, Git};
use super::repository::Repository;

/// How long a remote may take to say what is new.
const FETCH: Duration = Duration::from_secs(60);

/// Puts a directory under version control unless it is. Without git it stays as it is.
pub(in super::super) async fn prepare(git: &Git, directory: &Path) -> WorkspaceResult<()> {
    if Repository::find(git, directory).await?.is_none() {
        match git.line(directory, &["init"]).await {
            Ok(_) | Err(Failure::Missing) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(())
}

/// Checks a repository out once more; nothing if the directory is in none.
pub(in super::super) async fn worktree(
    git: &Git,
    request: &WorktreeRequest,
) -> WorkspaceResult<Option<Worktree>> {
    let Some(repository) = Repository::find(git, &request.directory).await? else {
        return Ok(None);
    };
    let top = repository.line(&["rev-parse", "--show-toplevel"]).await?;
    let top = resolved(Path::new(&top));
    let name = top.file_name().unwrap_or_default();
    let root = request.place.join(&request.name).join(name);
    let inside = repository
        .directory
        .strip_prefix(&top)
        .unwrap_or(Path::new(""));
    let made = Worktree {
        directory: root.join(inside),
        branch: format!("{}{}", request.branch_prefix, request.name),
        root,
    };
    if made.branch.starts_with('-') {
        return Err(WorkspaceError::Refused(format!(
            "'{}' is no name for a branch",
            made.branch
        )));
    }
    let repository = Repository {
        directory: top,
        ..repository
    };
    clear(&repository, &made).await?;
    let point = point(&repository, &request.point).await?;
    let root = text(&made.root)?;
    let add = ["worktree", "add", "-b", &made.branch, "--", &root, &point];
    repository.line(&add).await?;
    create(&made.directory)?;
    Ok(Some(made))
}

/// Removes what an earlier attempt left behind.
async fn clear(repository: &Repository, made: &Worktree) -> WorkspaceResult<()> {
    create(made.root.parent().unwrap_or(Path::new("/")))?;
    if made.root.exists() {
        let root = text(&made.root)?;
        repository
            .ask(&["worktree", "remove", "--force", "--", &root])
            .await?;
        if made.root.exists() {
            std::fs::remove_dir_all(&made.root).map_err(|e| broken(&made.root, &e))?;
        }
    }
    repository.line(&["worktree", "prune"]).await?;
    let branch = format!("refs/heads/{}", made.branch);
    if repository
        .ask(&["rev-parse", "--verify", "-q", &branch])
        .await?
        .is_some()
    {
        repository
            .line(&["branch", "-D", "--", &made.branch])
            .await?;
    }
    Ok(())
}

/// The commit the new branch begins at.
async fn point(repository: &Repository, point: &WorktreePoint) -> WorkspaceResult<String> {
    match point {
        WorktreePoint::Head => Ok("HEAD".to_owned()),
        WorktreePoint::Ref(name) => {
            fetch(repository).await?;
            repository.commit(name).await
        }
        WorktreePoint::DefaultBranch => default(repository).await,
    }
}

async fn default(repository: &Repository) -> WorkspaceResult<String> {
    let remote = "refs/remotes/origin/HEAD";
    if fetch(repository).await?
        && repository
            .ask(&["symbolic-ref", "-q", remote])
            .await?
            .is_some()
    {
        return repository.commit(remote).await;
    }
    for branch in ["refs/heads/main", "refs/heads/master"] {
        if let Some(commit) = repository
            .ask(&["rev-parse", "--verify", "-q", branch])
            .await?
        {
            return Ok(commit);
        }
    }
    Ok("HEAD".to_owned())
}

/// Asks the remote what is new, if there is one; what is known already is good enough if it does not answer.
async fn fetch(repository: &Repository) -> WorkspaceResult<bool> {
    if repository
        .ask(&["remote", "get-url", "origin"])
        .await?
        .is_none()
    {
        return Ok(false);
    }
    let git = &repository.git;
    let mut command = git.command(&repository.directory, &["fetch", "origin"]);
    git.run(&mut command, FETCH, "git fetch origin".to_owned())
        .await
        .ok();
    Ok(true)
}

fn create(directory: &Path) -> WorkspaceResult<()> {
    std::fs::create_dir_all(directory).map_err(|e| broken(directory, &e))
}

fn broken(path: &Path, error: &std::io::Error) -> WorkspaceError {
    WorkspaceError::Broken(format!("Cannot use {}: {error}", path.display()))
}

fn text(path: &Path) -> WorkspaceResult<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| WorkspaceError::Refused(format!("{} is no text", path.display())))
}
