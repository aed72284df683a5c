//! A set of tools with a workspace of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use domain::{Action, Call, Executor, FileEditorObservation, Map, Observation, ToolError, ToolRef};
use serde_json::{Value, json};
use tempfile::TempDir;
use tools::{Config, Local, Shell};

/// Tools at work in a temporary directory.
pub struct Hands {
    dir: TempDir,
    local: Local,
}

impl Hands {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("workspace")).unwrap();
        let local = Local::new(config(dir.path())).unwrap();
        Self { dir, local }
    }

    /// The same conversation in a new process.
    pub fn resumed(self) -> Self {
        let local = Local::new(config(self.dir.path())).unwrap();
        Self { local, ..self }
    }

    pub fn local(&self) -> &Local {
        &self.local
    }

    /// A path in the workspace.
    pub fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join("workspace").join(below)
    }

    /// The same, as the tools are told it.
    pub fn name(&self, below: &str) -> String {
        self.path(below).display().to_string()
    }

    pub fn conversation(&self) -> PathBuf {
        self.dir.path().join("conversation")
    }

    pub fn write(&self, below: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.name(below)
    }

    pub fn read(&self, below: &str) -> Vec<u8> {
        fs::read(self.path(below)).unwrap()
    }

    /// The names in the workspace.
    pub fn names(&self) -> Vec<String> {
        names(&self.path(""))
    }

    pub async fn run(&self, tool: &str, action: &Action) -> Result<Observation, ToolError> {
        let call = Call {
            id: "call_1",
            tool,
            action,
            env: &BTreeMap::new(),
        };
        self.local.run(call, &|_| {}).await
    }

    /// Runs an action given as its fields.
    pub async fn act(&self, tool: &str, kind: &str, fields: Value) -> Observation {
        self.run(tool, &action(kind, fields)).await.unwrap()
    }

    pub async fn edit(&self, fields: Value) -> FileEditorObservation {
        let observation = self.act("file_editor", "FileEditorAction", fields).await;
        let Observation::FileEditor(observation) = observation else {
            panic!("the editor answered with {}", observation.kind());
        };
        observation
    }

    /// What the editor says, and whether it failed.
    pub async fn said(&self, fields: Value) -> (String, bool) {
        let observation = self.edit(fields).await;
        (text(&observation), observation.is_error)
    }
}

pub fn text(observation: &FileEditorObservation) -> String {
    observation.content[0].as_text().unwrap().to_owned()
}

pub fn action(kind: &str, fields: Value) -> Action {
    let fields: Map = serde_json::from_value(fields).unwrap();
    Action::from_fields(kind, fields).unwrap()
}

pub fn config(dir: &Path) -> Config {
    let names = ["terminal", "file_editor", "task_tracker", "grep", "glob"];
    Config {
        workspace: dir.join("workspace"),
        outputs: dir.join("conversation/outputs"),
        tools: names.map(ToolRef::new).to_vec(),
        defaults: vec!["FinishTool".to_owned(), "ThinkTool".to_owned()],
        environment: vec![
            ("HOME".to_owned(), dir.display().to_string()),
            ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("LLM_API_KEY".to_owned(), "not for commands".to_owned()),
        ],
        shell: Shell {
            variables: vec![("GREETING".to_owned(), "hello".to_owned())],
            ..Shell::default()
        },
    }
}

pub fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The wire form of an observation.
pub fn wire(observation: &FileEditorObservation) -> Value {
    json!(Observation::FileEditor(observation.clone()))
}
