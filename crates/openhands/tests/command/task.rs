//! `openhands run TASK` with a scripted model.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;
use testkit::model::Script;

use crate::house::{House, model, of_kind};

fn writes_a_file() -> Script {
    Script::new()
        .says("I write it down.")
        .calls(
            "terminal",
            json!({ "command": "echo forty-two > answer.txt && cat answer.txt" }),
        )
        .then()
        .calls("finish", json!({ "message": "It is in answer.txt." }))
}

#[test]
fn a_task_is_done_in_the_workspace() {
    let model = model(writes_a_file());
    let house = House::with_model(&model);
    let ran = house.run(&["run", "Write down the answer"]);
    ran.succeeds()
        .prints("\u{203a} Write down the answer")
        .prints("I write it down.")
        .prints("$ echo forty-two > answer.txt && cat answer.txt")
        .prints("\u{2502} forty-two")
        .prints("It is in answer.txt.")
        .prints("finished \u{b7} 2 steps");
    assert_eq!(house.read("answer.txt"), "forty-two\n");
    assert!(
        !ran.out.contains('\x1b'),
        "a pipe gets no control sequences"
    );
    assert!(
        !ran.out.contains("--resume"),
        "what is finished needs no resuming"
    );
    assert_eq!(model.requests().len(), 2);
}

#[test]
fn a_task_can_come_from_standard_input() {
    let model = model(Script::new().says("Read."));
    let house = House::with_model(&model);
    let mut child = house
        .command(&["run", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"A task\nof two lines\n").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let request = &model.requests()[0];
    assert!(request.json().to_string().contains("A task\\nof two lines"));
}

#[test]
fn another_directory_can_be_the_workspace() {
    let model = model(writes_a_file());
    let house = House::with_model(&model);
    let other = house.work().join("other place");
    std::fs::create_dir(&other).unwrap();
    house
        .run(&["run", "--workspace", other.to_str().unwrap(), "go"])
        .succeeds();
    assert_eq!(house.read("other place/answer.txt"), "forty-two\n");
}

#[test]
fn words_alone_end_a_task() {
    let model = model(Script::new().says("Nothing to do."));
    let house = House::with_model(&model);
    house
        .run(&["run", "hello"])
        .succeeds()
        .prints("Nothing to do.");
}

#[test]
fn the_step_limit_has_its_own_code() {
    let look = Script::new().calls("terminal", json!({ "command": "date +%N" }));
    let model = model(Script::new().forever(look));
    let house = House::with_model(&model);
    let ran = house.run(&["run", "--max-iterations", "3", "loop"]);
    ran.ends(4)
        .prints("MaxIterationsReached")
        .prints("--resume");
    assert_eq!(model.requests().len(), 3);
}

#[test]
fn the_budget_has_the_same_code() {
    let look = Script::new().calls("terminal", json!({ "command": "date +%N" }));
    let model = model(Script::new().forever(look));
    let house = House::with_model(&model)
        .set("LLM_INPUT_COST_PER_TOKEN", "0.01")
        .set("LLM_OUTPUT_COST_PER_TOKEN", "0.01");
    let ran = house.run(&["run", "--budget", "2.00", "spend"]);
    ran.ends(4).prints("MaxBudgetReached").prints("$2.40");
}

#[test]
fn circles_have_their_own_code() {
    let again = Script::new().calls("terminal", json!({ "command": "true" }));
    let model = model(Script::new().forever(again));
    let house = House::with_model(&model);
    house
        .run(&["run", "circle"])
        .ends(3)
        .prints("going in circles");
}

#[test]
fn an_error_of_the_model_is_told_with_the_way_on() {
    let model = model(Script::new().fails(401));
    let house = House::with_model(&model);
    let ran = house.run(&["run", "hello"]);
    ran.ends(1)
        .prints("401")
        .prints("go on with: openhands run --resume");
    let command = ran
        .out
        .lines()
        .last()
        .unwrap()
        .trim_start_matches("go on with: openhands ");
    model.play(Script::new().says("There we are."));
    let words: Vec<&str> = command.split(' ').collect();
    house.run(&words).succeeds().prints("There we are.");
}

#[test]
fn a_finished_conversation_takes_another_task() {
    let model = model(Script::new().says("One.").then().says("Two."));
    let house = House::with_model(&model);
    house.run(&["run", "first"]).succeeds();
    house
        .run(&["run", "--resume", "last", "second"])
        .succeeds()
        .prints("Two.");
    assert_eq!(house.conversations().len(), 1);
    assert_eq!(of_kind(&house.events(), "MessageEvent").len(), 4);
    let asked = model.requests()[1].json().to_string();
    assert!(asked.contains("first") && asked.contains("One.") && asked.contains("second"));
}

#[test]
fn the_key_never_reaches_the_disk_or_the_screen() {
    let print = json!({ "command": "env; cat /proc/$PPID/environ | tr '\\0' '\\n'" });
    let model = model(
        Script::new()
            .says("The key is sk-scripted.")
            .calls("terminal", print)
            .then()
            .says("Done."),
    );
    let house = House::with_model(&model);
    let ran = house.run(&["run", "leak"]);
    ran.succeeds();
    assert!(!ran.out.contains("sk-scripted"), "{ran:#?}");
    let files = walk(&house.home());
    assert!(files.len() > 1);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(11).any(|window| window == b"sk-scripted");
        assert!(!found, "the key is in {}", file.display());
    }
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files
}
