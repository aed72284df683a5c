//! `openhands conversations`.

use testkit::model::Script;

use crate::house::{House, model};

fn two() -> House {
    let house = House::new();
    house
        .run(&["run", "--model", "demo", "hello there"])
        .succeeds();
    house
        .run(&["run", "--model", "demo", "Fix the failing test"])
        .succeeds();
    house
}

#[test]
fn the_list_is_newest_first() {
    let house = two();
    let ran = house.run(&["conversations", "list"]);
    let lines: Vec<&str> = ran.succeeds().out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains("Fix the failing test") && lines[0].contains("finished"));
    assert!(lines[1].contains("hello there"));
    let one = house
        .run(&["conv", "list", "--limit", "1", "--json"])
        .succeeds()
        .lines();
    assert_eq!(one.len(), 1);
    assert_eq!(one[0]["title"], "Fix the failing test");
    assert_eq!(one[0]["status"], "finished");
    assert_eq!(one[0]["model"], "demo");
    assert_eq!(one[0]["workspace"], house.work().to_str().unwrap());
}

#[test]
fn an_empty_house_says_how_to_begin() {
    let house = House::new();
    house
        .run(&["conversations", "list"])
        .succeeds()
        .complains("openhands run");
    house
        .run(&["conversations", "show", "last"])
        .ends(2)
        .complains("openhands run");
}

#[test]
fn what_was_said_and_done_can_be_read_again() {
    let house = two();
    let live = house.run(&["run", "--model", "demo", "Fix the failing test"]);
    let shown = house.run(&["conversations", "show", "last"]);
    shown
        .succeeds()
        .prints("\u{203a} Fix the failing test")
        .prints("- ")
        .prints("+ ");
    // The same story, but for the greeting and the sum.
    let body: Vec<&str> = live.out.lines().skip(2).collect();
    let body = body[..body.len() - 2].join("\n");
    assert_eq!(shown.out.trim_end(), body.trim_end());
    let full = house.run(&["conversations", "show", "--full", "last"]);
    assert!(full.succeeds().out.len() > shown.out.len());
}

#[test]
fn removing_asks_first_and_a_typing_mistake_removes_nothing() {
    let house = two();
    let ids = house.conversations();
    house
        .run(&["conversations", "delete", &ids[0]])
        .ends(2)
        .complains("--yes");
    let ran = house.run(&["conversations", "delete", "--yes", &ids[0], "nonsense"]);
    ran.ends(2).complains("nonsense");
    assert_eq!(house.conversations().len(), 2);
    house
        .run(&["conversations", "delete", "--yes", &ids[0][..8]])
        .succeeds()
        .prints("removed");
    assert_eq!(house.conversations(), ids[1..]);
}

#[test]
fn a_conversation_of_the_python_openhands_can_be_taken_over_and_gone_on_with() {
    let recorded = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/persisted/d95490f5b2974952a5aa9b4f8988e014"
    );
    let house = House::new();
    let ran = house.run(&["conversations", "import", recorded]);
    ran.succeeds()
        .prints("took over")
        .prints("--resume d95490f5");
    let shown = house.run(&["conversations", "show", "d954"]);
    shown
        .succeeds()
        .prints("$ echo second")
        .prints("refused: not that one");
    let again = house.run(&["conversations", "import", recorded]);
    again.ends(1).complains("exists already");
    let model = model(Script::new().says("I remember."));
    let house = house.using(&model);
    let ran = house.run(&[
        "run",
        "--resume",
        "d954",
        "--model",
        "openai/scripted",
        "--api-key",
        "sk",
        "go on",
    ]);
    ran.succeeds().prints("I remember.");
    assert!(
        model.requests()[0]
            .json()
            .to_string()
            .contains("echo second")
    );
}

#[test]
fn what_is_written_out_can_be_taken_in_again() {
    let house = two();
    let events = house.events();
    let out = house.work().join("out");
    let id = house.conversations()[0].clone();
    let ran = house.run(&["conversations", "export", "last", out.to_str().unwrap()]);
    ran.succeeds()
        .prints(&format!("wrote {} events", events.len()));
    let dir = out.join(id.replace('-', ""));
    for file in ["base_state.json", "meta.json", "events"] {
        assert!(dir.join(file).exists(), "{file} is missing");
    }
    house
        .run(&["conversations", "export", "last", out.to_str().unwrap()])
        .ends(1)
        .complains("is there already");
    let other = House::new();
    other
        .run(&["conversations", "import", dir.to_str().unwrap()])
        .succeeds();
    assert_eq!(other.events(), events);
    let listed = other
        .run(&["conversations", "list", "--json"])
        .succeeds()
        .lines();
    assert_eq!(listed[0]["status"], "finished");
    assert_eq!(listed[0]["id"], id.as_str());
}

#[test]
fn a_directory_without_a_conversation_is_refused() {
    let house = House::new();
    let work = house.work();
    house
        .run(&["conversations", "import", work.to_str().unwrap()])
        .ends(1)
        .complains("holds no conversation");
    assert!(house.conversations().is_empty());
}

#[test]
fn what_is_whole_of_a_damaged_conversation_can_be_saved() {
    let house = House::new();
    house
        .run(&["run", "--model", "demo", "Fix the failing test"])
        .succeeds();
    let before = house.events();
    let id = house.conversations().pop().unwrap();
    crate::mistakes::damage(&house, &id);
    let out = house.work().join("out");
    let to = out.to_str().unwrap();
    house
        .run(&["conversations", "export", &id, to])
        .ends(1)
        .complains("--salvage");
    let ran = house.run(&["conversations", "export", "--salvage", &id, to]);
    ran.succeeds().complains("lost: ");
    let saved = std::fs::read_dir(out.join(id.replace('-', "")).join("events")).unwrap();
    let saved = saved
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .ends_with(".json")
        })
        .count();
    assert!(
        saved >= before.len() - 2 && saved < before.len(),
        "{saved} of {}",
        before.len()
    );
}
