//! `--confirm`: nothing risky without a word.

use serde_json::{Value, json};
use testkit::model::{Model, Script};

use crate::house::{House, model, of_kind};
use crate::terminal::{CTRL_C, Terminal};

fn risky(command: &str) -> Value {
    json!({ "command": command, "security_risk": "HIGH" })
}

fn two_steps() -> Model {
    model(
        Script::new()
            .calls("terminal", risky("echo one >> done.txt"))
            .then()
            .calls("terminal", risky("echo two >> done.txt"))
            .then()
            .says("Both asked for."),
    )
}

#[test]
fn nobody_to_ask_means_waiting_with_its_own_code() {
    let model = two_steps();
    let house = House::with_model(&model);
    let ran = house.run(&["run", "--confirm", "go"]);
    ran.ends(5)
        .prints("$ echo one")
        .prints("--resume")
        .prints("--approve")
        .prints("--reject");
    assert_eq!(house.read("done.txt"), "");
    house
        .run(&["run", "--resume", "last"])
        .ends(5)
        .prints("Waiting for your word")
        .prints("$ echo one")
        .prints("--approve");
    house.run(&["run", "--resume", "last", "--approve"]).ends(5);
    assert_eq!(house.read("done.txt"), "one\n");
    let ran = house.run(&["run", "--resume", "last", "--reject", "one is enough"]);
    ran.succeeds()
        .prints("refused: one is enough")
        .prints("Both asked for.");
    assert_eq!(house.read("done.txt"), "one\n");
    house
        .run(&["run", "--resume", "last", "--approve"])
        .ends(2)
        .complains("nothing waits");
}

#[test]
fn what_is_harmless_is_not_asked_about() {
    let model = model(
        Script::new()
            .calls(
                "terminal",
                json!({ "command": "echo safe", "security_risk": "LOW" }),
            )
            .then()
            .says("Fine."),
    );
    let house = House::with_model(&model);
    house
        .run(&["run", "--confirm", "go"])
        .succeeds()
        .prints("Fine.");
}

#[test]
fn a_person_is_asked_each_time() {
    let model = two_steps();
    let house = House::with_model(&model);
    Terminal::open(&house, &["run", "--confirm", "go"])
        .sees("$ echo one")
        .sees("waits for your word (high risk)")
        .sees("say why not: ")
        .enters("y")
        .sees("$ echo two")
        .sees("say why not: ")
        .enters("not on a Friday")
        .sees("refused: not on a Friday")
        .sees("Both asked for.")
        .sees("finished")
        .ends(0);
    assert_eq!(house.read("done.txt"), "one\n");
    let events = house.events();
    let refusals = of_kind(&events, "UserRejectObservation");
    assert_eq!(refusals[0]["rejection_reason"], "not on a Friday");
}

#[test]
fn always_means_never_asked_again() {
    let model = two_steps();
    let house = House::with_model(&model);
    Terminal::open(&house, &["run", "--confirm", "go"])
        .sees("say why not: ")
        .enters("a")
        .sees("Both asked for.")
        .sees("finished")
        .ends(0);
    assert_eq!(house.read("done.txt"), "one\ntwo\n");
}

#[test]
fn leaving_the_question_open_leaves_it_open() {
    let model = two_steps();
    let house = House::with_model(&model);
    let mut person = Terminal::open(&house, &["run", "--confirm", "go"]);
    person
        .sees("say why not: ")
        .types(CTRL_C)
        .sees("--resume")
        .ends(130);
    Terminal::open(&house, &["run", "--resume", "last"])
        .sees("Waiting for your word")
        .sees("$ echo one")
        .sees("say why not: ")
        .enters("n")
        .sees("$ echo two")
        .sees("say why not: ")
        .enters("yes")
        .sees("Both asked for.")
        .sees("> ")
        .enters("/exit")
        .ends(0);
    assert_eq!(house.read("done.txt"), "two\n");
}
