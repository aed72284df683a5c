//! `--json`: lines for programs, and nothing else.

use serde_json::json;
use testkit::model::Script;

use crate::house::{House, model, of_kind};

#[test]
fn every_line_is_an_event_as_stored_and_the_last_one_is_the_result() {
    let model = model(
        Script::new()
            .calls("terminal", json!({ "command": "echo hi" }))
            .then()
            .calls("finish", json!({ "message": "All done." })),
    );
    let house = House::with_model(&model);
    let ran = house.run(&["run", "--json", "go"]);
    let mut lines = ran.succeeds().lines();
    let result = lines.pop().unwrap();
    assert_eq!(lines, house.events());
    assert_eq!(of_kind(&lines, "ObservationEvent").len(), 2);
    assert_eq!(result["kind"], "RunResult");
    assert_eq!(result["status"], "finished");
    assert_eq!(result["exit_code"], 0);
    assert_eq!(result["message"], "All done.");
    assert_eq!(result["steps"], 2);
    assert_eq!(result["tokens"]["input"], 200);
    assert_eq!(result["conversation_id"], house.conversations()[0].as_str());
    assert!(result["error"].is_null() && result["resume"].is_null());
    assert_eq!(
        ran.err,
        format!("conversation {}\n", house.conversations()[0])
    );
}

#[test]
fn a_failed_run_says_why_and_how_to_go_on() {
    let model = model(Script::new().fails(401));
    let house = House::with_model(&model);
    let ran = house.run(&["run", "--json", "go"]);
    let result = ran.ends(1).lines().pop().unwrap();
    assert_eq!(result["status"], "error");
    assert_eq!(result["exit_code"], 1);
    assert_eq!(result["error"]["code"], "LLMAuthenticationError");
    let resume = result["resume"].as_str().unwrap();
    assert!(resume.starts_with("openhands run --resume "));
    model.play(Script::new().says("Fine now."));
    let mut words: Vec<&str> = resume.split(' ').skip(1).collect();
    words.push("--json");
    let lines = house.run(&words).succeeds().lines();
    assert_eq!(lines.last().unwrap()["message"], "Fine now.");
}
