//! A server on a port of its own, with a directory of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agent_server::{Config, Courier, Ports, Server};
use bytes::Bytes;
use domain::{
    Clock, CommandError, Executor, Fut, Llm, LlmError, LlmSpec, Outfit, Start, Vault, Workspaces,
};
use extensions::{Extensions, Git, GitEnd, GitFault};
use serde_json::{Value, json};
use settings::{Desk, Offers};
use store::{Cipher, Documents};
use tempfile::TempDir;
use testkit::clock::Frozen;
use testkit::log::Memory;
use testkit::model::{InProcess, Library, Script};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tools::workspace::Places;

use super::wire::{Answer, escaped, send};

/// The key that opens it.
pub(crate) const KEY: &str = "sk-test-session";

pub(crate) struct Place {
    pub(crate) directory: TempDir,
    pub(crate) workspaces: Arc<dyn Workspaces>,
    address: SocketAddr,
    /// Ends with the place.
    _serving: JoinSet<()>,
}

impl Place {
    /// With a model that says nothing.
    pub(crate) async fn new() -> Self {
        Self::playing(Script::new()).await
    }

    /// With a model that plays these scripts.
    pub(crate) async fn playing(scripts: impl Into<Library>) -> Self {
        Self::at_work(|_| scripts).await
    }

    /// With a model that plays scripts about the directory where conversations work.
    pub(crate) async fn at_work<L: Into<Library>>(scripts: impl FnOnce(&str) -> L) -> Self {
        let directory = TempDir::new().unwrap();
        let work = directory.path().join("w");
        let model = Arc::new(InProcess::new(scripts(work.to_str().unwrap())));
        let clock: Arc<dyn Clock> = Arc::new(Frozen::new(7).ticking(Duration::from_micros(1)));
        let workspaces = workspaces(directory.path(), &clock);
        let config = Config {
            session_api_keys: vec![KEY.to_owned()],
            conversations_path: directory.path().join("conversations"),
            workspace_path: directory.path().join("project"),
            conversation_worktree_root: directory.path().join("worktrees"),
            ..Config::default()
        };
        let ports = ports(directory.path(), clock, Arc::clone(&workspaces), model);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let opener: agent_server::Opener = Arc::new(move |_| {
            let ports = ports.clone();
            Box::pin(async move { Ok(ports) })
        });
        let server = Server::start(config, opener).await.unwrap();
        let app = server.router(None).unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            directory,
            workspaces,
            address,
            _serving: serving,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A path below the directory.
    pub(crate) fn at(&self, name: &str) -> String {
        self.directory
            .path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A request with the key and a JSON body.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let json = ("content-type", "application/json");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.raw(
            method,
            path,
            &[json, ("x-session-api-key", KEY)],
            body.as_bytes(),
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, Value::Null).await
    }

    /// A request with a path as a parameter.
    pub(crate) async fn about(&self, method: &str, operation: &str, path: &str) -> Answer {
        let between = if operation.contains('?') { '&' } else { '?' };
        let path = format!("{operation}{between}path={}", escaped(path));
        self.ask(method, &path, Value::Null).await
    }

    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        send(self.address, method, path, headers, body).await
    }

    /// Runs a command in the directory; what it says.
    pub(crate) async fn run(&self, command: &str) -> String {
        let cwd = self.directory.path();
        let asked = json!({"command": command, "cwd": cwd});
        let answer = self
            .ask("POST", "/api/bash/execute_bash_command", asked)
            .await;
        let output = answer.json();
        assert_eq!(output["exit_code"], 0, "{command}: {output}");
        output["stdout"].as_str().unwrap_or_default().to_owned()
    }

    /// Starts a conversation that works in `w`; where its own operations begin.
    pub(crate) async fn conversation(&self) -> String {
        let asked = json!({
            "agent": {"kind": "Agent", "llm": {"model": "openai/x", "usage_id": "agent"}, "tools": []},
            "workspace": {"kind": "LocalWorkspace", "working_dir": self.at("w")},
        });
        let answer = self.ask("POST", "/api/conversations", asked).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        format!("/api/conversations/{id}")
    }
}

fn workspaces(directory: &Path, clock: &Arc<dyn Clock>) -> Arc<dyn Workspaces> {
    let mut config =
        tools::workspace::Config::new(directory.join("bash_events"), directory.join("home"));
    let path = std::env::var("PATH").unwrap_or_default();
    config.environment = vec![
        ("PATH".to_owned(), path),
        (
            "HOME".to_owned(),
            directory.join("home").to_str().unwrap().to_owned(),
        ),
    ];
    Arc::new(Places::new(config, Arc::clone(clock)))
}

fn ports(
    directory: &Path,
    clock: Arc<dyn Clock>,
    workspaces: Arc<dyn Workspaces>,
    model: Arc<InProcess>,
) -> Ports {
    let vault: Arc<dyn Vault> = Arc::new(Cipher::new("a key", &[]));
    let outfit = Arc::new(Player(model));
    let conversations = agent::Local::new(agent::Ports {
        journal: Arc::new(Memory::new()),
        outfit: Arc::clone(&outfit) as _,
        clock: Arc::clone(&clock),
        vault: Arc::clone(&vault),
    });
    let home = directory.join("home");
    let shelf = Arc::new(Documents::new(home.join(".openhands")));
    let desk = Desk::new(settings::Ports {
        shelf: Arc::clone(&shelf) as _,
        workspaces: shelf,
        vault: Arc::clone(&vault),
        clock: Arc::clone(&clock),
        outfit,
        offers: Offers::default(),
        skills: Arc::new(Vec::new),
    });
    let places = extensions::Places::of_home(&home);
    Ports {
        conversations: Arc::new(conversations),
        workspaces,
        desk: Arc::new(desk),
        extensions: Extensions::new(places, Vec::new(), Arc::new(Nothing), Arc::clone(&clock)),
        vault,
        courier: Arc::new(Nothing),
        clock,
    }
}

/// A model that plays, and real tools.
struct Player(Arc<InProcess>);

impl Outfit for Player {
    fn llm(&self, _: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        Ok(Arc::clone(&self.0) as _)
    }

    fn executor(&self, start: &Start, outputs: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        let path = std::env::var("PATH").unwrap_or_default();
        let tools = tools::Local::new(tools::Config {
            workspace: start.workspace.working_dir.clone().into(),
            outputs: outputs.to_owned(),
            tools: start.agent.tools.clone(),
            defaults: start.agent.include_default_tools.clone(),
            environment: vec![("PATH".to_owned(), path)],
            shell: tools::Shell::default(),
        });
        let tools = tools.map_err(|error| CommandError::Invalid(error.to_string()))?;
        Ok(Arc::new(tools))
    }
}

/// Nobody to fetch from, and nobody to be told.
struct Nothing;

impl Git for Nothing {
    fn run(&self, _: &[&str], _: &Path, _: Duration) -> Result<GitEnd, GitFault> {
        Ok(GitEnd::default())
    }
}

impl Courier for Nothing {
    fn post<'a>(
        &'a self,
        _: &'a str,
        _: &'a BTreeMap<String, String>,
        _: Bytes,
        _: Duration,
    ) -> Fut<'a, Result<u16, String>> {
        Box::pin(async { Err("there is nobody to be told".to_owned()) })
    }
}
