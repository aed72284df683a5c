//! One task, every dialect, streaming and not: real tools, a real log, real HTTP, and whole requests compared
//! with those under `tests/golden/requests`. Set `BLESS=1` to write them anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{
    AgentSpec, ApiMode, Command, CommandError, Conversation, ConversationId, Conversations as _,
    Executor, Llm, LlmError, LlmSpec, Outfit, Start, Status, ToolRef, WorkspaceSpec,
};
use serde_json::{Value, json};
use testkit::clock::Frozen;
use testkit::model::{Dialect, Model, Script};
use uuid::Uuid;

struct Rooms {
    http: llm::Http,
    workspace: PathBuf,
}

impl Outfit for Rooms {
    fn llm(&self, spec: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        Ok(Arc::new(llm::Client::new(spec, &self.http)?))
    }

    fn executor(&self, start: &Start, outputs: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        let hands = tools::Local::new(tools::Config {
            workspace: self.workspace.clone(),
            outputs: outputs.to_owned(),
            tools: start.agent.tools.clone(),
            defaults: start.agent.include_default_tools.clone(),
            environment: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())],
            shell: tools::Shell::default(),
        });
        Ok(Arc::new(hands.map_err(|error| {
            CommandError::Invalid(error.to_string())
        })?))
    }
}

/// The task: look, write, finish.
fn task(workspace: &Path) -> Script {
    let file = workspace.join("note.txt");
    Script::new()
        .thinks("I should look first.")
        .sealed("signature")
        .says("Let me look.")
        .calls(
            "terminal",
            json!({"command": "echo hello", "summary": "Say hello"}),
        )
        .then()
        .says("Two things at once.")
        .calls(
            "file_editor",
            json!({"command": "create", "path": file, "file_text": "one\n"}),
        )
        .calls("think", json!({"thought": "That was easy."}))
        .then()
        .calls("finish", json!({"message": "All done."}))
}

async fn run(dialect: Dialect, stream: bool) -> (Vec<Value>, Vec<String>) {
    let place = tempfile::tempdir().unwrap();
    let workspace = place.path().join("work");
    std::fs::create_dir(&workspace).unwrap();
    let model = Model::playing(task(&workspace)).await;
    let (name, api_mode) = match dialect {
        Dialect::Chat => ("openai/gpt-4o", ApiMode::Chat),
        Dialect::Responses => ("openai/gpt-5", ApiMode::Responses),
        Dialect::Anthropic => ("anthropic/claude-sonnet-4-5", ApiMode::Auto),
    };
    let spec = LlmSpec {
        model: name.to_owned(),
        base_url: Some(model.base_url(dialect)),
        api_key: Some("sk-test-key".into()),
        api_mode,
        stream,
        ..LlmSpec::default()
    };
    let tools = ["terminal", "file_editor", "task_tracker"]
        .map(ToolRef::new)
        .to_vec();
    let spec = AgentSpec::new(spec, tools);
    let local = agent::Local::new(agent::Ports {
        journal: Arc::new(store::Files::open(place.path()).unwrap()),
        outfit: Arc::new(Rooms {
            http: llm::Http::new(),
            workspace: workspace.clone(),
        }),
        clock: Arc::new(Frozen::new(1)),
        vault: Arc::new(store::Cipher::new("key", &[])),
    });
    let id = ConversationId(Uuid::from_u128(5));
    let place_of_work = WorkspaceSpec::local(workspace.display().to_string());
    let conversation = local
        .create(Start::new(id, spec, place_of_work))
        .await
        .unwrap();
    conversation
        .command(Command::say("Please do the thing."))
        .await
        .unwrap();
    let status = conversation
        .settled(&|status| status != Status::Running)
        .await;
    let kinds = kinds(&*conversation);
    assert_eq!(status, Status::Finished, "{kinds:?}");
    assert_eq!(
        std::fs::read_to_string(workspace.join("note.txt")).unwrap(),
        "one\n"
    );
    let requests = model.requests();
    let bodies = requests
        .iter()
        .map(|request| plain(&request.json(), place.path()))
        .collect();
    conversation.close().await.unwrap();
    (bodies, kinds)
}

fn kinds(conversation: &dyn Conversation) -> Vec<String> {
    let entries = conversation.log().read(0, usize::MAX).unwrap();
    entries
        .iter()
        .map(|entry| entry.event().unwrap().body.kind().to_owned())
        .collect()
}

/// A request without what differs from machine to machine, and without texts and schemas that are tested elsewhere.
fn plain(value: &Value, place: &Path) -> Value {
    match value {
        Value::String(text) => Value::from(plain_text(text, place)),
        Value::Array(items) => items.iter().map(|item| plain(item, place)).collect(),
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| match (key.as_str(), value) {
                ("description", Value::String(_)) => (key.clone(), Value::from("<what it is for>")),
                ("properties", Value::Object(own)) => (
                    key.clone(),
                    own.keys().map(|name| Value::from(name.as_str())).collect(),
                ),
                (_, value) => (key.clone(), plain(value, place)),
            };
            Value::Object(fields.iter().map(field).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn plain_text(text: &str, place: &Path) -> String {
    if text.starts_with("You are OpenHands") {
        return "<standing instructions>".to_owned();
    }
    let text = text.replace(&place.display().to_string(), "<place>");
    match text.split_once("[Python interpreter: ") {
        Some((before, after)) => {
            let after = after.split_once(']').map_or("", |(_, after)| after);
            format!("{before}[Python interpreter: <python>]{after}")
        }
        None => text,
    }
}

async fn check(name: &str, dialect: Dialect, stream: bool) {
    let (bodies, kinds) = run(dialect, stream).await;
    let actions = kinds.iter().filter(|kind| *kind == "ActionEvent").count();
    let results = kinds
        .iter()
        .filter(|kind| *kind == "ObservationEvent")
        .count();
    assert_eq!((actions, results), (4, 4), "{kinds:?}");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/requests");
    let path = golden.join(format!("{name}.json"));
    let found = serde_json::to_string_pretty(&Value::Array(bodies)).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(golden).unwrap();
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap(), "{name}");
}

#[tokio::test]
async fn chat_completions() {
    check("chat", Dialect::Chat, false).await;
}

#[tokio::test]
async fn chat_completions_streaming() {
    check("chat-streaming", Dialect::Chat, true).await;
}

#[tokio::test]
async fn responses() {
    check("responses", Dialect::Responses, false).await;
}

#[tokio::test]
async fn responses_streaming() {
    check("responses-streaming", Dialect::Responses, true).await;
}

#[tokio::test]
async fn messages() {
    check("messages", Dialect::Anthropic, false).await;
}

#[tokio::test]
async fn messages_streaming() {
    check("messages-streaming", Dialect::Anthropic, true).await;
}
