//! The newest commits. Compares nothing.

use std::path::Path;

use domain::{GitCommit, GitCommitsPage, WorkspaceResult};

use super::program::Git;
use super::repository::Repository;

/// What stands between the fields of a line; no field can hold it.
const BETWEEN: char = '\u{1f}';

/// The newest commits; none where there are none, or nothing is under version control.
pub(in super::super) async fn commits(
    git: &Git,
    directory: &Path,
    limit: u32,
) -> WorkspaceResult<GitCommitsPage> {
    let repository = Repository::find(git, directory).await?;
    let Some((repository, head)) = repository.and_then(|it| it.head.clone().map(|head| (it, head)))
    else {
        return Ok(GitCommitsPage::default());
    };
    let count = format!("--max-count={}", u64::from(limit) + 1);
    let log = [
        "log",
        "--no-show-signature",
        "--format=%H%x1f%h%x1f%an%x1f%aI%x1f%s",
        &count,
        &head,
        "--",
    ];
    let said = repository.line(&log).await?;
    let mut commits: Vec<GitCommit> = said.lines().filter_map(commit).collect();
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = commits.len() > limit;
    commits.truncate(limit);
    Ok(GitCommitsPage { commits, has_more })
}

fn commit(line: &str) -> Option<GitCommit> {
    let mut fields = line.splitn(5, BETWEEN).map(str::to_owned);
    Some(GitCommit {
        sha: fields.next()?,
        short_sha: fields.next()?,
        author: fields.next()?,
        timestamp: fields.next()?,
        subject: fields.next()?,
    })
}
