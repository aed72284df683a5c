//! Signals without a terminal: scripts, supervisors and pipes.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use rustix::process::Signal;
use serde_json::json;
use testkit::model::Script;

use crate::house::{House, Ran, model, of_kind};
use crate::terminal::kill;

/// A named pipe in the workspace: a command and a test meet at it.
pub struct Pipe(PathBuf);

impl Pipe {
    /// A fresh one.
    pub fn new(house: &House) -> Self {
        let path = house.work().join("pipe");
        let made = house.program("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        Self(path)
    }

    /// Its path.
    pub fn name(&self) -> String {
        self.0.display().to_string()
    }

    /// Waits until someone writes, and reads it all.
    pub fn read(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }

    /// Waits until someone reads, and writes.
    pub fn write(&self, text: &str) {
        let mut pipe = OpenOptions::new().write(true).open(&self.0).unwrap();
        pipe.write_all(text.as_bytes()).unwrap();
    }
}

fn stopped_by(signal: Signal, how: &[&str]) -> (House, Ran) {
    let house = House::new();
    let pipe = Pipe::new(&house);
    let command = format!("echo started > {}; sleep 600", pipe.name());
    let script = Script::new().calls("terminal", json!({ "command": command }));
    let model = model(script);
    let house = house.using(&model);
    let child = house.start(&[&["run", "sleep"], how].concat());
    assert_eq!(pipe.read(), "started\n");
    kill(&child, signal);
    let ran = child.wait_with_output().unwrap().into();
    (house, ran)
}

#[test]
fn an_interrupt_stops_the_agent_and_leaves() {
    let (house, ran) = stopped_by(Signal::INT, &[]);
    ran.ends(130).prints("go on with: openhands run --resume");
    let events = house.events();
    assert_eq!(of_kind(&events, "InterruptEvent").len(), 1);
    let cut = of_kind(&events, "AgentErrorEvent");
    assert!(cut[0]["error"].as_str().unwrap().contains("interrupted"));
}

#[test]
fn a_request_to_end_is_obeyed_and_the_conversation_can_go_on() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let (house, ran) = stopped_by(signal, &[]);
        ran.ends(code);
        let again = model(Script::new().says("Where were we?"));
        let house = house.using(&again);
        house
            .run(&["run", "--resume", "last"])
            .succeeds()
            .prints("Where were we?");
        let asked = again.requests()[0].json().to_string();
        assert!(
            asked.contains("interrupted"),
            "the model hears that its call was cut off"
        );
    }
}

#[test]
fn programs_hear_all_of_it() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let (house, ran) = stopped_by(signal, &["--json"]);
        let mut lines = ran.ends(code).lines();
        let result = lines.pop().unwrap();
        assert_eq!(lines, house.events());
        assert_eq!(result["status"], "paused");
        assert_eq!(result["exit_code"], code);
        assert!(result["resume"].is_string());
    }
}
