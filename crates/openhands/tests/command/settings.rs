//! `openhands config`.

use serde_json::Value;

use crate::house::House;

#[test]
fn every_value_is_shown_with_its_source() {
    let house = House::new()
        .set("LLM_MODEL", "gpt-5.6")
        .set("OPENAI_API_KEY", "sk-secret");
    let path = house.configure("[llm]\nmodel = \"x\"\ntemperature = 0.5\n\n[run]\nbudget = 2.5\n");
    let ran = house.run(&["config", "--base-url", "http://127.0.0.1:1/v1"]);
    ran.succeeds()
        .prints("gpt-5.6  (environment: LLM_MODEL)")
        .prints("(environment: OPENAI_API_KEY)")
        .prints("http://127.0.0.1:1/v1  (--base-url)")
        .prints(&format!("0.5  ({}:3)", path.display()))
        .prints(&format!("2.5  ({}:6)", path.display()));
    assert!(!ran.out.contains("sk-secret"));
    let json = house.run(&["config", "--json"]);
    let value: Value = serde_json::from_str(&json.succeeds().out).unwrap();
    assert_eq!(value["file"]["exists"], true);
    assert!(!json.out.contains("sk-secret"));
}

#[test]
fn defaults_are_shown_on_request() {
    let house = House::new();
    house.run(&["config"]).succeeds().prints("Nothing is set");
    house
        .run(&["config", "--all"])
        .succeeds()
        .prints("500  (default; OPENHANDS_MAX_ITERATIONS)")
        .prints("LLM_TEMPERATURE");
}

#[test]
fn misspelt_settings_are_warned_of_and_do_not_stop_anything() {
    let house = House::new();
    house.configure("[llm]\nmodle = \"demo\"\n");
    let ran = house.run(&["run", "--model", "demo", "hello"]);
    ran.succeeds().complains("did you mean `llm.model`?");
}

#[test]
fn another_file_and_another_home_can_be_named() {
    let house = House::new();
    let file = house.work().join("mine.toml");
    std::fs::write(&file, "[llm]\nmodel = \"demo\"\n").unwrap();
    let ran = house.run(&["run", "--config", "mine.toml", "hello"]);
    ran.succeeds().prints("demo");
    let house = house.set(
        "OPENHANDS_HOME",
        file.with_file_name("elsewhere").to_str().unwrap(),
    );
    house.run(&["run", "--model", "demo", "hello"]).succeeds();
    assert!(house.work().join("elsewhere/conversations").is_dir());
}

#[test]
fn settings_of_the_file_reach_the_run() {
    let house = House::new();
    house.configure("[llm]\nmodel = \"demo\"\n\n[run]\nmax_iterations = 2\n");
    let ran = house.run(&["run", "Fix the failing test"]);
    ran.ends(4).prints("MaxIterationsReached");
}
