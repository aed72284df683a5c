//! `openhands conversations`.

use crate::house::House;

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
