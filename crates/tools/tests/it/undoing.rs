//! Undo: step by step back to the very bytes, also after a restart.

use std::fs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::hands::{Hands, text};

fn undo(path: &str) -> Value {
    json!({"command": "undo_edit", "path": path})
}

#[tokio::test]
async fn undoing_a_creation_removes_the_file() {
    let hands = Hands::new();
    let path = hands.name("new.txt");
    hands
        .edit(json!({"command": "create", "path": path, "file_text": "one\n"}))
        .await;
    hands
        .edit(json!({"command": "insert", "path": path, "insert_line": 1, "new_str": "two"}))
        .await;
    let done = hands.edit(undo(&path)).await;
    assert_eq!(
        text(&done),
        format!(
            "Last edit to {path} undone successfully. Here's the result of running `cat -n` on {path}:\n     1\tone\n"
        )
    );
    let done = hands.edit(undo(&path)).await;
    assert_eq!(
        text(&done),
        format!(
            "Last edit to {path} undone successfully. That edit created the file, so it is removed."
        )
    );
    assert_eq!(
        (done.old_content.as_deref(), done.new_content),
        (Some("one\n"), None)
    );
    assert!(hands.names().is_empty());
    // And it can be made again.
    let done = hands
        .edit(json!({"command": "create", "path": path, "file_text": "again"}))
        .await;
    assert!(!done.is_error);
}

#[tokio::test]
async fn without_history_there_is_nothing_to_undo() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "one\n");
    assert_eq!(
        hands.said(undo(&file)).await,
        (format!("No edit history found for {file}."), true)
    );
    hands
        .edit(json!({"command": "insert", "path": file, "insert_line": 0, "new_str": "x"}))
        .await;
    assert!(!hands.said(undo(&file)).await.1);
    assert_eq!(
        hands.said(undo(&file)).await,
        (format!("No edit history found for {file}."), true)
    );
    assert_eq!(hands.read("a.txt"), b"one\n");
}

#[tokio::test]
async fn a_resumed_conversation_can_still_undo() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "one\n");
    hands
        .edit(json!({"command": "insert", "path": file, "insert_line": 0, "new_str": "x"}))
        .await;
    let hands = hands.resumed();
    assert!(!hands.said(undo(&file)).await.1);
    assert_eq!(hands.read("a.txt"), b"one\n");
}

#[tokio::test]
async fn changes_made_by_others_since_are_mentioned() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "one\n");
    hands
        .edit(json!({"command": "insert", "path": file, "insert_line": 0, "new_str": "x"}))
        .await;
    fs::write(&file, "formatted\n").unwrap();
    let done = hands.edit(undo(&file)).await;
    assert!(text(&done).ends_with(
        "\nNOTE: Something else changed the file after that edit; those changes are gone too."
    ));
    assert_eq!(done.old_content.as_deref(), Some("formatted\n"));
    assert_eq!(hands.read("a.txt"), b"one\n");
}

#[tokio::test]
async fn where_history_cannot_be_kept_edits_still_work() {
    let hands = Hands::new();
    let file = hands.write("a.txt", "one\n");
    let insert =
        |text: &str| json!({"command": "insert", "path": file, "insert_line": 0, "new_str": text});
    hands.edit(insert("x")).await;
    let kept = hands.conversation().join("undo");
    fs::remove_dir_all(&kept).unwrap();
    fs::write(&kept, "in the way").unwrap();
    let (said, failed) = hands.said(insert("y")).await;
    assert!(!failed);
    assert!(said.ends_with(
        "\nNOTE: There was no room to note down the file as it was; this edit cannot be undone."
    ));
    assert_eq!(hands.read("a.txt"), b"y\nx\none\n");
    // Undoing an older edit now would lose this one without a word.
    assert!(hands.said(undo(&file)).await.1);
}

#[derive(Clone, Debug)]
enum Edit {
    Replace { old: String, new: String },
    Insert { line: i64, new: String },
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let replace = ("[a-c\n]{1,3}", "[a-d\n\u{e9}\u{2192}]{0,4}")
        .prop_map(|(old, new)| Edit::Replace { old, new });
    let insert = (0_i64..6, "[a-c\n]{0,4}").prop_map(|(line, new)| Edit::Insert { line, new });
    proptest::collection::vec(prop_oneof![replace, insert], 1..9)
}

fn contents() -> impl Strategy<Value = Vec<u8>> {
    let ending = prop_oneof![Just("\n"), Just("\r\n")];
    let mark = prop_oneof![Just(&b""[..]), Just(&b"\xef\xbb\xbf"[..])];
    let lines = proptest::collection::vec("[a-e]{0,4}", 0..6);
    let unicode = (mark, ending, lines)
        .prop_map(|(mark, ending, lines)| [mark, lines.join(ending).as_bytes()].concat());
    let latin = "[a-e\u{e8}\u{e9}\r\n]{0,20}".prop_map(|text| {
        text.chars()
            .map(|c| u8::try_from(c as u32).unwrap_or(b'?'))
            .collect()
    });
    prop_oneof![
        unicode,
        latin,
        proptest::collection::vec(any::<u8>(), 0..40)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_of_any_bytes_can_be_taken_back_one_by_one(before in contents(), edits in edits()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let hands = Hands::new();
        let path = hands.write("file", &before);
        let mut states = vec![before];
        for edit in edits {
            let fields = match edit {
                Edit::Replace { old, new } => json!({"command": "str_replace", "path": path, "old_str": old, "new_str": new}),
                Edit::Insert { line, new } => json!({"command": "insert", "path": path, "insert_line": line, "new_str": new}),
            };
            let done = runtime.block_on(hands.edit(fields));
            let now = hands.read("file");
            if done.is_error {
                prop_assert_eq!(&now, states.last().unwrap());
            } else if &now != states.last().unwrap() {
                states.push(now);
            }
        }
        while states.len() > 1 {
            states.pop();
            let done = runtime.block_on(hands.edit(undo(&path)));
            prop_assert!(!done.is_error, "{}", text(&done));
            prop_assert_eq!(&hands.read("file"), states.last().unwrap());
        }
        prop_assert!(runtime.block_on(hands.edit(undo(&path))).is_error);
        prop_assert_eq!(hands.names(), vec!["file".to_owned()]);
    }
}
