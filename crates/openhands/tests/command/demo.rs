//! `--model demo`: the whole loop without a key or a network.

use serde_json::Value;

use crate::house::{House, of_kind};

#[test]
fn the_demo_really_fixes_a_failing_project() {
    let house = House::new();
    let ran = house.run(&["run", "--model", "demo", "Fix the failing test"]);
    ran.succeeds()
        .prints("FAILED")
        .prints("Done: all tests pass.")
        .prints("finished \u{b7} 7 steps");
    let events = house.events();
    let results: Vec<&Value> = of_kind(&events, "ObservationEvent");
    let codes: Vec<i64> = results
        .iter()
        .filter_map(|event| event["observation"]["exit_code"].as_i64())
        .collect();
    assert_eq!(codes, [0, 1, 0], "made, failing, passing");
    let scratch = results[0]["observation"]["metadata"]["working_dir"]
        .as_str()
        .unwrap();
    assert!(scratch.contains("openhands-demo."));
    let left = std::fs::read_dir(house.work()).unwrap().count();
    assert_eq!(left, 0, "the workspace stays as it was");
    // What the demo mended is mended for everybody.
    let check = if results
        .iter()
        .any(|event| event.to_string().contains("cart.py"))
    {
        "python3 -m unittest"
    } else {
        "sh test.sh"
    };
    let again = house
        .program("sh")
        .args(["-c", &format!("cd '{scratch}' && {check}")])
        .output()
        .unwrap();
    assert!(again.status.success(), "{again:?}");
}

#[test]
fn without_python_the_demo_works_in_plain_shell() {
    let house = House::new();
    let tools = house.work().join("tools");
    std::fs::create_dir(&tools).unwrap();
    for name in ["bash", "sh", "mktemp", "cat", "nice"] {
        let path = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|dir| dir.join(name))
            .find(|path| path.exists())
            .unwrap();
        std::os::unix::fs::symlink(path, tools.join(name)).unwrap();
    }
    let house = house.set("PATH", tools.to_str().unwrap());
    let ran = house.run(&["run", "--model", "demo", "Fix the failing test"]);
    ran.succeeds()
        .prints("not ok: the discount")
        .prints("Done: all tests pass.");
}

#[test]
fn the_demo_says_what_it_is() {
    let house = House::new();
    house
        .run(&["run", "--model", "demo", "What can you do?"])
        .succeeds()
        .prints("I follow a script")
        .prints("ANTHROPIC_API_KEY");
}
