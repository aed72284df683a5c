//! Against which commit a workspace is compared when nobody names one. Shows nothing.

use std::collections::HashMap;

use domain::WorkspaceResult;

use super::program::Failure;
use super::repository::{EMPTY_TREE, Repository};

/// The branches that are taken for the default where no remote says which it is.
const DEFAULTS: [&str; 2] = ["main", "master"];

/// The commit to compare with for people who want to see what was done here, committed and pushed work included.
pub(super) async fn shown(repository: &Repository, named: Option<&str>) -> WorkspaceResult<String> {
    if let Some(commit) = by_name(repository, named).await? {
        return Ok(commit);
    }
    let head = match &repository.head {
        Some(head) => head,
        None => return Ok(EMPTY_TREE.to_owned()),
    };
    let branch = repository.branch().await?;
    let refs = Refs::read(repository, branch.as_deref()).await?;
    if let Some(upstream) = branch.as_deref().and_then(|name| refs.remote(name)) {
        // A branch that is pushed whole would compare with itself and show nothing.
        if upstream != head || has_tracked_changes(repository).await? {
            return Ok(upstream.to_owned());
        }
    }
    if let Some(default) = refs.remote_default() {
        let fork = repository.ask(&["merge-base", head, default]).await?;
        return Ok(fork.unwrap_or_else(|| default.to_owned()));
    }
    let local = DEFAULTS
        .iter()
        .find_map(|name| Some((*name, refs.local(name)?)));
    if let Some((_, commit)) = local.filter(|(name, _)| branch.as_deref() != Some(name)) {
        let fork = repository.ask(&["merge-base", head, commit]).await?;
        if fork.as_deref() == Some(commit) {
            return Ok(commit.to_owned());
        }
    }
    Ok(head.clone())
}

/// The commit to make a patch against for those who will apply it elsewhere: one that a fresh clone has.
pub(in super::super) async fn export(
    repository: &Repository,
    named: Option<&str>,
) -> WorkspaceResult<String> {
    if let Some(commit) = by_name(repository, named).await? {
        return Ok(commit);
    }
    if !repository.has_commits().await? {
        return Ok(EMPTY_TREE.to_owned());
    }
    let branch = repository.branch().await?;
    let refs = Refs::read(repository, branch.as_deref()).await?;
    let upstream = branch.as_deref().and_then(|name| refs.remote(name));
    let found = upstream.or_else(|| refs.remote_default());
    Ok(found.unwrap_or(EMPTY_TREE).to_owned())
}

/// The commit that was named, if one was. Before the first commit there is no HEAD, but everything is new.
async fn by_name(repository: &Repository, named: Option<&str>) -> WorkspaceResult<Option<String>> {
    match named {
        Some("HEAD") => Ok(Some(
            repository
                .head
                .clone()
                .unwrap_or_else(|| EMPTY_TREE.to_owned()),
        )),
        Some(name) => repository.commit(name).await.map(Some),
        None => Ok(None),
    }
}

/// Files that git does not know yet are listed by themselves; they say nothing about the branch.
async fn has_tracked_changes(repository: &Repository) -> Result<bool, Failure> {
    let changed = repository.ask(&["status", "--porcelain", "--untracked-files=no"]);
    Ok(changed.await?.is_some())
}

/// The branches that matter here, by their full names.
struct Refs {
    commits: HashMap<String, String>,
    /// The branch that the remote's HEAD was when it was cloned.
    remote_head: Option<String>,
}

impl Refs {
    async fn read(repository: &Repository, branch: Option<&str>) -> Result<Self, Failure> {
        let mut wanted = vec!["refs/remotes/origin/HEAD".to_owned()];
        for name in DEFAULTS.into_iter().chain(branch) {
            wanted.push(remote(name));
            wanted.push(local(name));
        }
        let mut arguments = vec![
            "for-each-ref",
            "--format=%(objectname) %(refname) %(symref)",
        ];
        arguments.extend(wanted.iter().map(String::as_str));
        let said = repository.line(&arguments).await?;
        let mut refs = Self {
            commits: HashMap::new(),
            remote_head: None,
        };
        for line in said.lines() {
            let mut fields = line.split(' ');
            let (Some(commit), Some(name)) = (fields.next(), fields.next()) else {
                continue;
            };
            if let Some(target) = fields.next().filter(|target| !target.is_empty()) {
                refs.remote_head = Some(target.to_owned());
            }
            refs.commits.insert(name.to_owned(), commit.to_owned());
        }
        Ok(refs)
    }

    fn remote(&self, branch: &str) -> Option<&str> {
        self.commits.get(&remote(branch)).map(String::as_str)
    }

    fn local(&self, branch: &str) -> Option<&str> {
        self.commits.get(&local(branch)).map(String::as_str)
    }

    /// The default branch of the remote; a remote that never said is taken at its usual word, without asking the network.
    fn remote_default(&self) -> Option<&str> {
        if self.remote_head.is_some() {
            return self
                .commits
                .get("refs/remotes/origin/HEAD")
                .map(String::as_str);
        }
        DEFAULTS.iter().find_map(|name| self.remote(name))
    }
}

fn remote(branch: &str) -> String {
    format!("refs/remotes/origin/{branch}")
}

fn local(branch: &str) -> String {
    format!("refs/heads/{branch}")
}
