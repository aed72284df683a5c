//! More output than anybody wants to read.

use std::path::{Path, PathBuf};

use crate::desk::{Said, desk, timed, with};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    all.sort();
    all
}

#[tokio::test]
async fn a_hundred_megabytes_are_survived() {
    let desk = desk();
    let observation = desk.act(timed("yes | head -c 100M", 600.0)).await;
    assert_eq!(observation.exit_code, Some(0));
    let said = observation.said();
    assert!(said.chars().count() <= 30_000, "{}", said.chars().count());
    assert!(
        said.starts_with("y\ny\ny\n") && said.ends_with("y\ny\ny"),
        "both ends are shown"
    );
    let files = files(&desk.home.path().join("outputs"));
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(said.contains(files[0].to_str().unwrap()));
    assert_eq!(std::fs::metadata(&files[0]).unwrap().len(), 100 << 20);
    assert_eq!(desk.says("echo fine").await, "fine");
}

#[tokio::test]
async fn the_whole_is_saved_once_under_the_name_of_its_content() {
    let desk = desk();
    let first = desk.says("seq 1 20000").await;
    let whole: String = (1..=20000).map(|n| format!("{n}\n")).collect();
    let outputs = desk.home.path().join("outputs");
    let saved = files(&outputs);
    assert_eq!(saved.len(), 1);
    assert_eq!(std::fs::read_to_string(&saved[0]).unwrap(), whole);
    let sum = desk
        .says(&format!("sha256sum < {}", saved[0].display()))
        .await;
    assert_eq!(
        saved[0].file_name().unwrap().to_str().unwrap(),
        format!("terminal_output_{}.txt", &sum[..8])
    );
    let (head, tail) = first.split_once("[...").unwrap();
    assert!(
        whole.starts_with(head.trim_end()),
        "the beginning is untouched"
    );
    assert!(
        whole
            .trim_end()
            .ends_with(tail.split_once("...]\n").unwrap().1),
        "so is the end"
    );
    let line = head.matches('\n').count();
    assert!(
        tail.contains(&format!("from line {line} on")),
        "{tail:.200}"
    );
    assert_eq!(desk.says("seq 1 20000").await, first);
    assert_eq!(files(&outputs).len(), 1);
}

#[tokio::test]
async fn a_line_without_end_is_one_line() {
    let desk = desk();
    desk.run("head -c 3000000 /dev/zero | tr '\\0' x; echo; printf '%0.s-' $(seq 1 300); echo")
        .await;
    let saved = files(&desk.home.path().join("outputs"));
    let text = std::fs::read_to_string(&saved[0]).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next().unwrap(), "x".repeat(3_000_000));
    assert_eq!(lines.next().unwrap(), "-".repeat(300));
}

#[tokio::test]
async fn a_terminal_without_a_place_to_save_says_so() {
    let desk = with(|config| {
        config.outputs = None;
        config.max_chars = 1000;
    });
    let observation = desk.run("seq 1 2000").await;
    let said = observation.said();
    assert!(said.chars().count() <= 1000, "{said}");
    assert!(
        said.starts_with("1\n2\n") && said.ends_with("1999\n2000"),
        "{said}"
    );
    assert!(said.contains("not saved"), "{said}");
    assert_eq!(observation.full_output_save_dir, None);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_spoken_of() {
    let desk = with(|config| config.outputs = Some("/proc/outputs".into()));
    let said = desk.says("seq 1 20000").await;
    assert!(said.contains("could not be saved"), "{said:.300}");
    assert!(said.ends_with("20000"));
}

#[tokio::test]
async fn progress_bars_leave_their_last_state() {
    let desk = desk();
    let script = "for i in $(seq 1 3000); do printf '\\r%d%% done' $i; done; echo";
    assert_eq!(desk.says(script).await, "3000% done");
    let two = "echo a; echo b; for i in $(seq 1 500); do printf '\\033[2A\\033[Kfirst %d\\n\\033[Ksecond %d\\n' $i $i; done";
    assert_eq!(desk.says(two).await, "first 500\nsecond 500");
}

#[tokio::test]
async fn colours_in_a_flood_are_taken_out_everywhere() {
    let desk = desk();
    let script =
        "for i in $(seq 1 20000); do printf '\\033[3%dmline\\033[0m %d\\n' $((i % 8)) $i; done";
    desk.run(script).await;
    let saved = files(&desk.home.path().join("outputs"));
    let whole: String = (1..=20000).map(|n| format!("line {n}\n")).collect();
    assert_eq!(std::fs::read_to_string(&saved[0]).unwrap(), whole);
}
