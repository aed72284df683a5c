//! The interactive session, typed on a real terminal.

use serde_json::json;
use testkit::model::Script;

use crate::house::{House, model, of_kind};
use crate::stops::Pipe;
use crate::terminal::{CTRL_C, CTRL_D, Terminal};

#[test]
fn a_newcomer_sees_the_whole_loop_by_pressing_enter() {
    let house = House::new();
    let mut person = Terminal::open(&house, &[]);
    person
        .sees("No model is set up")
        .sees("Press Enter")
        .sees("> ")
        .enters("")
        .sees("FAILED")
        .sees("Done: all tests pass.")
        .sees("finished")
        .sees("> ")
        .enters("/exit")
        .ends(0);
    assert!(person.raw().contains("\x1b[32m"), "a terminal gets colours");
}

#[test]
fn a_conversation_goes_on_turn_by_turn() {
    let model = model(Script::new().says("Hello Ada.").then().says("You are Ada."));
    let house = House::with_model(&model);
    let mut person = Terminal::open(&house, &["run"]);
    person
        .sees("> ")
        .enters("I am Ada")
        .sees("Hello Ada.")
        .sees("finished")
        .sees("> ")
        .enters("Who am I?")
        .sees("You are Ada.")
        .sees("> ")
        .types(CTRL_D)
        .ends(0);
    let shown = person.shown();
    assert!(
        !shown.contains("\u{203a} I am Ada"),
        "what was typed is not repeated:\n{shown}"
    );
    assert!(
        model.requests()[1]
            .json()
            .to_string()
            .contains("Hello Ada.")
    );
}

#[test]
fn pasted_lines_are_one_message() {
    let model = model(Script::new().says("Got it."));
    let house = House::with_model(&model);
    Terminal::open(&house, &["run"])
        .sees("> ")
        .types("\x1b[200~first line\nsecond line\x1b[201~")
        .sees("second line")
        .enters("")
        .sees("Got it.")
        .sees("> ")
        .enters("/exit")
        .ends(0);
    assert_eq!(model.requests().len(), 1);
    assert!(
        model.requests()[0]
            .json()
            .to_string()
            .contains("first line\\nsecond line")
    );
}

#[test]
fn slash_commands_answer_at_once() {
    let model = model(Script::new().says("Hi."));
    let house = House::with_model(&model);
    Terminal::open(&house, &["run"])
        .sees("> ")
        .enters("/help")
        .sees("/status")
        .sees("/exit")
        .sees("> ")
        .enters("/hlep")
        .sees("did you mean /help?")
        .sees("> ")
        .enters("hi")
        .sees("Hi.")
        .sees("finished")
        .sees("> ")
        .enters("/status")
        .sees("openai/scripted")
        .sees("never")
        .sees("> ")
        .enters("/cost")
        .sees("100 tokens in")
        .sees("> ")
        .enters("/confirm on")
        .sees("> ")
        .enters("/confirm")
        .sees("on")
        .sees("> ")
        .enters("/model demo")
        .sees("demo from now on")
        .sees("> ")
        .enters("who are you?")
        .sees("I am the demo model")
        .sees("> ")
        .enters("/exit")
        .ends(0);
    let asked: Vec<String> = model
        .requests()
        .iter()
        .map(|r| r.json().to_string())
        .collect();
    assert_eq!(asked.len(), 1, "only words reach the model: {asked:#?}");
}

#[test]
fn output_is_seen_while_the_command_runs() {
    let house = House::new();
    let pipe = Pipe::new(&house);
    let command = format!(
        "echo before; read line < {}; echo \"after $line\"",
        pipe.name()
    );
    let model = model(
        Script::new()
            .says("I wait for you.")
            .calls("terminal", json!({ "command": command }))
            .then()
            .says("Over."),
    );
    let house = house.using(&model);
    let mut person = Terminal::open(&house, &["run", "wait"]);
    person
        .sees("I wait for you.")
        .sees("$ echo before")
        .sees("\u{2502} before");
    pipe.write("now\n");
    person
        .sees("\u{2502} after now")
        .sees("Over.")
        .sees("finished")
        .ends(0);
    let shown = person.shown();
    assert_eq!(
        shown.matches("\u{2502} before").count(),
        1,
        "shown once:\n{shown}"
    );
    assert_eq!(
        shown.matches("I wait for you.").count(),
        1,
        "shown once:\n{shown}"
    );
}

#[test]
fn ctrl_c_stops_the_agent_and_a_word_sends_it_another_way() {
    let house = House::new();
    let pipe = Pipe::new(&house);
    let command = format!("echo started > {}; sleep 600", pipe.name());
    let model = model(
        Script::new()
            .calls("terminal", json!({ "command": command }))
            .then()
            .says("As you wish."),
    );
    let house = house.using(&model);
    let mut person = Terminal::open(&house, &["run", "sleep"]);
    assert_eq!(pipe.read(), "started\n");
    person
        .types(CTRL_C)
        .sees("Stopped.")
        .sees("> ")
        .enters("do not sleep")
        .sees("As you wish.")
        .sees("finished")
        .ends(0);
    let events = house.events();
    assert_eq!(of_kind(&events, "InterruptEvent").len(), 1);
    assert!(
        model.requests()[1]
            .json()
            .to_string()
            .contains("do not sleep")
    );
}

#[test]
fn ctrl_c_twice_leaves_with_the_way_back() {
    let house = House::new();
    let pipe = Pipe::new(&house);
    let command = format!("echo started > {}; sleep 600", pipe.name());
    let script = Script::new().calls("terminal", json!({ "command": command }));
    let model = model(script);
    let house = house.using(&model);
    let mut person = Terminal::open(&house, &["run", "sleep"]);
    pipe.read();
    person
        .types(CTRL_C)
        .sees("Stopped.")
        .sees("> ")
        .types(CTRL_C)
        .sees("go on with: openhands run --resume")
        .ends(130);
}

#[test]
fn enter_after_a_stop_goes_on_as_before() {
    let house = House::new();
    let pipe = Pipe::new(&house);
    let command = format!("echo started > {}; sleep 600", pipe.name());
    let model = model(
        Script::new()
            .calls("terminal", json!({ "command": command }))
            .then()
            .says("On we go."),
    );
    let house = house.using(&model);
    let mut person = Terminal::open(&house, &["run", "sleep"]);
    pipe.read();
    person
        .types(CTRL_C)
        .sees("> ")
        .enters("")
        .sees("On we go.")
        .ends(0);
}

#[test]
fn ctrl_c_at_the_prompt_warns_and_then_leaves() {
    let house = House::new();
    Terminal::open(&house, &["run", "--model", "demo"])
        .sees("> ")
        .types(CTRL_C)
        .sees("Ctrl-C again leaves")
        .sees("> ")
        .types(CTRL_C)
        .ends(130);
}

#[test]
fn a_request_to_end_is_heard_at_the_prompt() {
    let house = House::new();
    Terminal::open(&house, &["run", "--model", "demo"])
        .sees("> ")
        .sends(rustix::process::Signal::TERM)
        .ends(143);
}

#[test]
fn a_terminal_that_goes_away_ends_the_session() {
    let house = House::new();
    Terminal::open(&house, &["run", "--model", "demo"])
        .sees("> ")
        .goes_away()
        .ends(129);
}

#[test]
fn taking_up_a_conversation_shows_where_it_was() {
    let model = model(
        Script::new()
            .says("The answer is 42.")
            .then()
            .says("Still 42."),
    );
    let house = House::with_model(&model);
    house.run(&["run", "What is the answer?"]).succeeds();
    Terminal::open(&house, &["run", "--resume", "last"])
        .sees("conversation again")
        .sees("What is the answer?")
        .sees("> ")
        .enters("Sure?")
        .sees("Still 42.")
        .sees("> ")
        .enters("/exit")
        .ends(0);
}

#[test]
fn no_colour_is_respected() {
    let house = House::new().set("NO_COLOR", "1");
    let mut person = Terminal::open(&house, &["run", "--model", "demo", "hello"]);
    person.sees("I am the demo model").ends(0);
    let colours = person.raw().matches("\x1b[").count();
    let erasures = person.raw().matches("\x1b[2K").count();
    assert_eq!(colours, erasures, "{:?}", person.raw());
}
