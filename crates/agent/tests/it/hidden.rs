//! Secrets, and everywhere they must not be seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Call, Command, Delta, Heard, Live, SecretSource, Setting, Status};
use serde_json::json;
use testkit::gate::Gate;
use testkit::hands::{Scripted, Tool, told};
use testkit::model::{Cause, InProcess, Script};

use crate::world::{Addresses, World};

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

fn elsewhere(url: &str) -> SecretSource {
    SecretSource::LookupSecret {
        description: None,
        url: url.to_owned(),
        headers: BTreeMap::from([("X-Key".to_owned(), "header-key".into())]),
    }
}

#[tokio::test]
async fn a_secret_that_is_kept_elsewhere_is_fetched_when_a_call_names_it() {
    let addresses = Arc::new(Addresses {
        values: BTreeMap::from([("http://vault/a".to_owned(), "fetched-value".to_owned())]),
        ..Addresses::default()
    });
    let mut world = World::with(
        Script::new()
            .calls("terminal", json!({"command": "ls"}))
            .calls("terminal", json!({"command": "use $FAR"}))
            .then()
            .says("It was fetched-value."),
        Scripted::new().with(Tool::terminal(|command| {
            let value = if command.contains("FAR") {
                "fetched-value"
            } else {
                "files"
            };
            format!("saw {value}")
        })),
    )
    .fetching(Arc::clone(&addresses) as _);
    let far = elsewhere("http://vault/a");
    world.start.secrets = BTreeMap::from([("FAR".to_owned(), far)]);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(
        *addresses.asked.lock().unwrap(),
        ["http://vault/a header-key"]
    );
    let calls = world.begun(2).await;
    assert_eq!(calls[0].secrets, [] as [&str; 0]);
    assert_eq!(calls[1].secrets, ["FAR"]);
    let events = world.events(&*conversation);
    let said = format!("{:?}", &events[events.len() - 5..]);
    assert!(said.contains("saw <secret-hidden>") && said.contains("It was <secret-hidden>."));
    assert!(!said.contains("saw fetched-value"), "{said}");
}

#[tokio::test]
async fn a_secret_that_cannot_be_fetched_is_missed_in_so_many_words() {
    let addresses = Arc::new(Addresses::default());
    let mut world = World::with(
        Script::new()
            .repeat(
                3,
                Script::new().calls("terminal", json!({"command": "use $FAR"})),
            )
            .says("Well."),
        Scripted::new().with(Tool::terminal(|_| "unset".to_owned())),
    )
    .fetching(Arc::clone(&addresses) as _);
    let far = elsewhere("http://vault/b");
    world.start.secrets = BTreeMap::from([("FAR".to_owned(), far)]);
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    let last = world.model.prompts().pop().unwrap();
    let told = last.messages.last().unwrap().text();
    assert!(
        told.contains("$FAR was not set") && told.contains("nobody there"),
        "{told}"
    );
    assert!(
        world
            .begun(3)
            .await
            .iter()
            .all(|call| call.secrets.is_empty())
    );
    // Who is not there is not asked again at every step.
    assert_eq!(addresses.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn secrets_in_the_parts_that_are_only_kept_are_sealed_and_hidden_too() {
    let script = Script::new()
        .calls("terminal", json!({"command": "use $OWN"}))
        .then()
        .says("mcp-env-value and skill-header-value and own-value");
    let hands = Scripted::new().with(Tool::terminal(|_| "ok".to_owned()));
    let mut world = World::with(script, hands);
    let server = json!({"command": "x", "env": {"KEY": "mcp-env-value"}});
    world.start.agent.mcp_config = serde_json::from_value(json!({"s": server})).unwrap();
    world.start.agent.agent_context = Some(Arc::new(json!({
        "skills": [{"name": "a", "content": "", "mcp_tools": {"t": {"headers": {"X": "skill-header-value"}}}}],
        "secrets": {"OWN": "own-value"},
    })));
    world.start.agent.llm.rest =
        serde_json::from_value(json!({"aws_session_token": "aws-value"})).unwrap();
    let conversation = world.start().await;
    conversation.command(Command::say("go")).await.unwrap();
    assert_eq!(world.settled(&*conversation).await, Status::Finished);
    assert_eq!(world.begun(1).await[0].secrets, ["OWN"]);
    let said = world.texts(&*conversation).pop().unwrap();
    assert_eq!(
        said,
        "<secret-hidden> and <secret-hidden> and <secret-hidden>"
    );
    let kept = |start: &domain::Start| serde_json::to_string(start).unwrap();
    let start = conversation.glance().start;
    for secret in [
        "mcp-env-value",
        "skill-header-value",
        "own-value",
        "aws-value",
    ] {
        assert!(!kept(&start).contains(secret), "{secret}");
    }
    // Opened again, they are what they were.
    let conversation = world.crash_and_reopen().await;
    let opened = conversation.glance().start.opened(&crate::world::Mirror);
    let texts = opened.texts();
    for secret in ["mcp-env-value", "skill-header-value", "aws-value"] {
        assert!(texts.contains(&secret), "{secret}");
    }
}
