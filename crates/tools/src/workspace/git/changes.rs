//! Which files differ. Reads no file.

use std::path::Path;

use domain::{GitChange, GitChangeStatus, WorkspaceError, WorkspaceResult};

use super::program::Git;
use super::repository::Repository;
use super::since;

/// What differs between a directory and a commit; nothing where nothing is under version control.
pub(in super::super) async fn changes(
    git: &Git,
    directory: &Path,
    base: Option<&str>,
) -> WorkspaceResult<Vec<GitChange>> {
    let nested = nested(directory);
    let mut all = match Repository::find(git, directory).await? {
        Some(repository) => here(&repository, base).await?,
        None => Vec::new(),
    };
    all.retain(|change| {
        let path = Path::new(&change.path);
        !nested.iter().any(|name| path.starts_with(name))
    });
    for name in nested {
        let Some(repository) = Repository::find(git, &directory.join(&name)).await? else {
            continue;
        };
        // One that cannot be compared must not hide the others.
        for mut change in here(&repository, base).await.unwrap_or_default() {
            change.path = format!("{name}/{}", change.path);
            all.push(change);
        }
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
}

/// What a commit changed; nothing where nothing is under version control.
pub(in super::super) async fn commit_changes(
    git: &Git,
    directory: &Path,
    commit: &str,
) -> WorkspaceResult<Vec<GitChange>> {
    let Some(repository) = Repository::find(git, directory).await? else {
        return Ok(Vec::new());
    };
    let commit = repository.commit(commit).await?;
    let parent = repository.parent(&commit).await?;
    compared(&repository, &[&parent, &commit]).await
}

/// The repositories right below a directory.
fn nested(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.');
            (!hidden && entry.path().join(".git").exists()).then_some(name)
        })
        .collect();
    names.sort();
    names
}

/// What differs in one repository, with the files that git does not know yet.
async fn here(repository: &Repository, base: Option<&str>) -> WorkspaceResult<Vec<GitChange>> {
    let base = since::shown(repository, base).await?;
    let mut changes = compared(repository, &["--relative", &base]).await?;
    let listed = ["ls-files", "--others", "--exclude-standard", "-z"];
    let untracked = repository.git.bytes(&repository.directory, &listed).await?;
    changes.extend(fields(&untracked).map(|path| GitChange {
        status: GitChangeStatus::Added,
        path,
    }));
    Ok(changes)
}

async fn compared(repository: &Repository, sides: &[&str]) -> WorkspaceResult<Vec<GitChange>> {
    let mut arguments = vec!["diff", "--name-status", "--no-ext-diff", "-M", "-z"];
    arguments.extend(sides);
    arguments.push("--");
    let said = repository
        .git
        .bytes(&repository.directory, &arguments)
        .await?;
    parsed(&said)
}

/// Reads `status NUL path NUL`, with a second path behind renamed and copied ones.
fn parsed(said: &[u8]) -> WorkspaceResult<Vec<GitChange>> {
    let mut fields = fields(said);
    let mut changes = Vec::new();
    let mut add = |status, path| changes.push(GitChange { status, path });
    while let Some(status) = fields.next() {
        let unexpected =
            || WorkspaceError::Refused(format!("Unexpected git diff output format: {status}"));
        let path = fields.next().ok_or_else(unexpected)?;
        match status.as_bytes().first() {
            Some(b'A') => add(GitChangeStatus::Added, path),
            Some(b'D') => add(GitChangeStatus::Deleted, path),
            // A file that became a link, or is in conflict, is the same file.
            Some(b'M' | b'T' | b'U') => add(GitChangeStatus::Updated, path),
            Some(b'R') => {
                add(GitChangeStatus::Deleted, path);
                add(
                    GitChangeStatus::Added,
                    fields.next().ok_or_else(unexpected)?,
                );
            }
            Some(b'C') => add(
                GitChangeStatus::Added,
                fields.next().ok_or_else(unexpected)?,
            ),
            _ => return Err(unexpected()),
        }
    }
    Ok(changes)
}

fn fields(bytes: &[u8]) -> impl Iterator<Item = String> + '_ {
    bytes
        .split(|byte| *byte == 0)
        .filter(|field| !field.is_empty())
        .map(|field| String::from_utf8_lossy(field).into_owned())
}

#[cfg(test)]
mod tests;
