//! Stopping, answering, changing and moving a conversation.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use domain::{
    Body, Command, CommandError, ConfirmationPolicy, LlmSpec, Secret, SecretSource, Setting, Status,
};
use serde_json::json;

use super::{Ground, Outcome, World, conflict, events, missing, of_kind, rest, words, work};
use crate::gate::Gate;
use crate::hands::{Scripted, Tool};
use crate::model::Script;

pub(super) async fn stopped(world: &dyn World) -> Outcome {
    let gate = Gate::new();
    let script = Script::new()
        .calls("slow", json!({}))
        .then()
        .calls("slow", json!({}))
        .then()
        .says("Bye.");
    let hands = Scripted::new().with(Tool::slow("slow", &gate));
    let ground = Ground::with(world, script, hands).await?;
    let conversation = ground.begin().await?;
    let log = conversation.log();
    conversation.command(Command::say("go")).await?;
    gate.reached(1).await;
    ensure!(conversation.glance().status == Status::Running);
    ensure!(conflict(&conversation.command(Command::Run).await));
    let somewhere = Command::Navigate(None);
    ensure!(conflict(&conversation.command(somewhere).await));
    conversation.command(Command::Pause).await?;
    ensure!(conversation.glance().status == Status::Paused);
    gate.pass_one();
    let mut len = log.len();
    while of_kind(&*log, "ObservationEvent")? == 0 {
        len = log.grown(len).await?;
    }
    ensure!(ground.model.asked() == 1, "nothing more was begun");
    conversation.command(Command::Run).await?;
    gate.reached(2).await;
    conversation.command(Command::Interrupt).await?;
    ensure!(conversation.glance().status == Status::Paused);
    ensure!(of_kind(&*log, "AgentErrorEvent")? == 1, "it was cut off");
    ensure!(of_kind(&*log, "PauseEvent")? == 1);
    ensure!(of_kind(&*log, "InterruptEvent")? == 1);
    conversation.command(Command::Run).await?;
    ensure!(rest(&*conversation).await == Status::Finished);
    Ok(())
}

pub(super) async fn confirmed(world: &dyn World) -> Outcome {
    let script = Script::new()
        .calls("echo", json!({"text": "1"}))
        .then()
        .calls("echo", json!({"text": "2"}))
        .then()
        .says("Done.");
    let ground = Ground::new(world, script).await?;
    let mut start = ground.start(1);
    start.confirmation_policy = ConfirmationPolicy::AlwaysConfirm;
    let conversation = ground.all().create(start).await?;
    let yes = Command::Confirm {
        accept: true,
        reason: String::new(),
    };
    ensure!(conflict(&conversation.command(yes.clone()).await));
    ensure!(work(&*conversation, "go").await? == Status::WaitingForConfirmation);
    ensure!(ground.hands.count("echo") == 0);
    let no = Command::Confirm {
        accept: false,
        reason: "not that one".to_owned(),
    };
    conversation.command(no.clone()).await?;
    ensure!(conversation.glance().status == Status::Idle);
    let refused = events(&*conversation.log())?.into_iter().find_map(|event| {
        let Body::Rejected(refused) = event.body else {
            return None;
        };
        Some(refused.rejection_reason)
    });
    ensure!(refused.as_deref() == Some("not that one"), "{refused:?}");
    conversation.command(Command::Run).await?;
    ensure!(rest(&*conversation).await == Status::WaitingForConfirmation);
    conversation.command(yes).await?;
    ensure!(rest(&*conversation).await == Status::Finished);
    ensure!(ground.hands.count("echo") == 1);
    ensure!(conflict(&conversation.command(no).await));
    Ok(())
}

pub(super) async fn changed(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new().says("Hello.")).await?;
    let conversation = ground.begin().await?;
    let tags: BTreeMap<String, String> = [("team".to_owned(), "blue".to_owned())].into();
    let secret = SecretSource::StaticSecret {
        description: Some("to deploy".to_owned()),
        value: Some(Secret::from("hush-hush-hush")),
    };
    let llm = LlmSpec {
        model: "openai/another".to_owned(),
        api_key: Some(Secret::from("sk-hush")),
        ..ground.start(1).agent.llm
    };
    let analyzer = json!({"kind": "LLMSecurityAnalyzer"});
    for setting in [
        Setting::Title("A name".to_owned()),
        Setting::Tags(tags.clone()),
        Setting::ConfirmationPolicy(ConfirmationPolicy::AlwaysConfirm),
        Setting::SecurityAnalyzer(Some(analyzer.clone())),
        Setting::Secrets([("TOKEN".to_owned(), secret)].into()),
        Setting::Llm(Box::new(llm)),
    ] {
        conversation.command(Command::Update(setting)).await?;
    }
    let start = conversation.glance().start;
    ensure!(start.title.as_deref() == Some("A name"));
    ensure!(start.tags == tags);
    ensure!(start.confirmation_policy == ConfirmationPolicy::AlwaysConfirm);
    ensure!(
        start.security_analyzer == Some(analyzer),
        "{:?}",
        start.security_analyzer
    );
    ensure!(start.agent.llm.model == "openai/another");
    ensure!(start.secrets.contains_key("TOKEN"));
    for entry in conversation.log().read(0, usize::MAX)? {
        let json = String::from_utf8_lossy(&entry.json).into_owned();
        ensure!(!json.contains("hush"), "{json}");
    }
    conversation
        .command(Command::Update(Setting::SecurityAnalyzer(None)))
        .await?;
    ensure!(conversation.glance().start.security_analyzer.is_none());
    let wrong = [("Not A Key".to_owned(), String::new())].into();
    let refused = conversation
        .command(Command::Update(Setting::Tags(wrong)))
        .await;
    ensure!(
        matches!(refused, Err(CommandError::Invalid(_))),
        "{refused:?}"
    );
    ensure!(conversation.glance().start.tags == tags);
    ensure!(work(&*conversation, "hi").await? == Status::Finished);
    Ok(())
}

pub(super) async fn moved(world: &dyn World) -> Outcome {
    let script = Script::new()
        .says("One.")
        .then()
        .says("Two.")
        .then()
        .says("Another two.");
    let ground = Ground::new(world, script).await?;
    let conversation = ground.begin().await?;
    work(&*conversation, "first").await?;
    work(&*conversation, "second").await?;
    let all = events(&*conversation.log())?;
    let point = all
        .iter()
        .find(|event| words(event).as_deref() == Some("One."))
        .map(|event| event.id.clone())
        .context("it was said")?;
    let nowhere = Command::Navigate(Some(domain::EventId::new("nowhere")));
    ensure!(missing(&conversation.command(nowhere).await));
    conversation
        .command(Command::Navigate(Some(point.clone())))
        .await?;
    let glance = conversation.glance();
    ensure!(glance.leaf == Some(point) && glance.status == Status::Idle);
    ensure!(work(&*conversation, "something else").await? == Status::Finished);
    let prompts = ground.model.prompts();
    let last = prompts.last().context("it was asked")?;
    let told: Vec<String> = last.messages.iter().skip(1).map(|m| m.text()).collect();
    ensure!(told == ["first", "One.", "something else"], "{told:?}");
    Ok(())
}
