//! What is offered, in which order, and what happens to calls that fit no tool.

use std::collections::BTreeMap;
use std::fs;

use domain::{Call, Executor, Observation, Resources, Secret, ToolRef};
use serde_json::json;
use tools::{Config, Error, Local};

use super::hands::{Hands, action, config};

fn tools_of(local: &Local) -> Vec<&str> {
    local
        .tools()
        .iter()
        .map(|spec| spec.name.as_str())
        .collect()
}

fn workspace() -> (tempfile::TempDir, Config) {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("workspace")).unwrap();
    let config = config(dir.path());
    (dir, config)
}

#[test]
fn tools_come_in_the_order_asked_and_once() {
    let (_dir, mut config) = workspace();
    config.tools = ["glob", "file_editor", "glob", "FinishTool"]
        .map(ToolRef::new)
        .to_vec();
    config.defaults = vec!["ThinkTool".to_owned(), "FinishTool".to_owned()];
    let local = Local::new(config).unwrap();
    assert_eq!(tools_of(&local), ["glob", "file_editor", "finish", "think"]);
}

#[test]
fn a_tool_that_is_not_there_is_named_with_those_that_are() {
    let (_dir, mut config) = workspace();
    config.tools = vec![ToolRef::new("teleport")];
    let refusal = Local::new(config).err().unwrap();
    assert!(matches!(&refusal, Error::UnknownTool { name, .. } if name == "teleport"));
    let said = refusal.to_string();
    assert!(
        said.starts_with("There is no tool named 'teleport'. There are: "),
        "{said}"
    );
    assert!(
        said.contains("file_editor") && said.contains("finish"),
        "{said}"
    );
}

#[test]
fn settings_that_a_tool_does_not_have_are_refused() {
    let (_dir, mut config) = workspace();
    config.tools[1].params.insert("depth".to_owned(), json!(3));
    let said = Local::new(config).err().unwrap().to_string();
    assert_eq!(
        said,
        "The settings of the tool 'file_editor' cannot be used: it takes none, but was given depth."
    );
}

#[test]
fn a_workspace_that_is_no_directory_is_refused() {
    let (dir, mut config) = workspace();
    config.workspace = dir.path().join("nowhere");
    assert!(matches!(
        Local::new(config.clone()),
        Err(Error::Workspace { .. })
    ));
    fs::write(dir.path().join("file"), "").unwrap();
    config.workspace = dir.path().join("file");
    let said = Local::new(config).err().unwrap().to_string();
    assert!(said.contains("it is not a directory"), "{said}");
}

#[tokio::test]
async fn nothing_is_made_before_it_is_needed() {
    let hands = Hands::new();
    assert!(!hands.conversation().exists());
    hands
        .edit(json!({"command": "view", "path": hands.name("")}))
        .await;
    hands
        .act(
            "task_tracker",
            "TaskTrackerAction",
            json!({"command": "view"}),
        )
        .await;
    assert!(!hands.conversation().exists());
}

#[tokio::test]
async fn a_thought_is_logged_and_the_last_word_repeated() {
    let hands = Hands::new();
    let thought = hands
        .act("think", "ThinkAction", json!({"thought": "hm"}))
        .await;
    assert_eq!(
        json!(thought),
        json!({
            "content": [{"cache_prompt": false, "type": "text", "text": "Your thought has been logged."}],
            "is_error": false,
            "kind": "ThinkObservation",
        })
    );
    let finish = hands
        .act("finish", "FinishAction", json!({"message": "All done."}))
        .await;
    assert_eq!(finish.content().0[0].as_text(), Some("All done."));
}

#[tokio::test]
async fn an_action_that_is_not_the_tools_own_is_an_error() {
    let hands = Hands::new();
    let grep = action("GrepAction", json!({"pattern": "x"}));
    let refusal = hands.run("glob", &grep).await.unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "The tool 'glob' cannot carry out a GrepAction."
    );
    let refusal = hands.run("browser", &grep).await.unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "The tool 'browser' is not on offer here. There are: terminal, file_editor, task_tracker, grep, glob, finish, think."
    );
}

#[test]
fn edits_of_one_file_exclude_each_other_by_whatever_name() {
    let hands = Hands::new();
    hands.write("a.txt", "");
    std::os::unix::fs::symlink("a.txt", hands.path("link")).unwrap();
    let resources = |path: &str| {
        let edit = action("FileEditorAction", json!({"command": "view", "path": path}));
        hands.local().resources("file_editor", &edit)
    };
    let key = format!(
        "file:{}",
        hands.path("a.txt").canonicalize().unwrap().display()
    );
    let expected = Resources::Keys(vec![key]);
    for path in ["a.txt", "link", "./a.txt", "nothing/../a.txt"] {
        let same = resources(&hands.name(path)) == expected;
        // The directory "nothing" is not there, so this names another file than it seems to.
        assert_eq!(same, path != "nothing/../a.txt", "{path}");
    }
    assert_eq!(resources("a.txt"), expected);
    assert_ne!(resources(&hands.name("b.txt")), expected);
}

#[test]
fn searches_run_beside_anything_and_the_task_list_alone() {
    let hands = Hands::new();
    let of = |tool: &str, kind: &str, fields| hands.local().resources(tool, &action(kind, fields));
    assert_eq!(
        of("grep", "GrepAction", json!({"pattern": "x"})),
        Resources::None
    );
    assert_eq!(
        of("glob", "GlobAction", json!({"pattern": "x"})),
        Resources::None
    );
    assert_eq!(
        of("think", "ThinkAction", json!({"thought": "x"})),
        Resources::None
    );
    assert_eq!(
        of("finish", "FinishAction", json!({"message": "x"})),
        Resources::None
    );
    assert_eq!(
        of("task_tracker", "TaskTrackerAction", json!({})),
        Resources::Tool
    );
    assert_eq!(
        of("unknown", "ThinkAction", json!({"thought": "x"})),
        Resources::Tool
    );
}

#[tokio::test]
async fn a_model_is_told_first_that_a_tool_failed() {
    let hands = Hands::new();
    let failed = hands
        .edit(json!({"command": "view", "path": "relative"}))
        .await;
    let said = failed.content[0].clone();
    assert_eq!(
        Observation::FileEditor(failed).for_model(),
        [
            domain::Content::text("[An error occurred during execution.]\n"),
            said
        ]
    );
    let fine = hands
        .edit(json!({"command": "view", "path": hands.name("")}))
        .await;
    assert_eq!(
        Observation::FileEditor(fine.clone()).for_model(),
        fine.content
    );
}

#[tokio::test]
async fn commands_run_in_the_workspace_without_our_keys() {
    let hands = Hands::new();
    let command = "pwd; echo \"$GREETING,${LLM_API_KEY-unset},$AI_AGENT,$TOKEN\"";
    let action = action("TerminalAction", json!({"command": command}));
    let env = BTreeMap::from([("TOKEN".to_owned(), Secret::from("s3cret"))]);
    let call = Call {
        id: "call_1",
        tool: "terminal",
        action: &action,
        env: &env,
    };
    let done = hands.local().run(call, &|_| {}).await.unwrap();
    let said = done.for_model();
    let said = said[0].as_text().unwrap();
    assert!(
        said.contains(hands.name("").trim_end_matches('/')),
        "{said}"
    );
    assert!(said.contains("hello,unset,openhands,s3cret"), "{said}");
    hands.local().close().await;
    assert!(hands.local().run(call, &|_| {}).await.is_err());
}

#[tokio::test]
async fn a_terminal_that_refuses_says_so_to_the_model_first() {
    let hands = Hands::new();
    let done = hands
        .act("terminal", "TerminalAction", json!({"command": ""}))
        .await;
    let said = done.for_model();
    assert_eq!(
        said[0].as_text(),
        Some("[An error occurred during execution.]\n")
    );
    assert_eq!(
        said[1].as_text(),
        Some("No previous running command to retrieve logs from.")
    );
    hands.local().close().await;
}

#[test]
fn one_terminal_does_one_thing_at_a_time() {
    let hands = Hands::new();
    let run = action("TerminalAction", json!({"command": "true"}));
    let expected = Resources::Keys(vec!["terminal:session".to_owned()]);
    assert_eq!(hands.local().resources("terminal", &run), expected);
}
