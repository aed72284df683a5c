//! `openhands run --server`: the same session, with the conversation on an agent server in another process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::thread::JoinHandle;

use rustix::process::Signal;
use serde_json::{Value, json};
use testkit::model::Script;

use crate::house::{House, Ran, model, of_kind};
use crate::stops::Pipe;
use crate::terminal::kill;

const KEY: &str = "sk-of-the-server";

/// An agent server in a process and a home of its own.
struct Server {
    house: House,
    child: Child,
    address: String,
    /// Reads on, so that the server never waits for somebody who does.
    listening: Option<JoinHandle<()>>,
}

impl Server {
    fn start() -> Self {
        let house = House::new().set("OH_SESSION_API_KEYS_0", KEY);
        // Where the other commands look for them.
        let kept = house.home().join("conversations").display().to_string();
        let house = house.set("OH_CONVERSATIONS_PATH", &kept);
        let mut child = house
            .command(&["agent", "--host", "127.0.0.1", "--port", "0"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "the server ended");
            if let Some((_, address)) = line.trim().split_once("listens on ") {
                break address.to_owned();
            }
        };
        let listening = std::thread::spawn(move || {
            let mut rest = Vec::new();
            said.read_to_end(&mut rest).unwrap();
        });
        Self {
            house,
            child,
            address,
            listening: Some(listening),
        }
    }

    /// Runs a session on the server.
    fn run(&self, house: &House, arguments: &[&str]) -> Ran {
        house.run(&self.arguments(arguments))
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [&["run", "--server", &self.address], arguments].concat()
    }

    /// The events of the newest conversation on the server.
    fn events(&self) -> Vec<Value> {
        self.house.events()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        kill(&self.child, Signal::TERM);
        self.child.wait().unwrap();
        if let Some(listening) = self.listening.take() {
            listening.join().unwrap();
        }
    }
}

fn client(model: &testkit::model::Model) -> House {
    House::with_model(model).set("OPENHANDS_SERVER_KEY", KEY)
}

#[test]
fn a_task_is_done_on_the_server() {
    let server = Server::start();
    let model = model(
        Script::new()
            .says("I write it down.")
            .calls(
                "terminal",
                json!({ "command": "echo forty-two > answer.txt && cat answer.txt" }),
            )
            .then()
            .calls("finish", json!({ "message": "It is in answer.txt." })),
    );
    let house = client(&model);
    let ran = server.run(&house, &["Write down the answer"]);
    ran.succeeds()
        .prints("\u{203a} Write down the answer")
        .prints("I write it down.")
        .prints("$ echo forty-two > answer.txt && cat answer.txt")
        .prints("\u{2502} forty-two")
        .prints("It is in answer.txt.")
        .prints("finished \u{b7} 2 steps");
    assert_eq!(house.read("answer.txt"), "forty-two\n");
    assert_eq!(model.requests().len(), 2);
    assert_eq!(house.conversations(), [""; 0], "nothing of it is kept here");
    assert_eq!(server.house.conversations().len(), 1);
}

#[test]
fn json_tells_every_event_the_server_keeps() {
    let server = Server::start();
    let model = model(Script::new().says("Hello."));
    let house = client(&model);
    let ran = server.run(&house, &["--json", "Say hello"]);
    let mut lines = ran.succeeds().lines();
    let result = lines.pop().unwrap();
    assert_eq!(result["kind"], "RunResult");
    assert_eq!(result["message"], "Hello.");
    assert_eq!(lines, server.events());
}

#[test]
fn a_conversation_is_taken_up_again() {
    let server = Server::start();
    let first = model(Script::new().says("It is a secret."));
    let house = client(&first);
    server.run(&house, &["What is it?"]).succeeds();
    let second = model(Script::new().says("It is forty-two."));
    let house = client(&second);
    server
        .run(&house, &["--resume", "last", "Tell me"])
        .succeeds()
        .prints("conversation again")
        .prints("What is it?")
        .prints("It is forty-two.");
    let asked = second.requests();
    assert_eq!(asked.len(), 1, "the new model is asked");
    assert!(String::from_utf8_lossy(&asked[0].body).contains("It is a secret."));
}

#[test]
fn what_is_risky_waits_for_a_word() {
    let server = Server::start();
    let risky = |command: &str| json!({ "command": command, "security_risk": "HIGH" });
    let model = model(
        Script::new()
            .calls("terminal", risky("echo one >> done.txt"))
            .then()
            .calls("terminal", risky("echo two >> done.txt"))
            .then()
            .says("Both asked for."),
    );
    let house = client(&model);
    server
        .run(&house, &["--confirm", "go"])
        .ends(5)
        .prints("$ echo one")
        .prints(&format!(
            "openhands run --server {} --resume",
            server.address
        ));
    assert_eq!(house.read("done.txt"), "");
    server
        .run(&house, &["--resume", "last", "--approve"])
        .ends(5);
    assert_eq!(house.read("done.txt"), "one\n");
    server
        .run(&house, &["--resume", "last", "--reject", "one is enough"])
        .succeeds()
        .prints("refused: one is enough")
        .prints("Both asked for.");
    assert_eq!(house.read("done.txt"), "one\n");
    server
        .run(&house, &["--resume", "last", "--approve"])
        .ends(2)
        .complains("nothing waits");
}

#[test]
fn an_interrupt_stops_the_work_on_the_server() {
    let server = Server::start();
    let house = House::new();
    let pipe = Pipe::new(&house);
    let command = format!("echo started > {}; sleep 600", pipe.name());
    let model = model(Script::new().calls("terminal", json!({ "command": command })));
    let house = house.using(&model).set("OPENHANDS_SERVER_KEY", KEY);
    let child = house.start(&server.arguments(&["sleep"]));
    assert_eq!(pipe.read(), "started\n");
    kill(&child, Signal::INT);
    let ran: Ran = child.wait_with_output().unwrap().into();
    ran.ends(130).prints("go on with: openhands run --server");
    assert_eq!(of_kind(&server.events(), "InterruptEvent").len(), 1);
}

#[test]
fn what_cannot_be_is_said_in_words() {
    let server = Server::start();
    let model = model(Script::new().says("Never asked."));
    let house = client(&model).set("OPENHANDS_SERVER_KEY", "sk-another");
    server
        .run(&house, &["hello"])
        .ends(2)
        .complains("does not accept the key");
    let house = client(&model);
    server
        .run(&house, &["--budget", "1", "hello"])
        .ends(2)
        .complains("what a run may cost");
    server
        .run(&house, &["--resume", "last"])
        .ends(2)
        .complains("no conversation");
    house
        .run(&["run", "--server", "nowhere", "hello"])
        .ends(2)
        .complains("nowhere is no address");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    house
        .run(&["run", "--server", &nobody, "hello"])
        .ends(1)
        .complains(&format!("cannot reach {nobody}"));
    assert!(model.requests().is_empty());
}
