//! What [`domain::Journal`] and [`domain::Log`] promise.

mod notes;
mod places;
mod readers;
mod records;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use domain::{ConversationId, Draft, EventId, Fut, Journal, Log};
use uuid::Uuid;

type Outcome = anyhow::Result<()>;

/// How long a suite may take: one that waits for what never comes must end as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// A suite and its name.
type Suite = (&'static str, fn(&dyn Journal) -> Fut<'_, Outcome>);

/// Runs every suite against a journal, which may hold other conversations.
pub async fn log(journal: &dyn Journal) -> anyhow::Result<()> {
    for (name, suite) in log_suites() {
        tokio::time::timeout(PATIENCE, suite(journal))
            .await
            .unwrap_or_else(|late| Err(late.into()))
            .with_context(|| format!("conformance::log: {name}"))?;
    }
    Ok(())
}

/// Every suite with its name, for those who want them one by one.
pub fn log_suites() -> impl Iterator<Item = Suite> {
    let all: [Suite; 18] = [
        ("sequence numbers have no holes", |j| {
            Box::pin(records::order(j))
        }),
        ("any window can be read", |j| Box::pin(records::windows(j))),
        ("facts ride along unseen", |j| Box::pin(records::facts(j))),
        ("events are found by name", |j| Box::pin(records::find(j))),
        ("a name is taken once", |j| Box::pin(records::duplicates(j))),
        ("size does not matter", |j| Box::pin(records::sizes(j))),
        ("a batch is seen whole or not", |j| {
            Box::pin(readers::atomic(j))
        }),
        ("followers miss nothing", |j| {
            Box::pin(readers::followers(j))
        }),
        ("logs do not mix", |j| Box::pin(readers::many(j))),
        ("closing ends every call", |j| Box::pin(readers::closing(j))),
        ("what is durable is there again", |j| {
            Box::pin(places::reopen(j))
        }),
        ("one writes, any read", |j| Box::pin(places::one_writer(j))),
        ("what is not there is not found", |j| {
            Box::pin(places::absent(j))
        }),
        ("the newest is listed first", |j| {
            Box::pin(places::listed(j))
        }),
        ("a note stands in for what it sums up", |j| {
            Box::pin(notes::left_by_the_writer(j))
        }),
        ("a note that was overtaken hides nothing", |j| {
            Box::pin(notes::overtaken(j))
        }),
        ("who reads a log may leave a note as well", |j| {
            Box::pin(notes::left_by_a_reader(j))
        }),
        ("outputs have a place of their own", |j| {
            Box::pin(places::outputs(j))
        }),
    ];
    all.into_iter()
}

/// A fresh name.
fn fresh() -> ConversationId {
    ConversationId(Uuid::new_v4())
}

/// The name of the event of that number.
fn name(n: u64) -> EventId {
    EventId::from(Uuid::from_u128(u128::from(n) + 1))
}

/// The JSON of the event of that number.
fn json(n: u64) -> String {
    format!(r#"{{"id":"{}","n":{n},"kind":"Tick"}}"#, name(n))
}

fn event(n: u64) -> Draft {
    Draft {
        event: Some((name(n), json(n).into())),
        fact: None,
    }
}

fn events(numbers: std::ops::Range<u64>) -> Vec<Draft> {
    numbers.map(event).collect()
}

/// Appends a batch and waits until it is durable.
async fn put(log: &Arc<dyn Log>, batch: Vec<Draft>) -> anyhow::Result<u64> {
    let (mark, first) = log.append(batch)?;
    log.durable(mark).await?;
    Ok(first)
}

/// The log holds exactly the events from 0 to below `count`, in order.
fn holds(log: &Arc<dyn Log>, count: u64) -> Outcome {
    anyhow::ensure!(log.len() == count, "{} events, not {count}", log.len());
    let entries = log.read(0, usize::MAX)?;
    anyhow::ensure!(entries.len() as u64 == count, "{} read", entries.len());
    for (n, entry) in (0..).zip(&entries) {
        anyhow::ensure!(entry.seq == n && entry.json == json(n), "at {n}: {entry:?}");
    }
    Ok(())
}
