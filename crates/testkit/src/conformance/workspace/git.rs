//! History: what was changed, and what commits changed.

use domain::{ArchiveFormat, ArchiveRequest, GitChange, GitDiff, GitSides, WorkspaceError};

use super::{Ground, Outcome, refused, whole};

/// A repository with one commit.
const BEGIN: &str = "git init -q -b main . && git config user.name A && git config user.email a@b \
    && printf 'one\\ntwo\\n' > kept && echo old > moved && echo gone > gone && echo s > 'with space' && git add -A \
    && git commit -qm first";

fn shown(changes: &[GitChange]) -> Vec<String> {
    let line = |change: &GitChange| format!("{:?} {}", change.status, change.path);
    changes.iter().map(line).collect()
}

fn sides(original: &str, modified: &str) -> GitDiff {
    GitDiff {
        modified: Some(modified.to_owned()),
        original: Some(original.to_owned()),
    }
}

pub(super) async fn nothing(ground: Ground<'_>) -> Outcome {
    let at = ground.workspace;
    for path in [ground.path("missing"), ground.path("")] {
        anyhow::ensure!(at.git_changes(path.clone(), None).await?.is_empty());
        anyhow::ensure!(at.git_commits(path.clone(), 5).await?.commits.is_empty());
        anyhow::ensure!(
            at.git_commit_changes(path, "abcd".to_owned())
                .await?
                .is_empty()
        );
    }
    ground.well("echo > file").await?;
    let diff = at
        .git_diff(ground.path("file"), GitSides::Now(None))
        .await?;
    anyhow::ensure!(
        diff == GitDiff {
            modified: None,
            original: None
        },
        "{diff:?}"
    );
    let missing = at
        .git_diff(ground.path("missing"), GitSides::Now(None))
        .await;
    refused(missing, |error| matches!(error, WorkspaceError::Refused(_)))
}

pub(super) async fn changed(ground: Ground<'_>) -> Outcome {
    let at = ground.workspace;
    ground
        .well("git init -q -b main . && echo new > new")
        .await?;
    let fresh = at.git_changes(ground.path(""), None).await?;
    anyhow::ensure!(shown(&fresh) == ["Added new"], "{fresh:?}");
    anyhow::ensure!(at.git_commits(ground.path(""), 5).await?.commits.is_empty());
    ground.well("rm new").await?;
    ground.well(BEGIN).await?;
    ground.well("printf 'one\\nmore\\n' > kept; git mv moved to; rm gone; echo ü > 'ü und so'; printf '\\377\\0' > binary").await?;
    for base in [None, Some("HEAD".to_owned()), Some("main".to_owned())] {
        let changes = at.git_changes(ground.path(""), base).await?;
        let expected = [
            "Added binary",
            "Deleted gone",
            "Updated kept",
            "Deleted moved",
            "Added to",
            "Added ü und so",
        ];
        anyhow::ensure!(shown(&changes) == expected, "{:?}", shown(&changes));
    }
    for (file, expected) in [
        ("kept", sides("one\ntwo", "one\nmore")),
        ("gone", sides("gone", "")),
        ("ü und so", sides("", "ü")),
        ("binary", sides("", "")),
    ] {
        let diff = at.git_diff(ground.path(file), GitSides::Now(None)).await?;
        anyhow::ensure!(diff == expected, "{file}: {diff:?}");
    }
    for bad in ["missing", "--output=/tmp/x", "-x", ""] {
        let wrong = |error: &WorkspaceError| matches!(error, WorkspaceError::Refused(said) if said.starts_with("Git command failed: git --no-pager rev-parse --verify "));
        refused(
            at.git_changes(ground.path(""), Some(bad.to_owned())).await,
            wrong,
        )?;
        let side = GitSides::Now(Some(bad.to_owned()));
        refused(at.git_diff(ground.path("kept"), side).await, wrong)?;
    }
    Ok(())
}

pub(super) async fn committed(ground: Ground<'_>) -> Outcome {
    let at = ground.workspace;
    ground.well(BEGIN).await?;
    ground
        .well("rm gone; echo more >> kept; git add -A; git commit -qm 'second: ü'")
        .await?;
    let page = at.git_commits(ground.path(""), 1).await?;
    let [commit] = page.commits.as_slice() else {
        anyhow::bail!("{page:?}");
    };
    anyhow::ensure!(
        page.has_more && commit.subject == "second: ü" && commit.author == "A",
        "{page:?}"
    );
    anyhow::ensure!(commit.sha.starts_with(&commit.short_sha) && commit.sha.len() == 40);
    let changes = at
        .git_commit_changes(ground.path(""), commit.short_sha.clone())
        .await?;
    anyhow::ensure!(
        shown(&changes) == ["Deleted gone", "Updated kept"],
        "{changes:?}"
    );
    let side = || GitSides::Commit(commit.sha.clone());
    let gone = at.git_diff(ground.path("gone"), side()).await?;
    anyhow::ensure!(gone == sides("gone", ""), "{gone:?}");
    let all = at.git_commits(ground.path(""), 10).await?;
    anyhow::ensure!(!all.has_more && all.commits.len() == 2);
    let root = all
        .commits
        .get(1)
        .map(|commit| commit.sha.clone())
        .unwrap_or_default();
    let first = at.git_commit_changes(ground.path(""), root).await?;
    anyhow::ensure!(
        shown(&first)
            == [
                "Added gone",
                "Added kept",
                "Added moved",
                "Added with space"
            ],
        "{first:?}"
    );
    refused(
        at.git_commit_changes(ground.path(""), "abcdef12".to_owned())
            .await,
        |error| matches!(error, WorkspaceError::Refused(_)),
    )?;
    delta(ground, &commit.sha).await
}

/// A patch against the newest commit turns it into what lies there now.
async fn delta(ground: Ground<'_>, base: &str) -> Outcome {
    ground
        .well("echo now > kept; printf '\\0\\377' > binary; echo > ignored.pyc")
        .await?;
    let archive = ground.workspace.archive(ArchiveRequest {
        path: ground.path(""),
        format: ArchiveFormat::GitDelta,
        base: Some("HEAD".to_owned()),
        use_default_excludes: true,
        exclude: Vec::new(),
    });
    let archive = archive.await?;
    anyhow::ensure!(
        archive.origin.base_commit.as_deref() == Some(base),
        "{:?}",
        archive.origin
    );
    let patch = whole(archive.file).await?;
    ground
        .workspace
        .upload(ground.path("p.patch"), super::Ready::new(&patch))
        .await?;
    let said = ground
        .well("git clone -q . copy && cd copy && git apply ../p.patch && cat kept && ls")
        .await?;
    anyhow::ensure!(said == "now\nbinary\nkept\nmoved\nwith space\n", "{said}");
    Ok(())
}
