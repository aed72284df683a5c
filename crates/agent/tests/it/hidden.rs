//! Secrets, and everywhere they must not be seen.

use std::sync::Arc;

use domain::{Call, Command, Delta, Heard, Live, SecretSource, Setting, Status};
use serde_json::json;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool, told};
use testkit::model::{Cause, InProcess, Script};

use crate::world::World;

fn yes() -> Command {
    Command::Confirm {
        accept: true,
        reason: String::new(),
    }
}

#[tokio::test]
async fn a_call_whose_secrets_were_hidden_is_not_carried_out_after_a_restart() {
    let mut world = World::confirming(
        Script::new()
            .calls("echo", json!({"text": "hunter2-hunter2"}))
            .then()
            .calls("finish", json!({"message": "ok"})),
    )
    .with_secret("TOKEN", "hunter2-hunter2");
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    world.settled(&*conversation).await;
    let conversation = world.crash_and_reopen().await;
    conversation.command(yes()).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.hands.count("echo"), 0);
    assert_eq!(world.count(&*conversation, "AgentErrorEvent"), 1);
}

#[tokio::test]
async fn a_secret_added_while_a_tool_runs_is_hidden_at_once() {
    let gate = Gate::new();
    let waits = gate.clone();
    let tells = Tool::new("tells", move |_: Call<'_>, progress| {
        let gate = waits.clone();
        Box::pin(async move {
            gate.wait().await;
            progress("hunter2-hunter2\n");
            Ok(told("TellsObservation", "it is hunter2-hunter2"))
        })
    });
    let script = Script::new().calls("tells", json!({})).then().says("Bye.");
    let world = World::with(script, Scripted::new().with(tells));
    let conversation = world.start().await;
    let mut ear = conversation.listen();
    conversation.command(Command::say("go")).await.unwrap();
    world.begun(1).await;
    let source = SecretSource::StaticSecret {
        description: None,
        value: Some("hunter2-hunter2".into()),
    };
    let secrets = [("TOKEN".to_owned(), source)].into();
    conversation
        .command(Command::Update(Setting::Secrets(secrets)))
        .await
        .unwrap();
    gate.open();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert!(!format!("{:?}", world.events(&*conversation)).contains("hunter2"));
    conversation.close().await.unwrap();
    let mut heard = String::new();
    while let Some(Heard::Live(live)) = ear.hear().await {
        if let Live::Output { text, .. } = live {
            heard.push_str(&text);
        }
    }
    assert_eq!(heard, "<secret-hidden>\n");
    assert_eq!(
        conversation.listen().hear().await,
        None,
        "there is nothing more to hear"
    );
}

#[tokio::test]
async fn no_secret_is_heard_in_a_stream_a_retry_or_an_error() {
    let script = Script::new()
        .fails(503)
        .with_words("hunter2-hunter2 is overloaded")
        .says("It is hunter2-hunter2!")
        .thinks("hunter2-hunter2, I guess")
        .calls("echo", json!({"text": "hunter2-hunter2"}))
        .in_pieces_of(3)
        .then()
        .fails_for(Cause::Auth)
        .with_words("the key hunter2-hunter2 is wrong");
    let mut world = World::new(Script::new()).with_secret("TOKEN", "hunter2-hunter2");
    world.start.agent.llm.stream = true;
    world.replace_model(Arc::new(InProcess::new(script).retrying(1)));
    let conversation = world.start().await;
    let mut ear = conversation.listen();
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Error);
    let events = format!("{:?}", world.events(&*conversation));
    assert!(!events.contains("hunter2") && events.contains("the key <secret-hidden> is wrong"));
    conversation.close().await.unwrap();
    let mut text = String::new();
    let mut retried = false;
    while let Some(heard) = ear.hear().await {
        assert!(
            !format!("{heard:?}").contains("hunter2-hunter2"),
            "{heard:?}"
        );
        if let Heard::Live(Live::Delta { delta, .. }) = heard {
            match delta {
                Delta::Text(piece) | Delta::Reasoning(piece) => text.push_str(&piece.content),
                Delta::Retry { reason, .. } => retried = reason == "<secret-hidden> is overloaded",
                Delta::Call { arguments, .. } => text.push_str(&arguments),
                Delta::Attempt(_) => {}
            }
        }
    }
    assert!(retried, "the retry is not heard");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("It is <secret-hidden>!"), "{text}");
}
