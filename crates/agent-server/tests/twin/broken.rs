//! What a client does when the wire breaks: no event is lost, and none comes twice.

use std::path::Path;
use std::sync::Arc;

use domain::{
    AgentSpec, Command, CommandError, Conversation, ConversationId, Conversations, Executor, Heard,
    Llm, LlmError, LlmSpec, Outfit, Start, Status, WorkspaceSpec,
};
use serde_json::json;
use tempfile::TempDir;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool};
use testkit::model::{InProcess, Script};
use uuid::Uuid;

use crate::proxy::Wire;
use crate::worlds::{Serving, client};

struct Slow {
    model: Arc<InProcess>,
    hands: Arc<Scripted>,
}

impl Outfit for Slow {
    fn llm(&self, _: &LlmSpec) -> Result<Arc<dyn Llm>, LlmError> {
        Ok(Arc::clone(&self.model) as _)
    }

    fn executor(&self, _: &Start, _: &Path) -> Result<Arc<dyn Executor>, CommandError> {
        Ok(Arc::clone(&self.hands) as _)
    }
}

fn slow(gate: &Gate) -> Arc<Slow> {
    let script = Script::new()
        .calls("slow", json!({}))
        .then()
        .calls("slow", json!({}))
        .then()
        .says("Done.");
    Arc::new(Slow {
        model: Arc::new(InProcess::new(script)),
        hands: Arc::new(Scripted::new().with(Tool::slow("slow", gate))),
    })
}

fn start(directory: &TempDir) -> Start {
    let llm = LlmSpec {
        model: "openai/scripted".to_owned(),
        ..LlmSpec::default()
    };
    let workspace = WorkspaceSpec::local(directory.path().join("w").display().to_string());
    Start::new(
        ConversationId(Uuid::from_u128(1)),
        AgentSpec::new(llm, Vec::new()),
        workspace,
    )
}

async fn rest(conversation: &dyn Conversation) -> Status {
    conversation
        .settled(&|status| status != Status::Running)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_wire_leaves_no_gap_and_no_repeat() {
    let (gate, directory) = (Gate::new(), TempDir::new().unwrap());
    let serving = Serving::start(slow(&gate)).await;
    let wire = Wire::to(serving.address).await;
    let conversation = client(wire.address)
        .create(start(&directory))
        .await
        .unwrap();
    let mut ear = conversation.listen();
    conversation.command(Command::say("go")).await.unwrap();
    gate.reached(1).await;
    // What happens while nobody is connected is told afterwards.
    wire.cut();
    gate.pass_one();
    gate.reached(2).await;
    wire.cut();
    gate.open();
    assert_eq!(rest(&*conversation).await, Status::Finished);
    let whole = client(serving.address)
        .open(conversation.id())
        .await
        .unwrap();
    let expected = whole.log().read(0, usize::MAX).unwrap();
    assert_eq!(conversation.log().read(0, usize::MAX).unwrap(), expected);
    let mut missed = false;
    while let Some(heard) = ear.hear().await {
        missed |= matches!(heard, Heard::Missed(_));
        if matches!(heard, Heard::Live(domain::Live::Status(Status::Finished))) {
            break;
        }
    }
    assert!(
        missed,
        "a listener is told that it may have missed something"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_when_nobody_watches() {
    let (gate, directory) = (Gate::new(), TempDir::new().unwrap());
    let serving = Serving::start(slow(&gate)).await;
    let conversation = client(serving.address)
        .create(start(&directory))
        .await
        .unwrap();
    conversation.command(Command::say("go")).await.unwrap();
    gate.reached(1).await;
    let seen = conversation.log().len();
    conversation.close().await.unwrap();
    gate.open();
    let again = client(serving.address)
        .open(conversation.id())
        .await
        .unwrap();
    assert_eq!(rest(&*again).await, Status::Finished);
    assert!(again.log().len() > seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_cannot_be_told_is_refused_at_once() {
    let (gate, directory) = (Gate::new(), TempDir::new().unwrap());
    let serving = Serving::start(slow(&gate)).await;
    let all = client(serving.address);
    let mut costly = start(&directory);
    costly.max_budget_per_run = Some(1.0);
    let refused = all.create(costly).await.map(|_| ());
    let Err(CommandError::Invalid(why)) = refused else {
        panic!("{refused:?}");
    };
    assert!(why.contains("what a run may cost"), "{why}");
    assert!(all.list().await.unwrap().is_empty());
}
