//! Repositories that are not as they should be, and against what they are compared.

use domain::{GitChange, GitSides, Workspace, WorkspaceError};
use tools::workspace::{Config, Local};

use super::ground::{Ground, run};

const IDENTITY: &str = "export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_GLOBAL=/dev/null";

async fn well(ground: &Ground, at: &Local, script: &str) {
    let script = format!(
        "{IDENTITY}; set -e; cd {}; {script}",
        ground.path().display()
    );
    let output = run(at, &script).await;
    assert_eq!(output.exit_code, Some(0), "{output:?}");
}

async fn shown(at: &Local, path: String) -> Vec<String> {
    let changes = at.git_changes(path, None).await.unwrap();
    let line = |change: &GitChange| format!("{:?} {}", change.status, change.path);
    changes.iter().map(line).collect()
}

#[tokio::test]
async fn without_git_there_is_no_history() {
    let ground = Ground::new();
    let at = ground.local();
    well(&ground, &at, "git init -q repo; echo > repo/file").await;
    let poor = ground.open(Config {
        environment: vec![("PATH".to_owned(), ground.at("nowhere"))],
        ..ground.config()
    });
    assert!(
        poor.git_changes(ground.at("repo"), None)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        poor.git_commits(ground.at("repo"), 1)
            .await
            .unwrap()
            .commits
            .is_empty()
    );
    let diff = poor
        .git_diff(ground.at("repo/file"), GitSides::Now(None))
        .await
        .unwrap();
    assert_eq!((diff.original, diff.modified), (None, None));
}

#[tokio::test]
async fn pushed_work_stays_in_sight() {
    let ground = Ground::new();
    let at = ground.local();
    let begin = "git init -q -b main origin; cd origin; echo 1 > a; git add .; git commit -qm one; cd ..; \
                 git clone -q origin clone; cd clone; git checkout -q -b work; echo 2 > b; git add .; git commit -qm two; git push -q origin work";
    well(&ground, &at, begin).await;
    // The branch equals its upstream: what counts is where it left the default branch.
    assert_eq!(shown(&at, ground.at("clone")).await, ["Added b"]);
    // With work that is not committed yet, the upstream counts.
    well(&ground, &at, "cd clone; echo 3 >> a").await;
    assert_eq!(shown(&at, ground.at("clone")).await, ["Updated a"]);
    // The remote's own new work is none of ours.
    well(&ground, &at, "cd origin; echo 9 > c; git add .; git commit -qm nine; cd ../clone; git checkout -q a; git fetch -q").await;
    assert_eq!(shown(&at, ground.at("clone")).await, ["Added b"]);
}

#[tokio::test]
async fn a_branch_without_a_remote_shows_what_it_added() {
    let ground = Ground::new();
    let at = ground.local();
    let begin = "git init -q -b main r; cd r; echo 1 > a; git add .; git commit -qm one; git checkout -q -b work; echo 2 > b; git add .; git commit -qm two";
    well(&ground, &at, begin).await;
    assert_eq!(shown(&at, ground.at("r")).await, ["Added b"]);
    well(&ground, &at, "cd r; git checkout -q main").await;
    assert!(shown(&at, ground.at("r")).await.is_empty());
    well(
        &ground,
        &at,
        "cd r; git checkout -q --detach work; echo 3 > c",
    )
    .await;
    assert_eq!(shown(&at, ground.at("r")).await, ["Added b", "Added c"]);
}

#[tokio::test]
async fn repositories_below_are_shown_from_above() {
    let ground = Ground::new();
    let at = ground.local();
    let begin = "mkdir w; cd w; git init -q -b main one; echo > one/a; git init -q -b main two; echo > two/b; echo > loose; mkdir broken; mkdir broken/.git";
    well(&ground, &at, begin).await;
    assert_eq!(
        shown(&at, ground.at("w")).await,
        ["Added one/a", "Added two/b"]
    );
    well(&ground, &at, "cd w; git init -q -b main .; echo > onetime").await;
    let all = shown(&at, ground.at("w")).await;
    assert_eq!(
        all,
        ["Added loose", "Added one/a", "Added onetime", "Added two/b"]
    );
    well(&ground, &at, "cd w; mkdir sub; echo > sub/x").await;
    assert_eq!(shown(&at, ground.at("w/sub")).await, ["Added x"]);
}

#[tokio::test]
async fn large_sides_are_refused() {
    let ground = Ground::new();
    let at = ground.local();
    well(&ground, &at, "git init -q r; cd r; head -c 1048577 /dev/zero > big; git add .; git commit -qm big; echo small > big; head -c 2000000 /dev/zero > new").await;
    let large = |size: u64| {
        Err(WorkspaceError::Refused(format!(
            "File too large for git diff: {size} bytes (max: 1048576 bytes)"
        )))
    };
    for (file, size) in [("r/big", 1_048_577), ("r/new", 2_000_000)] {
        assert_eq!(
            at.git_diff(ground.at(file), GitSides::Now(None)).await,
            large(size)
        );
    }
    let commit = at
        .git_commits(ground.at("r"), 1)
        .await
        .unwrap()
        .commits
        .remove(0);
    let side = GitSides::Commit(commit.sha);
    assert_eq!(
        at.git_diff(ground.at("r/big"), side).await,
        large(1_048_577)
    );
}

#[tokio::test]
async fn what_a_repository_says_of_programs_is_not_run() {
    let ground = Ground::new();
    let at = ground.local();
    well(&ground, &at, "git init -q -b main r; cd r; echo 1 > a; git add .; git commit -qm one; echo 2 > a; git config diff.external 'touch ../ran; true'; printf '#!/bin/sh\\ntouch %s\\n' ../ran > watch; chmod +x watch; git config core.fsmonitor ./watch").await;
    assert_eq!(
        shown(&at, ground.at("r")).await,
        ["Updated a", "Added watch"]
    );
    assert!(!ground.path().join("ran").exists());
    // Without our care it would have been.
    run(&at, &format!("git -C {} status", ground.at("r"))).await;
    assert!(ground.path().join("ran").exists());
}
