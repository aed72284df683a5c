//! Commands that misbehave.

use std::time::Duration;

use domain::{BashEvent, BashPlace, ExecuteBashRequest, Workspace, WorkspaceError};
use tools::workspace::Config;

use super::ground::{Ground, run};

#[tokio::test]
async fn endless_output_is_bounded() {
    let ground = Ground::new();
    let workspace = ground.open(Config {
        output: 3_000_000,
        ..ground.config()
    });
    let request = ExecuteBashRequest {
        timeout: 2,
        ..ExecuteBashRequest::new("yes")
    };
    let output = workspace.execute(request).await.unwrap();
    assert_eq!(output.exit_code, Some(-1));
    assert_eq!(output.stdout.unwrap().len(), 3_000_000);
    assert!(output.stderr.unwrap().contains("were written and not kept"));
    let kept: u64 = std::fs::read_dir(ground.path().join("events"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(kept < 6_100_000, "{kept}");
}

#[tokio::test]
async fn a_child_that_lets_go_outlives_its_command() {
    let ground = Ground::new();
    let workspace = ground.local();
    let left = run(&workspace, "sleep 600 >/dev/null 2>&1 & echo $!").await;
    assert_eq!(left.exit_code, Some(0));
    let child = left.stdout.unwrap();
    let alive = run(&workspace, &format!("kill {child}")).await;
    assert_eq!(alive.exit_code, Some(0), "it was still there: {alive:?}");
}

#[tokio::test]
async fn a_child_that_holds_on_is_ended_with_its_command() {
    let ground = Ground::new();
    let workspace = ground.local();
    let request = ExecuteBashRequest {
        timeout: 1,
        ..ExecuteBashRequest::new("sleep 600 & echo $!")
    };
    let held = workspace.execute(request).await.unwrap();
    assert_eq!(held.exit_code, Some(-1));
    let child = held.stdout.unwrap();
    // Who ends may stay in the table until somebody asks how it went.
    let gone = format!("while kill -0 {child}; do sleep 0.01; done 2>/dev/null");
    assert_eq!(
        run(&workspace, &gone.replace('\n', "")).await.exit_code,
        Some(0)
    );
}

#[tokio::test]
async fn a_child_that_leaves_its_group_wedges_nothing() {
    let ground = Ground::new();
    let workspace = ground.local();
    let request = ExecuteBashRequest {
        timeout: 1,
        ..ExecuteBashRequest::new("setsid sleep 600 & echo $!")
    };
    let output = workspace.execute(request).await.unwrap();
    assert_eq!(output.exit_code, Some(-1));
    let left = output.stdout.unwrap();
    assert_eq!(
        run(&workspace, &format!("kill {left}")).await.exit_code,
        Some(0)
    );
}

#[tokio::test]
async fn last_words_are_heard() {
    let ground = Ground::new();
    let workspace = ground.local();
    let request = ExecuteBashRequest {
        timeout: 1,
        ..ExecuteBashRequest::new("trap 'echo bye; exit 5' TERM; echo hello; sleep 600 & wait")
    };
    let output = workspace.execute(request).await.unwrap();
    assert_eq!(output.exit_code, Some(-1));
    assert_eq!(output.stdout.as_deref(), Some("hello\nbye\n"));
}

#[tokio::test]
async fn a_stopped_command_tells_its_signal() {
    let ground = Ground::new();
    let workspace = ground.local();
    let mut events = workspace.follow_bash(BashPlace::Next).await.unwrap();
    let request = ExecuteBashRequest::new("exec sleep 600");
    let command = workspace.start(request).await.unwrap();
    workspace.stop(command.id).await.unwrap();
    assert!(matches!(
        events.next().await.unwrap(),
        Some(BashEvent::Command(_))
    ));
    match events.next().await.unwrap() {
        Some(BashEvent::Output(last)) => assert_eq!(last.exit_code, Some(-15)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn closing_ends_what_runs_and_refuses_the_rest() {
    let ground = Ground::new();
    let workspace = ground.local();
    let mut events = workspace.follow_bash(BashPlace::Next).await.unwrap();
    workspace
        .start(ExecuteBashRequest::new("trap '' TERM; sleep 600"))
        .await
        .unwrap();
    assert!(events.next().await.unwrap().is_some());
    tokio::time::timeout(Duration::from_secs(5), workspace.close())
        .await
        .unwrap();
    let refused = workspace.execute(ExecuteBashRequest::new("true")).await;
    assert_eq!(refused, Err(WorkspaceError::Closed));
    while events.next().await.unwrap().is_some() {}
    let again = ground.local();
    let told = again.bash_events(Default::default()).await.unwrap().items;
    assert!(
        matches!(told.as_slice(), [_, BashEvent::Output(last)] if last.exit_code == Some(-9)),
        "{told:?}"
    );
}

#[tokio::test]
async fn too_many_at_once_are_told_to_wait() {
    let ground = Ground::new();
    let workspace = ground.open(Config {
        commands: 1,
        ..ground.config()
    });
    let first = workspace
        .start(ExecuteBashRequest::new("sleep 600"))
        .await
        .unwrap();
    let second = workspace.start(ExecuteBashRequest::new("true")).await;
    assert!(matches!(second, Err(WorkspaceError::Busy(_))), "{second:?}");
    workspace.stop(first.id).await.unwrap();
    assert_eq!(run(&workspace, "true").await.exit_code, Some(0));
}

#[tokio::test]
async fn our_keys_are_not_theirs() {
    let ground = Ground::new();
    let seen = run(&ground.local(), "env").await.stdout.unwrap();
    assert!(!seen.contains("sk-ours"), "{seen}");
    assert!(seen.contains("AI_AGENT=openhands"), "{seen}");
}

#[tokio::test]
async fn odd_requests_are_answered() {
    let ground = Ground::new();
    let workspace = ground.local();
    let nul = run(&workspace, "echo a\0b").await;
    assert_eq!(
        nul.stderr.as_deref(),
        Some("Error executing command: embedded null byte")
    );
    let long = run(&workspace, &format!("echo {}", "x".repeat(3 << 20))).await;
    assert_eq!(
        (long.exit_code, long.order),
        (Some(-1), 0),
        "{:?}",
        long.stderr
    );
    let empty = run(&workspace, "").await;
    assert_eq!(empty.exit_code, Some(0));
    let never = ExecuteBashRequest {
        timeout: -5,
        ..ExecuteBashRequest::new("sleep 600")
    };
    assert_eq!(workspace.execute(never).await.unwrap().exit_code, Some(-1));
    let file = ground.write("file", "").to_str().unwrap().to_owned();
    let wrong = ExecuteBashRequest {
        cwd: Some(file.clone()),
        ..ExecuteBashRequest::new("true")
    };
    let said = workspace.execute(wrong).await.unwrap().stderr.unwrap();
    assert_eq!(
        said,
        format!("Error executing command: [Errno 20] Not a directory: '{file}'")
    );
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_runs_to_its_end() {
    let ground = Ground::new();
    let workspace = ground.local();
    let mut events = workspace.follow_bash(BashPlace::Next).await.unwrap();
    let script = format!("mkfifo {0}; read x < {0}; echo $x", ground.at("pipe"));
    let abandoned = workspace.execute(ExecuteBashRequest::new(script));
    tokio::select! {
        _ = abandoned => panic!("it waits for the pipe"),
        begun = events.next() => assert!(begun.unwrap().is_some()),
    }
    run(
        &workspace,
        &format!(
            "until [ -p {0} ]; do :; done; echo end > {0}",
            ground.at("pipe")
        ),
    )
    .await;
    loop {
        if let Some(BashEvent::Output(output)) = events.next().await.unwrap()
            && output.stdout.as_deref() == Some("end\n")
        {
            break;
        }
    }
}
