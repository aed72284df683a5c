//! What breaks in the middle of something: tools, models, disks, the conversation itself.

use std::sync::Arc;

use domain::{
    Body, ClientTool, Command, CommandError, Completion, Conversations as _, Delta, Features, Fut,
    Heard, Live, Llm, LlmError, Prompt, Status,
};
use serde_json::json;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool, Went, told};
use testkit::model::Script;

use crate::world::World;

fn slow_then(says: &str, gate: &Gate) -> World {
    let script = Script::new().calls("slow", json!({})).then().says(says);
    World::with(script, Scripted::new().with(Tool::slow("slow", gate)))
}

/// A model whose client is broken.
struct Panics;

impl Llm for Panics {
    fn complete<'a>(
        &'a self,
        _: Prompt,
        _: &'a (dyn Fn(Delta) + Send + Sync),
    ) -> Fut<'a, Result<Completion, LlmError>> {
        Box::pin(async { panic!("a client that panics") })
    }

    fn features(&self) -> Features {
        Features::default()
    }
}

#[tokio::test]
async fn a_tool_that_panics_fails_its_own_call_and_no_other() {
    let gate = Gate::new();
    let hands = Scripted::new()
        .with(Tool::slow("slow", &gate))
        .with(Tool::answering("breaks", |_| {
            panic!("the secret of the tool")
        }));
    let script = Script::new()
        .calls("slow", json!({}))
        .calls("breaks", json!({}))
        .then()
        .says("Well.");
    let world = World::with(script, hands).at_once(2);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world
        .until(|calls| calls.iter().any(|c| c.went == Went::Interrupted))
        .await;
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let results: Vec<String> = world
        .events(&*conversation)
        .into_iter()
        .filter_map(|event| match event.body {
            Body::Observation(result) => Some(format!("{} went well", result.tool_name)),
            Body::AgentError(error) => Some(error.error),
            _ => None,
        })
        .collect();
    assert_eq!(results[0], "slow went well");
    assert!(
        results[1].starts_with("Error executing tool 'breaks': "),
        "{results:?}"
    );
    assert!(!results[1].contains("secret of the tool"));
}

#[tokio::test]
async fn a_model_client_that_panics_ends_the_run_and_not_the_conversation() {
    let mut world = World::new(Script::new());
    world.replace_model(Arc::new(Panics));
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    let asked = conversation.command(Command::Ask("what?".to_owned())).await;
    assert!(matches!(asked, Err(CommandError::Llm(_))), "{asked:?}");
    conversation.command(Command::say("again")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    assert_eq!(world.count(&*conversation, "ConversationErrorEvent"), 2);
}

#[tokio::test]
async fn a_conversation_that_cannot_work_is_not_begun() {
    let mut world = World::new(Script::new());
    let bad = |name: &str, parameters| ClientTool {
        name: name.to_owned(),
        description: String::new(),
        parameters,
        annotations: None,
    };
    for tools in [
        vec![bad("", json!({"type": "object"}))],
        vec![bad("a", json!({"type": "array"}))],
        vec![bad("a", json!(null)), bad("a", json!(null))],
    ] {
        world.start.client_tools = tools;
        let refused = world.local.create(world.start.clone()).await;
        assert!(matches!(refused, Err(CommandError::Invalid(_))));
    }
    world.start.client_tools.clear();
    world.start.max_iterations = 0;
    assert!(matches!(
        world.local.create(world.start.clone()).await,
        Err(CommandError::Invalid(_))
    ));
    assert!(
        world.local.list().await.unwrap().is_empty(),
        "nothing is left behind"
    );
}

#[tokio::test]
async fn a_disk_that_fails_at_the_beginning_leaves_nothing_behind() {
    let world = World::new(Script::new().says("Hello."));
    world.journal.fail_next(std::io::ErrorKind::StorageFull);
    let refused = world.local.create(world.start.clone()).await;
    assert!(matches!(refused, Err(CommandError::Log(_))));
    assert!(world.local.list().await.unwrap().is_empty());
    let conversation = world.start().await;
    conversation.command(Command::say("hi")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
}

#[tokio::test]
async fn a_full_disk_stops_the_tool_that_runs_and_the_conversation_can_still_be_deleted() {
    let gate = Gate::new();
    let world = slow_then("Bye.", &gate);
    let conversation = world.start().await;
    let mut ear = conversation.listen();
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    world.journal.fail_next(std::io::ErrorKind::StorageFull);
    assert!(conversation.command(Command::say("more")).await.is_err());
    world
        .until(|calls| calls[0].went == Went::Interrupted)
        .await;
    let mut last = None;
    while last != Some(Status::Error) {
        if let Some(Heard::Live(Live::Status(status))) = ear.hear().await {
            last = Some(status);
        }
    }
    world.local.delete(conversation.id()).await.unwrap();
    assert!(world.local.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_closed_conversation_is_opened_anew_even_while_it_still_closes() {
    let gate = Gate::new();
    let world = slow_then("Back.", &gate);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    let (closed, again) = tokio::join!(conversation.close(), world.local.open(world.start.id));
    closed.unwrap();
    let again = match again.unwrap().command(Command::Run).await {
        Ok(_) => again_open(&world).await,
        Err(CommandError::Closed) => {
            let again = again_open(&world).await;
            again.command(Command::Run).await.unwrap();
            again
        }
        Err(error) => panic!("{error}"),
    };
    assert_eq!(world.settled(&*again).await, Status::Finished);
    assert_eq!(world.hands.count("slow"), 1);
}

async fn again_open(world: &World) -> Arc<dyn domain::Conversation> {
    world.local.open(world.start.id).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_call_begins_before_one_that_was_cut_off_has_let_go() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let stubborn = Tool::answering("stubborn", move |_| {
        // It hears of nothing until it is done with this.
        let _ = held.lock().unwrap().recv();
        Ok(told("StubbornObservation", "done"))
    });
    let script = Script::new()
        .calls("stubborn", json!({}))
        .then()
        .calls("count", json!({}))
        .then()
        .says("Bye.");
    let world = World::with(
        script,
        Scripted::new().with(stubborn).with(Tool::counting("count")),
    );
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    conversation.command(Command::Interrupt).await.unwrap();
    conversation.command(Command::Run).await.unwrap();
    world.asked(2).await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    release.send(()).unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.calls()[1].beside, 1);
}
