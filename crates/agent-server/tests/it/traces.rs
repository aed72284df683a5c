//! Conversations replayed as they were recorded with the original: every answer and every frame has the same structure,
//! or `tests/golden/traces/explained.txt` says why not.
//!
//! A trace is what the model says, what is asked with the structure of each answer, and the structure of the frames up to
//! the end of the run. A structure has the keys and the types; of values only those that tell things apart.

#[path = "../openapi/explained.rs"]
mod explained;
mod shape;
mod socket;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use testkit::model::{Cause, Library, Script};

use super::place::{KEY, Place};
use explained::Explained;
use shape::{between, is_beside, shape};
use socket::Socket;

/// A recorded trace.
struct Trace {
    name: String,
    rows: Vec<Value>,
}

impl Trace {
    fn all() -> Vec<Self> {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/traces");
        let mut traces = Vec::new();
        for entry in std::fs::read_dir(golden).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|kind| kind != "jsonl") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
            traces.push(Self {
                name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
                rows: rows.collect(),
            });
        }
        traces.sort_by(|one, other| one.name.cmp(&other.name));
        traces
    }

    /// The one row that has this.
    fn part(&self, key: &str) -> &Vec<Value> {
        let mut found = self.rows.iter().filter_map(|row| row.get(key));
        found.next().unwrap().as_array().unwrap()
    }

    /// What is asked, in order.
    fn asked(&self) -> impl Iterator<Item = &Value> {
        self.rows.iter().filter(|row| row.get("ask").is_some())
    }

    /// What the model says; it fails where it said nothing.
    fn scripts(&self, directory: &str) -> Library {
        let asked = self.asked().map(Value::to_string).collect::<String>();
        let scenario = asked.split_once("SCENARIO:").unwrap().1;
        let mut script = Script::named(scenario.split(' ').next().unwrap());
        let turns = self.part("model");
        for turn in turns {
            let says = turn["says"].as_str().unwrap();
            script = script.then().says(says);
            for call in turn["calls"].as_array().unwrap() {
                let arguments = call[1].as_str().unwrap().replace("$dir", directory);
                script = script.calls_raw(call[0].as_str().unwrap(), arguments);
            }
        }
        if turns.is_empty() {
            script = script.fails_for(Cause::BadRequest);
        }
        let title = Script::new().forever(Script::new().says("A title"));
        Library::new().with(script).asides(title)
    }

    /// How ours differs.
    async fn differences(&self) -> BTreeSet<String> {
        let place = Place::at_work(|directory| self.scripts(directory)).await;
        let mut replay = Replay {
            place,
            names: Vec::new(),
            differences: BTreeSet::new(),
        };
        let mut socket = None;
        for row in self.asked() {
            let answer = replay.ask(row).await;
            let path = row["path"].as_str().unwrap();
            if row["ask"] == "POST" && path == "/api/conversations" {
                let id = answer["id"].as_str().unwrap().to_owned();
                let path = format!("/sockets/events/{id}");
                let mut opened = Socket::open(replay.place.address(), &path).await;
                let key = json!({"type": "auth", "session_api_key": KEY});
                opened.say(&key.to_string()).await;
                replay.names.push(("$id", id));
                socket = Some((opened.hear().await, opened));
            } else if path.ends_with("/fork") {
                let id = answer["id"].as_str().unwrap().to_owned();
                replay.names.push(("$fork", id));
            } else if path.ends_with("/run") {
                let (first, socket) = socket.take().unwrap();
                replay.frames(self.part("frames"), first, socket).await;
            }
        }
        let named = |difference: &String| format!("{}: {difference}", self.name);
        replay.differences.iter().map(named).collect()
    }
}

/// A trace while it is replayed.
struct Replay {
    place: Place,
    names: Vec<(&'static str, String)>,
    differences: BTreeSet<String>,
}

impl Replay {
    /// Asks once more what was asked; the answer.
    async fn ask(&mut self, row: &Value) -> Value {
        let filled = |text: &str| {
            let names = self.names.iter().rev();
            names.fold(text.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            })
        };
        let (method, path) = (row["ask"].as_str().unwrap(), row["path"].as_str().unwrap());
        let body = row.get("body").map_or(Value::Null, |body| {
            let body = filled(&body.to_string()).replace("$dir", &self.place.at("w"));
            serde_json::from_str(&body).unwrap()
        });
        let answer = self.place.ask(method, &filled(path), body).await;
        let at = format!("{method} {path}");
        if row["status"] != answer.status {
            let fault = format!("{at}: status {} != {}", row["status"], answer.status);
            self.differences.insert(fault);
        }
        let mut answer = answer.json();
        let told = answer.clone();
        if let Some(Value::Array(events)) = answer.get_mut("items") {
            events.retain(|event| !is_beside(event));
        }
        between(&at, &row["answer"], &shape(&answer), &mut self.differences);
        told
    }

    /// Hears the frames up to the end of the run, and compares their order and their structure.
    async fn frames(&mut self, theirs: &[Value], first: Value, mut socket: Socket) {
        let mut ours = vec![shape(&first)];
        let mut ended = false;
        loop {
            let frame = socket.hear().await;
            if is_beside(&frame) {
                continue;
            }
            ours.push(shape(&frame));
            ended |= ["finished", "error", "stuck"]
                .iter()
                .any(|end| frame["value"] == *end);
            if ended && frame["key"] == "full_state" {
                break;
            }
        }
        let label = |frame: &Value| {
            let said = ["kind", "key", "value"]
                .iter()
                .filter_map(|key| frame[*key].as_str());
            said.map(|said| said.trim_start_matches('='))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let order = |frames: &[Value]| frames.iter().map(label).collect::<Vec<_>>();
        let (their_order, our_order) = (order(theirs), order(&ours));
        if their_order != our_order {
            let fault = format!("frames: {their_order:?} != {our_order:?}");
            self.differences.insert(fault);
        }
        for (theirs, ours) in theirs.iter().zip(&ours) {
            let at = format!("frame {}", label(theirs));
            if label(theirs) == label(ours) {
                between(&at, theirs, ours, &mut self.differences);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_conversations_go_the_same_way_again() {
    let traces = Trace::all();
    assert!(traces.len() > 5);
    let mut differences = Vec::new();
    for trace in traces {
        differences.extend(trace.differences().await);
    }
    let explained = include_str!("../../../../tests/golden/traces/explained.txt");
    let (open, idle) = Explained::read(explained).against(&differences);
    assert!(
        open.is_empty() && idle.is_empty(),
        "{} differences without an explanation:\n{}\n{} explanations of nothing:\n{}",
        open.len(),
        open.join("\n"),
        idle.len(),
        idle.join("\n"),
    );
}
