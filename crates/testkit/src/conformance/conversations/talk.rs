//! Words and what comes of them.

use anyhow::ensure;
use domain::{Body, Command, Reply, Source, Status};
use serde_json::json;

use super::{Ground, Outcome, World, events, rest, said, say, words, work};
use crate::model::Script;

pub(super) async fn works(world: &dyn World) -> Outcome {
    let script = Script::new()
        .says("I echo it.")
        .calls("echo", json!({"text": "hello"}))
        .then()
        .calls("finish", json!({"message": "Echoed."}));
    let ground = Ground::new(world, script).await?;
    let conversation = ground.begin().await?;
    let reply = conversation.command(Command::say("Echo hello")).await?;
    let words = said(&reply)?;
    ensure!(rest(&*conversation).await == Status::Finished);
    ensure!(ground.hands.count("echo") == 1);
    ensure!(ground.model.asked() == 2);
    let log = conversation.log();
    let all = events(&*log)?;
    let kinds: Vec<&str> = all
        .iter()
        .map(|event| event.body.kind())
        .filter(|kind| *kind != "ConversationStateUpdateEvent")
        .collect();
    let expected = [
        "SystemPromptEvent",
        "MessageEvent",
        "ActionEvent",
        "ObservationEvent",
        "ActionEvent",
        "ObservationEvent",
    ];
    ensure!(kinds == expected, "{kinds:?}");
    let place = log.find(&words)?;
    let place = place.and_then(|place| usize::try_from(place).ok());
    ensure!(place.is_some_and(|place| all[place].source == Source::User));
    let statuses: Vec<&str> = all.iter().filter_map(status).collect();
    ensure!(statuses == ["running", "finished"], "{statuses:?}");
    let glance = conversation.glance();
    ensure!(glance.status == Status::Finished);
    ensure!(glance.last_user_message.as_ref() == Some(&words));
    ensure!(!glance.stats.usage_to_metrics.is_empty());
    Ok(())
}

fn status(event: &domain::Event) -> Option<&str> {
    let Body::StateUpdate(update) = &event.body else {
        return None;
    };
    (update.key == "execution_status").then(|| update.value.as_str())?
}

pub(super) async fn recorded(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new().says("Heard both.")).await?;
    let conversation = ground.begin().await?;
    let log = conversation.log();
    for (count, text) in ["first", "second"].into_iter().enumerate() {
        let reply = conversation.command(say(text, false)).await?;
        let id = said(&reply)?;
        let spoken: Vec<String> = events(&*log)?.iter().filter_map(words).collect();
        ensure!(
            spoken.len() == count + 1 && spoken[count] == text,
            "{spoken:?}"
        );
        ensure!(log.find(&id)?.is_some());
        ensure!(conversation.glance().last_user_message == Some(id));
    }
    ensure!(conversation.glance().status == Status::Idle);
    ensure!(ground.model.asked() == 0, "nobody said that it should run");
    conversation.command(Command::Run).await?;
    ensure!(rest(&*conversation).await == Status::Finished);
    ensure!(ground.model.asked() == 1);
    // There is nothing to do, and that is fine.
    conversation.command(Command::Run).await?;
    ensure!(rest(&*conversation).await == Status::Finished);
    ensure!(ground.model.asked() == 1);
    Ok(())
}

pub(super) async fn asked(world: &dyn World) -> Outcome {
    let script = Script::new().says("Hello.").then().says("Forty-two.");
    let ground = Ground::new(world, script).await?;
    let conversation = ground.begin().await?;
    work(&*conversation, "hi").await?;
    let before: Vec<String> = events(&*conversation.log())?
        .iter()
        .filter_map(words)
        .collect();
    let question = Command::Ask("What is it?".to_owned());
    let answer = conversation.command(question).await?;
    ensure!(
        answer == Reply::Answer("Forty-two.".to_owned()),
        "{answer:?}"
    );
    let after: Vec<String> = events(&*conversation.log())?
        .iter()
        .filter_map(words)
        .collect();
    ensure!(after == before, "{after:?}");
    ensure!(conversation.glance().status == Status::Finished);
    Ok(())
}
