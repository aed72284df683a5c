//! Which conversations there are: made, found, listed, copied, let go and removed.

use anyhow::ensure;
use domain::{CommandError, Fork, LogError, Status};

use super::{Ground, Outcome, World, conflict, events, id, missing, say, words, work};
use crate::model::Script;

pub(super) async fn begins(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new()).await?;
    let mut start = ground.start(1);
    start.tags.insert("team".to_owned(), "red".to_owned());
    start.title = Some("A name".to_owned());
    start.max_iterations = 7;
    let conversation = ground.all().create(start.clone()).await?;
    ensure!(conversation.id() == start.id);
    let glance = conversation.glance();
    ensure!(glance.status == Status::Idle);
    ensure!(glance.last_user_message.is_none());
    ensure!(glance.start.id == start.id);
    ensure!(glance.start.tags == start.tags, "{:?}", glance.start.tags);
    ensure!(glance.start.title == start.title);
    ensure!(glance.start.max_iterations == 7);
    ensure!(glance.start.workspace == start.workspace);
    ensure!(glance.start.agent.llm.model == start.agent.llm.model);
    ensure!(glance.start.created_at > 0);
    ensure!(ground.all().is_open(start.id));
    let again = ground.all().open(start.id).await?;
    ensure!(again.log().len() == conversation.log().len());
    let seen = ground.all().glance(start.id).await?;
    ensure!(seen.start.title == start.title);
    Ok(())
}

pub(super) async fn unknown(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new()).await?;
    let all = ground.all();
    ensure!(missing(&all.open(id(9)).await.map(|_| ())));
    ensure!(missing(&all.glance(id(9)).await));
    ensure!(missing(&all.delete(id(9)).await));
    let fork = Fork::new(id(9), id(10));
    ensure!(missing(&all.fork(fork).await.map(|_| ())));
    ensure!(!all.is_open(id(9)));
    ensure!(all.release(id(9)).await.is_ok());
    ensure!(all.list().await?.is_empty());
    Ok(())
}

pub(super) async fn taken(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new()).await?;
    ground.begin().await?;
    let again = ground.all().create(ground.start(1)).await;
    ensure!(matches!(
        again,
        Err(CommandError::Log(LogError::Exists(taken))) if taken == id(1)
    ));
    Ok(())
}

pub(super) async fn listed(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new()).await?;
    for number in 1..=3 {
        let mut start = ground.start(number);
        start.tags.insert("number".to_owned(), number.to_string());
        ground.all().create(start).await?;
    }
    for all in [&ground.place.conversations, &ground.place.beside] {
        ensure!(all.list().await? == [id(3), id(2), id(1)]);
        let cards = all.catalogue().await?;
        let numbers: Vec<&str> = cards.iter().map(|card| &*card.tags["number"]).collect();
        ensure!(numbers == ["3", "2", "1"], "{numbers:?}");
        ensure!(cards.iter().all(|card| card.status == Status::Idle));
    }
    Ok(())
}

pub(super) async fn deleted(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new().says("Hello.")).await?;
    let conversation = ground.begin().await?;
    work(&*conversation, "hi").await?;
    let log = conversation.log();
    let len = log.len();
    ground.all().delete(id(1)).await?;
    ensure!(log.grown(len).await.is_err(), "its log ends");
    ensure!(ground.all().list().await?.is_empty());
    ensure!(missing(&ground.all().open(id(1)).await.map(|_| ())));
    ensure!(missing(&ground.all().delete(id(1)).await));
    Ok(())
}

pub(super) async fn released(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new().says("Hello.")).await?;
    let conversation = ground.begin().await?;
    work(&*conversation, "hi").await?;
    let before = conversation.log().read(0, usize::MAX)?;
    ensure!(conflict(&ground.all().release(id(1)).await), "it is held");
    drop(conversation);
    ground.all().release(id(1)).await?;
    ensure!(!ground.all().is_open(id(1)));
    let again = ground.all().open(id(1)).await?;
    ensure!(again.log().read(0, usize::MAX)? == before);
    ensure!(again.glance().status == Status::Finished);
    Ok(())
}

pub(super) async fn closed(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new().says("Hello.").then().says("Again.")).await?;
    let conversation = ground.begin().await?;
    work(&*conversation, "hi").await?;
    let (log, mut ear) = (conversation.log(), conversation.listen());
    let len = log.len();
    conversation.close().await?;
    ensure!(log.grown(len).await.is_err());
    while ear.hear().await.is_some() {}
    ensure!(conversation.command(say("lost", false)).await.is_err());
    let again = ground.all().open(id(1)).await?;
    ensure!(again.log().len() == len);
    ensure!(work(&*again, "more").await? == Status::Finished);
    Ok(())
}

pub(super) async fn copied(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, Script::new().says("Hello.").then().says("Again.")).await?;
    let conversation = ground.begin().await?;
    work(&*conversation, "hi").await?;
    let before = conversation.log().read(0, usize::MAX)?;
    let mut fork = Fork::new(id(1), id(2));
    fork.title = Some("Copy".to_owned());
    fork.tags.insert("copy".to_owned(), "yes".to_owned());
    let copy = ground.all().fork(fork.clone()).await?;
    ensure!(copy.id() == id(2));
    ensure!(copy.log().read(0, before.len())? == before);
    let glance = copy.glance();
    ensure!(glance.status == Status::Idle, "{}", glance.status);
    ensure!(glance.start.title == fork.title);
    ensure!(glance.start.tags == fork.tags);
    let origin = glance.start.forked_from.as_ref();
    ensure!(origin.is_some_and(|origin| origin.conversation == id(1)));
    ensure!(work(&*copy, "go on").await? == Status::Finished);
    ensure!(
        conversation.log().len() == before.len() as u64,
        "the original stays as it is"
    );
    let again = ground.all().fork(fork).await.map(|_| ());
    let taken = matches!(again, Err(CommandError::Log(LogError::Exists(_))));
    ensure!(taken || conflict(&again), "{again:?}");
    Ok(())
}

pub(super) async fn copied_to_a_point(world: &dyn World) -> Outcome {
    let script = Script::new().says("One.").then().says("Two.");
    let ground = Ground::new(world, script).await?;
    let conversation = ground.begin().await?;
    work(&*conversation, "first").await?;
    work(&*conversation, "second").await?;
    let all = events(&*conversation.log())?;
    let point = all
        .iter()
        .find(|event| words(event).as_deref() == Some("One."));
    let point = point.map(|event| event.id.clone());
    let mut fork = Fork::new(id(1), id(2));
    fork.at.clone_from(&point);
    let copy = ground.all().fork(fork).await?;
    let spoken: Vec<String> = events(&*copy.log())?.iter().filter_map(words).collect();
    ensure!(spoken == ["first", "One."], "{spoken:?}");
    ensure!(copy.glance().leaf == point);
    let mut nowhere = Fork::new(id(1), id(3));
    nowhere.at = Some(domain::EventId::new("nowhere"));
    ensure!(missing(&ground.all().fork(nowhere).await.map(|_| ())));
    Ok(())
}
