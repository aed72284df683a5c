//! A home, a workspace and an environment that belong to one test.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use testkit::model::{Dialect, Model, Script};

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_openhands");

/// Where one test lives.
pub struct House {
    root: TempDir,
    variables: Vec<(String, String)>,
}

impl House {
    /// A home without settings and an empty workspace.
    pub fn new() -> Self {
        let root = TempDir::new().unwrap();
        for dir in ["home", "work"] {
            std::fs::create_dir(root.path().join(dir)).unwrap();
        }
        Self {
            root,
            variables: Vec::new(),
        }
    }

    /// The same, with a model to talk to.
    pub fn with_model(model: &Model) -> Self {
        Self::new().using(model)
    }

    /// This house, with another model.
    pub fn using(self, model: &Model) -> Self {
        self.set("LLM_MODEL", "openai/scripted")
            .set("LLM_API_KEY", "sk-scripted")
            .set("LLM_BASE_URL", &model.base_url(Dialect::Chat))
            .set("LLM_NUM_RETRIES", "1")
    }

    /// Sets a variable.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where OpenHands keeps its things.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home/.openhands")
    }

    /// Where the agent works.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// Writes config.toml.
    pub fn configure(&self, text: &str) -> PathBuf {
        std::fs::create_dir_all(self.home()).unwrap();
        let path = self.home().join("config.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A file of the workspace.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.work().join(name)).unwrap_or_default()
    }

    /// A program with this environment and nothing else.
    pub fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.root.path().join("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TMPDIR", self.root.path())
            .env("LANG", "C.UTF-8")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.work());
        command
    }

    /// The binary, not started yet.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = self.program(BINARY);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Starts the binary with its output in pipes.
    pub fn start<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// The ids of all conversations, newest first.
    pub fn conversations(&self) -> Vec<String> {
        let listed = self.run(&["conversations", "list", "--json"]);
        let lines = listed.out.lines();
        lines
            .map(|line| {
                let value: Value = serde_json::from_str(line).unwrap();
                value["id"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    /// The stored events of the newest conversation.
    pub fn events(&self) -> Vec<Value> {
        let shown = self.run(&["conversations", "show", "--json", "last"]);
        shown.succeeds().lines()
    }
}

/// A model that plays a script.
pub fn model(script: Script) -> Model {
    Model::bind(script).unwrap()
}

/// A command that ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it complained of.
    pub err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// It ended with this code.
    #[track_caller]
    pub fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// It ended well.
    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        self.ends(0)
    }

    /// It printed this.
    #[track_caller]
    pub fn prints(&self, text: &str) -> &Self {
        assert!(self.out.contains(text), "no `{text}` in {self:#?}");
        self
    }

    /// It complained of this, in words for people.
    #[track_caller]
    pub fn complains(&self, text: &str) -> &Self {
        assert!(self.err.contains(text), "no `{text}` in {self:#?}");
        for word in ["panicked", "RUST_BACKTRACE", "Err(", "Error {", "unwrap"] {
            assert!(!self.err.contains(word), "`{word}` in {self:#?}");
        }
        self
    }

    /// Its output as JSON lines.
    pub fn lines(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// The events of a kind.
pub fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events
        .iter()
        .filter(|event| event["kind"] == kind)
        .collect()
}
