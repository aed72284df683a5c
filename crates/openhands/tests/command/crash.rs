//! `kill -9` in the middle of a tool, and going on afterwards.

use rustix::process::Signal;
use serde_json::json;
use testkit::model::Script;

use crate::house::{self, House, model, of_kind};
use crate::stops::Pipe;
use crate::terminal::kill;

#[test]
fn after_a_kill_the_cut_call_is_reported_and_nothing_is_repeated() {
    let house = House::new();
    let pipe = Pipe::new(&house);
    let command = format!(
        "echo ran >> runs.txt; echo started > {}; sleep 600",
        pipe.name()
    );
    let model = model(
        Script::new()
            .by_history()
            .calls("terminal", json!({ "command": "echo first >> runs.txt" }))
            .then()
            .calls("terminal", json!({ "command": command }))
            .then()
            .calls("terminal", json!({ "command": "cat runs.txt" }))
            .then()
            .calls("finish", json!({ "message": "We made it." })),
    );
    let house = house.using(&model);
    let mut child = house.start(&["run", "work"]);
    assert_eq!(pipe.read(), "started\n");
    kill(&child, Signal::KILL);
    child.wait().unwrap();
    let ran = house.run(&["run", "--resume", "last"]);
    ran.succeeds()
        .prints("conversation again")
        .prints("Tool call interrupted")
        .prints("We made it.");
    assert_eq!(house.read("runs.txt"), "first\nran\n", "nothing ran twice");
    let events = house.events();
    let calls = of_kind(&events, "ActionEvent");
    assert_eq!(calls.len(), 4);
    for call in calls {
        let id = &call["tool_call_id"];
        let results = events
            .iter()
            .filter(|event| event["kind"] != "ActionEvent" && event["tool_call_id"] == *id)
            .count();
        assert_eq!(results, 1, "every call has one result");
    }
    let cut = of_kind(&events, "AgentErrorEvent");
    assert_eq!(cut.len(), 1);
    assert!(
        model.requests()[2]
            .json()
            .to_string()
            .contains("interrupted")
    );
}

#[test]
fn after_a_kill_while_the_model_thinks_it_is_asked_again() {
    let gate = testkit::gate::Gate::new();
    let model = model(Script::new().waits_at(&gate).says("Too late."));
    let house = House::with_model(&model);
    let mut child = house.start(&["run", "think"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(model.asked(1));
    kill(&child, Signal::KILL);
    child.wait().unwrap();
    let again = house::model(Script::new().says("Here I am."));
    let house = house.using(&again);
    house
        .run(&["run", "--resume", "last"])
        .succeeds()
        .prints("Here I am.");
}

#[test]
fn the_demo_survives_a_kill_at_any_time() {
    let house = House::new();
    let lines = house.run(&["run", "--json", "--model", "demo", "Fix the failing test"]);
    let count = lines.succeeds().lines().len();
    for after in [4, 7, 11, 15] {
        assert!(after < count);
        let house = House::new();
        let mut child = house.start(&["run", "--json", "--model", "demo", "Fix the failing test"]);
        let out = std::io::BufReader::new(child.stdout.take().unwrap());
        let seen = std::io::BufRead::lines(out).take(after).count();
        assert_eq!(seen, after);
        kill(&child, Signal::KILL);
        child.wait().unwrap();
        let id = house.conversations().pop().unwrap();
        let shown = house.run(&["conversations", "show", "--json", &id]);
        if !shown.out.contains("\"finished\"") {
            let ran = house.run(&["run", "--resume", &id]);
            ran.succeeds().prints("Done: all tests pass.");
        }
    }
}
