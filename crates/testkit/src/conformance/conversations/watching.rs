//! What can be read and heard, by whom, and from when on.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use domain::{Command, Conversation, Delta, Entry, Heard, Listener, Live, Status};
use serde_json::json;

use super::{Ground, Outcome, World, id, rest, work};
use crate::model::Script;

fn two_turns() -> Script {
    Script::new()
        .calls("echo", json!({"text": "1"}))
        .then()
        .says("One.")
        .then()
        .calls("echo", json!({"text": "2"}))
        .then()
        .says("Two.")
}

/// Follows a log from a point until the end of a run.
async fn followed(conversation: Arc<dyn Conversation>, from: u64) -> anyhow::Result<Vec<Entry>> {
    let log = conversation.log();
    let mut found = Vec::new();
    loop {
        let next = from + found.len() as u64;
        log.grown(next).await?;
        found.extend(log.read(next, 3)?);
        let last = found.last().context("it has grown")?;
        if String::from_utf8_lossy(&last.json).contains("\"finished\"") {
            return Ok(found);
        }
    }
}

pub(super) async fn windows(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, two_turns()).await?;
    let conversation = ground.begin().await?;
    let follower = followed(Arc::clone(&conversation), 0);
    let (first, status) = tokio::join!(follower, work(&*conversation, "one"));
    ensure!(status? == Status::Finished);
    let log = conversation.log();
    ensure!(first? == log.read(0, usize::MAX)?);
    let middle = log.len();
    let follower = followed(Arc::clone(&conversation), middle);
    let (second, status) = tokio::join!(follower, work(&*conversation, "two"));
    ensure!(status? == Status::Finished);
    let all = log.read(0, usize::MAX)?;
    let rest = usize::try_from(middle)?;
    ensure!(second? == all[rest..]);
    ensure!(log.len() == all.len() as u64);
    for from in 0..=all.len() {
        for limit in [1, 3, all.len()] {
            let end = all.len().min(from + limit);
            ensure!(log.read(from as u64, limit)? == all[from..end]);
        }
    }
    ensure!(log.read(log.len() + 5, 10)?.is_empty());
    ensure!(log.find(&domain::EventId::new("nothing"))?.is_none());
    Ok(())
}

pub(super) async fn two(world: &dyn World) -> Outcome {
    let ground = Ground::new(world, two_turns()).await?;
    let one = ground.begin().await?;
    work(&*one, "one").await?;
    let other = ground.place.beside.open(id(1)).await?;
    ensure!(other.log().read(0, usize::MAX)? == one.log().read(0, usize::MAX)?);
    let from = other.log().len();
    let follower = followed(Arc::clone(&other), from);
    let (seen, status) = tokio::join!(follower, work(&*one, "two"));
    ensure!(status? == Status::Finished);
    ensure!(seen? == one.log().read(from, usize::MAX)?);
    ensure!(rest(&*other).await == Status::Finished);
    let (a, b) = (one.glance(), other.glance());
    ensure!(a.last_user_message == b.last_user_message && a.leaf == b.leaf);
    Ok(())
}

/// What is heard of a run until it has ended and its reply was heard whole. What is live keeps no order with the status.
async fn run(ear: &mut dyn Listener, reply: &str) -> anyhow::Result<Vec<Live>> {
    let mut heard = Vec::new();
    let (mut began, mut ended) = (false, false);
    while !ended || text(&heard).len() < reply.len() {
        match ear.hear().await.context("it is not closed")? {
            Heard::Live(Live::Status(status)) => {
                began |= status == Status::Running;
                ended = began && status == Status::Finished;
            }
            Heard::Live(live) => heard.push(live),
            Heard::Missed(count) => anyhow::bail!("{count} were missed"),
        }
    }
    ensure!(text(&heard) == reply, "{heard:?}");
    Ok(heard)
}

fn text(heard: &[Live]) -> String {
    let pieces = heard.iter().filter_map(|live| {
        let Live::Delta {
            delta: Delta::Text(piece),
            ..
        } = live
        else {
            return None;
        };
        Some(&*piece.content)
    });
    pieces.collect()
}

pub(super) async fn heard(world: &dyn World) -> Outcome {
    let script = Script::new().says("Piece by piece.").in_pieces_of(4);
    let ground = Ground::new(world, script).await?;
    let conversation = ground.begin().await?;
    let mut ear = conversation.listen();
    conversation.command(Command::say("Say it")).await?;
    let heard = run(&mut *ear, "Piece by piece.").await?;
    let item = heard.iter().find_map(|live| {
        let Live::Started { item, .. } = live else {
            return None;
        };
        Some(item.clone())
    });
    let item = item.context("a reply was begun")?;
    rest(&*conversation).await;
    ensure!(
        conversation.log().find(&item)?.is_some(),
        "the reply has the name it was heard by"
    );
    Ok(())
}

pub(super) async fn late(world: &dyn World) -> Outcome {
    let script = Script::new().says("First.").then().says("Second.");
    let ground = Ground::new(world, script).await?;
    let conversation = ground.begin().await?;
    work(&*conversation, "one").await?;
    let mut ear = ground.place.beside.open(id(1)).await?.listen();
    conversation.command(Command::say("two")).await?;
    run(&mut *ear, "Second.").await?;
    Ok(())
}
