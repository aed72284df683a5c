//! Events on disk: as others wrote them, after a restart, when they grow old, and when the disk is no use.

use std::time::Duration;

use domain::{
    BashEvent, BashEventSortOrder, BashPlace, BashSearch, Moment, Workspace, WorkspaceError,
};
use testkit::clock::START;
use tools::workspace::Config;

use super::ground::{Ground, run};

/// Two events as the original leaves them.
const COMMAND: &str = r#"{
  "command": "echo hi",
  "cwd": null,
  "timeout": 300,
  "id": "25a94ecbb4ba4df58d2d6251185a1f1c",
  "timestamp": "2025-11-20T11:46:08.615976Z",
  "kind": "BashCommand"
}"#;
const OUTPUT: &str = r#"{
  "id": "4285766a2baf4d64b160ac652edfa15b",
  "timestamp": "2025-11-20T11:46:08.617822Z",
  "command_id": "25a94ecbb4ba4df58d2d6251185a1f1c",
  "order": 0,
  "exit_code": 0,
  "stdout": "hi\n",
  "stderr": null,
  "kind": "BashOutput"
}"#;
const COMMAND_NAME: &str = "20251120114608615976_BashCommand_25a94ecbb4ba4df58d2d6251185a1f1c";
const OUTPUT_NAME: &str = "20251120114608617822_BashOutput_25a94ecbb4ba4df58d2d6251185a1f1c_4285766a2baf4d64b160ac652edfa15b";

fn recorded() -> Ground {
    let ground = Ground::new();
    ground.write(&format!("events/{COMMAND_NAME}"), COMMAND);
    ground.write(&format!("events/{OUTPUT_NAME}"), OUTPUT);
    ground
}

fn names(ground: &Ground) -> Vec<String> {
    let entries = std::fs::read_dir(ground.path().join("events")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_the_original_left_is_read_and_written_alike() {
    let ground = recorded();
    let workspace = ground.local();
    let found = workspace.bash_events(BashSearch::default()).await.unwrap();
    let [command, output] = found.items.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(serde_json::to_string_pretty(command).unwrap(), COMMAND);
    assert_eq!(serde_json::to_string_pretty(output).unwrap(), OUTPUT);
    let of = BashSearch {
        command: Some(command.id()),
        ..BashSearch::default()
    };
    assert_eq!(
        workspace.bash_events(of).await.unwrap().items,
        std::slice::from_ref(output)
    );
    let ran = run(&workspace, "true").await;
    let name = names(&ground).pop().unwrap();
    let written = std::fs::read_to_string(ground.path().join("events").join(&name)).unwrap();
    assert_eq!(written, serde_json::to_string_pretty(&ran).unwrap());
    assert_eq!(name.len(), 20 + 1 + 10 + 1 + 32 + 1 + 32, "{name}");
}

#[tokio::test]
async fn events_outlive_the_server() {
    let ground = Ground::new();
    let first = run(&ground.local(), "echo before").await;
    let workspace = ground.local();
    let later = run(&workspace, "echo after").await;
    let told = workspace
        .bash_events(BashSearch::default())
        .await
        .unwrap()
        .items;
    let outputs: Vec<&BashEvent> = told
        .iter()
        .filter(|event| matches!(event, BashEvent::Output(_)))
        .collect();
    assert_eq!(
        outputs,
        [&BashEvent::Output(first.clone()), &BashEvent::Output(later)]
    );
    workspace.stop(first.command_id).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_was_put_back_mixes_nothing_up() {
    let ground = Ground::new();
    let old = run(&ground.local(), "echo old").await;
    ground.clock.set(START - 1_000_000);
    let workspace = ground.local();
    let new = run(&workspace, "echo new").await;
    let told = workspace
        .bash_events(BashSearch::default())
        .await
        .unwrap()
        .items;
    let expected = [BashEvent::Output(new), BashEvent::Output(old)];
    assert!(told.is_sorted_by_key(BashEvent::timestamp), "{told:?}");
    let outputs: Vec<BashEvent> = told
        .into_iter()
        .filter(|event| matches!(event, BashEvent::Output(_)))
        .collect();
    assert_eq!(outputs, expected);
}

#[tokio::test]
async fn other_files_are_left_alone() {
    let ground = recorded();
    ground.write("events/notes.txt", "mine");
    ground.write("events/20251120114608615976_BashCommand_x", "{}");
    ground.write(&format!("events/{COMMAND_NAME}0"), "damaged name");
    let workspace = ground.local();
    assert_eq!(workspace.clear_bash_events().await.unwrap(), 2);
    assert_eq!(names(&ground).len(), 3);
}

#[tokio::test]
async fn a_damaged_event_hides_no_other() {
    let ground = recorded();
    ground.write(&format!("events/{COMMAND_NAME}"), "{\"half");
    let found = ground
        .local()
        .bash_events(BashSearch::default())
        .await
        .unwrap();
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.next_page_id, None);
}

#[tokio::test]
async fn old_events_are_forgotten() {
    let ground = recorded();
    let workspace = ground.open(Config {
        bash_retention: Some(Duration::from_secs(3600)),
        ..ground.config()
    });
    let kept = run(&workspace, "true").await;
    // The first round begins with the workspace; the sign that it is over is that the files are gone.
    while names(&ground).iter().any(|name| name.starts_with("2025")) {
        tokio::task::yield_now().await;
    }
    let told = workspace
        .bash_events(BashSearch::default())
        .await
        .unwrap()
        .items;
    assert_eq!(told.len(), 2);
    assert!(told.contains(&BashEvent::Output(kept)));
    workspace.close().await;
}

#[tokio::test]
async fn a_disk_that_refuses_lets_nothing_start() {
    let ground = Ground::new();
    ground.write("events", "a file where the directory should be");
    let workspace = ground.local();
    let refused = workspace
        .execute(domain::ExecuteBashRequest::new("true"))
        .await;
    assert!(
        matches!(refused, Err(WorkspaceError::Broken(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_output_that_no_disk_takes_is_told_from_memory() {
    let ground = Ground::new();
    let workspace = ground.local();
    let events = ground.at("events");
    let output = run(
        &workspace,
        &format!("rm -r {events}; echo > {events}; echo told"),
    )
    .await;
    assert_eq!(output.stdout.as_deref(), Some("told\n"));
    let found = workspace
        .bash_events_by_id(vec![output.id.to_string()])
        .await
        .unwrap();
    assert_eq!(found, [Some(BashEvent::Output(output))]);
}

#[tokio::test]
async fn a_long_history_is_paged_through_in_both_directions() {
    let ground = Ground::new();
    for n in 0..700_u32 {
        let (id, micros) = (uuid(n), 100_000 + n);
        let command = format!(
            r#"{{"command":"echo {n}","cwd":null,"timeout":300,"id":"{id}","timestamp":"2025-11-20T11:46:08.{micros}Z","kind":"BashCommand"}}"#
        );
        ground.write(
            &format!("events/20251120114608{micros}_BashCommand_{id}"),
            &command,
        );
    }
    let workspace = ground.local();
    for sort in [
        BashEventSortOrder::Timestamp,
        BashEventSortOrder::TimestampDesc,
    ] {
        let mut search = BashSearch {
            sort,
            limit: 90,
            since: Moment::parse("2025-11-20T11:46:08.100010Z"),
            until: Moment::parse("2025-11-20T11:46:08.100690Z"),
            ..BashSearch::default()
        };
        let mut told = Vec::new();
        loop {
            let page = workspace.bash_events(search.clone()).await.unwrap();
            told.extend(page.items.iter().map(|event| event.id().to_string()));
            search.page = page.next_page_id;
            if search.page.is_none() {
                break;
            }
        }
        let mut expected: Vec<String> = (10..690).map(uuid).collect();
        if sort == BashEventSortOrder::TimestampDesc {
            expected.reverse();
        }
        assert!(told == expected, "{} of {}", told.len(), expected.len());
    }
}

fn uuid(n: u32) -> String {
    format!("{n:032x}")
}

#[tokio::test]
async fn a_follower_that_is_interrupted_misses_nothing() {
    let ground = Ground::new();
    let workspace = ground.local();
    for n in 0..20 {
        run(&workspace, &format!("echo {n}")).await;
    }
    let told = workspace.bash_events(BashSearch::default()).await.unwrap();
    let mut follower = workspace.follow_bash(BashPlace::First).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < told.items.len() {
        // Asked, and as a rule not waited for.
        tokio::select! {
            biased;
            event = follower.next() => heard.extend(event.unwrap()),
            () = std::future::ready(()) => {}
        }
        if heard.len() < told.items.len() {
            heard.extend(follower.next().await.unwrap());
        }
    }
    assert_eq!(heard, told.items);
}
