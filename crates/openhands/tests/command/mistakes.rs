//! Mistakes of the person, and troubles of the machine: one clear message each, with the way out.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;

use testkit::model::Script;

use crate::house::{BINARY, House, model};

#[test]
fn without_a_key_there_is_a_choice() {
    let house = House::new();
    let ran = house.run(&["run", "do something"]);
    ran.ends(2)
        .complains("--model demo")
        .complains("ANTHROPIC_API_KEY")
        .complains("ollama");
    assert!(house.conversations().is_empty(), "nothing was begun");
}

#[test]
fn a_model_without_its_key_names_the_variable() {
    let house = House::new();
    for (model, variable) in [
        ("anthropic/claude-sonnet-5-5", "ANTHROPIC_API_KEY"),
        ("gpt-5.6", "OPENAI_API_KEY"),
        ("deepseek/deepseek-chat", "DEEPSEEK_API_KEY"),
    ] {
        let ran = house.run(&["run", "--model", model, "x"]);
        ran.ends(2)
            .complains(model)
            .complains(variable)
            .complains("--model demo");
    }
}

#[test]
fn a_key_without_a_model_asks_for_the_model() {
    let house = House::new().set("LLM_API_KEY", "k");
    house.run(&["run", "x"]).ends(2).complains("--model NAME");
}

#[test]
fn a_model_nobody_knows_is_refused_before_anything_is_begun() {
    let house = House::new().set("LLM_API_KEY", "k");
    let ran = house.run(&["run", "--model", "antropic/claude-sonnet-5-5", "x"]);
    ran.ends(2).complains("anthropic");
    assert!(house.conversations().is_empty());
}

#[test]
fn nobody_at_the_terminal_is_no_session() {
    let house = House::new();
    for arguments in [&[][..], &["run"], &["run", "--model", "demo"]] {
        house.run(arguments).ends(2).complains("openhands run -");
    }
    house
        .run(&["run", "--model", "demo", "  "])
        .ends(2)
        .complains("the task is empty");
}

#[test]
fn a_workspace_must_be_a_directory() {
    let house = House::new();
    std::fs::write(house.work().join("file"), "").unwrap();
    for (dir, reason) in [("missing", "does not exist"), ("file", "not a directory")] {
        let ran = house.run(&["run", "--model", "demo", "--workspace", dir, "x"]);
        ran.ends(2).complains(reason).complains("--workspace");
    }
}

#[test]
fn a_conversation_that_is_not_there_is_said_to_be_so() {
    let house = House::new();
    house
        .run(&["run", "--model", "demo", "--resume", "last", "x"])
        .ends(2)
        .complains("no conversation yet");
    house.run(&["run", "--model", "demo", "hello"]).succeeds();
    house
        .run(&["run", "--model", "demo", "--resume", "zz", "x"])
        .ends(2)
        .complains("openhands conversations list");
}

#[test]
fn settings_that_cannot_be_read_name_the_place() {
    let house = House::new();
    let path = house.configure("[llm\nmodel = 1\n");
    house
        .run(&["config"])
        .ends(2)
        .complains(&format!("{}:1:5", path.display()));
    house
        .run(&["run", "--config", "missing.toml", "x"])
        .ends(2)
        .complains("missing.toml");
}

#[test]
fn a_home_that_cannot_be_written_says_so() {
    let house = House::new();
    // A file where a directory should be stops everybody, root included.
    std::fs::write(house.home(), "").unwrap();
    house
        .run(&["run", "--model", "demo", "x"])
        .ends(1)
        .complains(".openhands")
        .complains("cannot");
}

#[test]
fn a_read_only_home_says_so() {
    let house = House::new();
    std::fs::create_dir(house.home()).unwrap();
    let locked = std::fs::Permissions::from_mode(0o500);
    std::fs::set_permissions(house.home(), locked).unwrap();
    let may_write = std::fs::write(house.home().join("probe"), "").is_ok();
    let ran = house.run(&["run", "--model", "demo", "hello"]);
    if may_write {
        // Nothing is read-only for root.
        ran.succeeds();
    } else {
        ran.ends(1).complains("OPENHANDS_HOME");
    }
}

/// Flips a bit in the middle of a log, and gives the file and what is in it now.
pub fn damage(house: &House, id: &str) -> (PathBuf, Vec<u8>) {
    let log = house
        .home()
        .join("conversations")
        .join(id.replace('-', ""))
        .join("log");
    let mut segments = std::fs::read_dir(log).unwrap();
    let segment = segments.next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&segment).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    bytes[written / 2] ^= 0xff;
    std::fs::write(&segment, &bytes).unwrap();
    (segment, bytes)
}

#[test]
fn a_damaged_log_is_left_alone_and_what_can_be_read_is_offered() {
    let house = House::new();
    house
        .run(&["run", "--model", "demo", "Fix the failing test"])
        .succeeds();
    let id = house.conversations().pop().unwrap();
    let (segment, bytes) = damage(&house, &id);
    let ran = house.run(&["run", "--resume", &id, "go on"]);
    ran.ends(1).complains("damaged").complains("--salvage");
    assert_eq!(
        std::fs::read(&segment).unwrap(),
        bytes,
        "nothing was changed"
    );
    let listed = house.run(&["conversations", "list"]);
    listed.succeeds().prints("damaged");
}

#[test]
fn two_processes_cannot_have_one_conversation() {
    let gate = testkit::gate::Gate::new();
    let model = model(Script::new().waits_at(&gate).says("Done."));
    let house = House::with_model(&model);
    let child = house.start(&["run", "wait"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(model.asked(1));
    let ran = house.run(&["run", "--resume", "last", "me too"]);
    ran.ends(1).complains("in use by");
    house
        .run(&[
            "conversations",
            "delete",
            "--yes",
            &house.conversations()[0],
        ])
        .ends(1)
        .complains("in use by");
    house
        .run(&["conversations", "show", "last"])
        .succeeds()
        .prints("wait");
    let held = format!(
        "in use: {} by process {}",
        &house.conversations()[0][..8],
        child.id()
    );
    house
        .run(&["doctor", "--model", "demo"])
        .succeeds()
        .prints(&held);
    gate.open();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let house = House::new();
    house
        .run(&["run", "--model", "demo", "Fix the failing test"])
        .succeeds();
    let mut child = house
        .command(&["conversations", "show", "--full", "last"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_full_disk_is_said_to_be_full() {
    let house = House::new();
    let output = house
        .command(&["conversations", "list", "--json"])
        .stdout(std::fs::File::create("/dev/full").unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "nothing to write, nothing to fail");
    house.run(&["run", "--model", "demo", "hello"]).succeeds();
    let output = house
        .command(&["conversations", "list", "--json"])
        .stdout(std::fs::File::create("/dev/full").unwrap())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("standard output"), "{said}");
}

#[test]
fn a_log_that_can_grow_no_more_stops_the_run_and_loses_nothing() {
    let house = House::new();
    house.run(&["run", "--model", "demo", "hello"]).succeeds();
    let limited = |arguments: &str| {
        let script = format!("trap '' XFSZ; ulimit -f 0; exec {BINARY} {arguments}");
        let output = house
            .program("sh")
            .args(["-c", &script])
            .stdin(Stdio::null())
            .output();
        crate::house::Ran::from(output.unwrap())
    };
    let ran = limited("run --model demo 'Fix the failing test'");
    ran.ends(1).complains("cannot ").complains(".openhands");
    let ran = limited("run --json --resume last again");
    ran.ends(1).complains("cannot ");
    house
        .run(&["run", "--model", "demo", "--resume", "last", "hello"])
        .succeeds();
    for id in house.conversations() {
        house.run(&["conversations", "show", &id]).succeeds();
    }
}

#[test]
fn a_task_without_run_is_shown_the_way() {
    let house = House::new();
    house
        .run(&["fix the tests"])
        .ends(2)
        .complains("fix the tests")
        .complains("openhands run \"");
    house
        .run(&["run", "--frobnicate"])
        .ends(2)
        .complains("--frobnicate");
    house.run(&["--version"]).succeeds().prints("openhands ");
    house
        .run(&["run", "--help"])
        .succeeds()
        .prints("Exit codes:");
}

#[test]
fn what_went_wrong_inside_is_said_to_who_asks_for_it() {
    let misspelt = House::new().set("RUST_LOG", "store=nonsense=2");
    misspelt.run(&["config"]).ends(2).complains("RUST_LOG");

    let model = model(Script::new().says("Done.").then().says("Done again."));
    let curious = House::with_model(&model).set("RUST_LOG", "hyper_util=trace");
    curious.run(&["run", "x"]).ends(0).complains("hyper_util");

    let ran = House::with_model(&model).run(&["run", "x"]);
    assert!(!ran.err.contains("hyper_util"), "{}", ran.err);
}
