//! Workspaces made ready: under version control, checked out once more, one a conversation.

use domain::{
    BashEvent, BashPlace, ExecuteBashRequest, WorkspaceError, WorkspaceScope, Workspaces,
    WorktreePoint, WorktreeRequest,
};
use tools::workspace::Places;

use super::ground::{Ground, run};

fn places(ground: &Ground) -> Places {
    Places::new(ground.config(), ground.clock.clone())
}

#[tokio::test]
async fn a_workspace_is_made_and_put_under_version_control() {
    let ground = Ground::new();
    let places = places(&ground);
    let directory = ground.path().join("deep/er");
    places.prepare(directory.clone()).await.unwrap();
    assert!(directory.join(".git").is_dir());
    std::fs::write(directory.join(".git/marker"), "mine").unwrap();
    places.prepare(directory.clone()).await.unwrap();
    assert!(
        directory.join(".git/marker").exists(),
        "it was left as it is"
    );
    let inside = directory.join("inside");
    places.prepare(inside.clone()).await.unwrap();
    assert!(
        !inside.join(".git").exists(),
        "it is under version control already"
    );
    let file = ground.write("file", "");
    let refused = places.prepare(file).await;
    assert!(
        matches!(refused, Err(WorkspaceError::Refused(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_repository_is_checked_out_once_more() {
    let ground = Ground::new();
    let places = places(&ground);
    let shared = places.shared();
    let begin = format!(
        "cd {}; git init -q -b main r; cd r; mkdir sub; echo 1 > sub/a; git add .; git -c user.name=A -c user.email=a@b commit -qm one; \
         git checkout -q -b other; echo 2 > sub/b; git add .; git -c user.name=A -c user.email=a@b commit -qm two",
        ground.path().display()
    );
    assert_eq!(run(&*shared, &begin).await.exit_code, Some(0));
    let request = WorktreeRequest {
        directory: ground.path().join("r/sub"),
        place: ground.path().join("trees"),
        name: "c1".to_owned(),
        branch_prefix: "openhands/".to_owned(),
        point: WorktreePoint::DefaultBranch,
    };
    for _ in 0..2 {
        let made = places.worktree(request.clone()).await.unwrap().unwrap();
        assert_eq!(made.branch, "openhands/c1");
        assert!(made.root.ends_with("trees/c1/r"));
        assert_eq!(made.directory, made.root.join("sub"));
        assert!(made.directory.join("a").exists() && !made.directory.join("b").exists());
    }
    for (name, point, has_b) in [
        ("head", WorktreePoint::Head, true),
        ("ref", WorktreePoint::Ref("main".to_owned()), false),
    ] {
        let request = WorktreeRequest {
            name: name.to_owned(),
            point,
            ..request.clone()
        };
        let made = places.worktree(request).await.unwrap().unwrap();
        assert_eq!(made.directory.join("b").exists(), has_b, "{name}");
    }
    let option = WorktreeRequest {
        point: WorktreePoint::Ref("--detach".to_owned()),
        name: "bad".to_owned(),
        ..request.clone()
    };
    assert!(matches!(
        places.worktree(option).await,
        Err(WorkspaceError::Refused(_))
    ));
    let nowhere = WorktreeRequest {
        directory: ground.path().to_owned(),
        ..request
    };
    assert_eq!(places.worktree(nowhere).await, Ok(None));
}

#[tokio::test]
async fn a_conversation_has_events_of_its_own() {
    let ground = Ground::new();
    let places = places(&ground);
    std::fs::create_dir(ground.path().join("w")).unwrap();
    let scope = WorkspaceScope {
        root: ground.path().join("w"),
        bash_events: ground.path().join("c/bash_events"),
    };
    let own = places.scoped(scope.clone());
    let output = own.execute(ExecuteBashRequest::new("pwd")).await.unwrap();
    let root = ground.path().join("w").canonicalize().unwrap();
    assert_eq!(output.stdout.unwrap().trim_end(), root.to_str().unwrap());
    assert_eq!(
        places
            .scoped(scope.clone())
            .bash_events(Default::default())
            .await
            .unwrap()
            .items
            .len(),
        2
    );
    let all = places
        .shared()
        .bash_events(Default::default())
        .await
        .unwrap();
    assert!(all.items.is_empty());
    places.release(scope.clone()).await;
    let refused = own.execute(ExecuteBashRequest::new("true")).await;
    assert_eq!(refused, Err(WorkspaceError::Closed));
    let again = places.scoped(scope);
    let output = again.execute(ExecuteBashRequest::new("true")).await;
    assert_eq!(output.unwrap().exit_code, Some(0));
    places.close().await;
    let shared = places.shared();
    let refused = shared.execute(ExecuteBashRequest::new("true")).await;
    assert_eq!(refused, Err(WorkspaceError::Closed));
}

#[tokio::test]
async fn workspaces_that_nobody_uses_are_let_go() {
    let ground = Ground::new();
    let places = places(&ground);
    let scope = |n: usize| WorkspaceScope {
        root: ground.path().to_owned(),
        bash_events: ground.path().join(format!("events-{n}")),
    };
    let busy = places.scoped(scope(0));
    let running = busy
        .start(ExecuteBashRequest::new("sleep 600"))
        .await
        .unwrap();
    drop(busy);
    let mut followed = places
        .scoped(scope(1))
        .follow_bash(BashPlace::Next)
        .await
        .unwrap();
    for n in 2..200 {
        places.scoped(scope(n));
    }
    // The command can still be stopped, and the follower still hears.
    places.scoped(scope(0)).stop(running.id).await.unwrap();
    let other = places.scoped(scope(1));
    other
        .execute(ExecuteBashRequest::new("true"))
        .await
        .unwrap();
    assert!(matches!(
        followed.next().await.unwrap(),
        Some(BashEvent::Command(_))
    ));
    let events = places
        .scoped(scope(0))
        .bash_events(Default::default())
        .await
        .unwrap();
    assert_eq!(
        events.items.len(),
        2,
        "it was stopped by the one who ran it"
    );
}
