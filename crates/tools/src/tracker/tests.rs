//! The list on disk, and the names of statuses.

use std::fs;

use domain::{TaskItem, TaskStatus, TaskTrackerAction, TrackerCommand};
use serde_json::json;

use super::{Tracker, normalise};

fn plan(tasks: &[(&str, &str, TaskStatus)]) -> TaskTrackerAction {
    let item = |(title, notes, status): &(&str, &str, TaskStatus)| TaskItem {
        title: (*title).to_owned(),
        notes: (*notes).to_owned(),
        status: *status,
    };
    TaskTrackerAction {
        command: TrackerCommand::Plan,
        task_list: tasks.iter().map(item).collect(),
    }
}

fn view() -> TaskTrackerAction {
    TaskTrackerAction {
        command: TrackerCommand::View,
        task_list: Vec::new(),
    }
}

fn text(observation: &domain::TaskTrackerObservation) -> &str {
    observation.content[0].as_text().unwrap()
}

#[test]
fn the_file_is_as_other_readers_write_it() {
    let dir = tempfile::tempdir().unwrap();
    let tracker = Tracker::new(dir.path());
    tracker.run(&plan(&[
        ("naïve ✅ 😀", "tab\there", TaskStatus::Done),
        ("b", "", TaskStatus::InProgress),
    ]));
    assert_eq!(
        fs::read_to_string(dir.path().join("TASKS.json")).unwrap(),
        "[\n  {\n    \"title\": \"na\\u00efve \\u2705 \\ud83d\\ude00\",\n    \"notes\": \"tab\\there\",\n    \"status\": \"done\"\n  },\n  {\n    \"title\": \"b\",\n    \"notes\": \"\",\n    \"status\": \"in_progress\"\n  }\n]"
    );
    tracker.run(&plan(&[]));
    assert_eq!(
        fs::read_to_string(dir.path().join("TASKS.json")).unwrap(),
        "[]"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn the_list_outlives_the_tracker() {
    let dir = tempfile::tempdir().unwrap();
    let planned = Tracker::new(dir.path()).run(&plan(&[("ä", "n", TaskStatus::Todo)]));
    assert_eq!(text(&planned), "Task list has been updated with 1 item(s).");
    let viewed = Tracker::new(dir.path()).run(&view());
    assert_eq!(viewed.task_list, planned.task_list);
    assert_eq!(text(&viewed), "# Task List\n\n1. ⏳ ä\n   n");
}

#[test]
fn a_broken_file_is_an_empty_list() {
    for broken in [
        "",
        "{",
        "{}",
        "[{\"notes\": \"no title\"}]",
        "[{\"title\": \"a\", \"status\": \"maybe\"}]",
    ] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("TASKS.json"), broken).unwrap();
        let viewed = Tracker::new(dir.path()).run(&view());
        assert_eq!(
            text(&viewed),
            "No task list found. Use the \"plan\" command to create one."
        );
        assert!(!viewed.is_error);
    }
}

#[test]
fn a_saved_list_may_use_other_names_for_statuses() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(
        dir.path().join("TASKS.json"),
        r#"[{"title": "a", "status": "completed"}]"#,
    )
    .unwrap();
    let viewed = Tracker::new(dir.path()).run(&view());
    assert_eq!(viewed.task_list[0].status, TaskStatus::Done);
}

#[test]
fn a_list_that_cannot_be_saved_is_still_a_list() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let tracker = Tracker::new(&file.join("conversation"));
    let planned = tracker.run(&plan(&[("a", "", TaskStatus::Todo)]));
    assert!(
        text(&planned)
            .starts_with("Task list has been updated with 1 item(s). It could not be saved")
    );
    assert_eq!(tracker.run(&view()).task_list, planned.task_list);
}

#[test]
fn statuses_are_understood_however_they_are_written() {
    let cases = [
        ("todo", "todo"),
        ("Pending", "todo"),
        ("to do", "todo"),
        ("TO-DO", "todo"),
        ("in progress", "in_progress"),
        (" In-Progress ", "in_progress"),
        ("completed", "done"),
        ("Complete", "done"),
        ("DONE", "done"),
        ("maybe", "maybe"),
    ];
    for (written, meant) in cases {
        let mut args = json!({"command": "plan", "task_list": [{"title": "a", "status": written}, {"title": "b"}]});
        normalise(args.as_object_mut().unwrap());
        assert_eq!(
            args["task_list"],
            json!([{"title": "a", "status": meant}, {"title": "b"}])
        );
    }
}

#[test]
fn arguments_of_another_shape_are_left_alone() {
    for args in [
        json!({}),
        json!({"task_list": "x"}),
        json!({"task_list": [1, null, {"status": 2}]}),
    ] {
        let mut normalised = args.clone();
        normalise(normalised.as_object_mut().unwrap());
        assert_eq!(normalised, args);
    }
}
