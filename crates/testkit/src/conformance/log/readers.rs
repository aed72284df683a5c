//! Many read while one writes.

use std::sync::Arc;

use anyhow::ensure;
use domain::{Journal, Log, LogError, Mark};
use tokio::task::JoinSet;

use super::{Outcome, event, events, fresh, holds, json, name, put};

const BATCH: u64 = 7;
const BATCHES: u64 = 60;
const FOLLOWERS: u64 = 24;

/// Waits for all tasks and hands on the first failure.
async fn joined(mut tasks: JoinSet<Outcome>) -> Outcome {
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}

pub(super) async fn atomic(journal: &dyn Journal) -> Outcome {
    let log = journal.create(fresh())?;
    let mut tasks = JoinSet::new();
    for _ in 0..3 {
        let log = Arc::clone(&log);
        tasks.spawn(async move {
            let mut len = 0;
            while len < BATCH * BATCHES {
                let past = len;
                len = log.grown(past).await?;
                ensure!(len > past, "grown to {len}, which is not past {past}");
                ensure!(len % BATCH == 0, "{len} events are no whole batches");
                ensure!(log.len() % BATCH == 0);
                let next = log.find(&name(len))?;
                ensure!(
                    next.is_none_or(|seq| seq < log.len()),
                    "found before durable"
                );
            }
            Ok(())
        });
    }
    let writer = Arc::clone(&log);
    tasks.spawn(async move {
        for n in 0..BATCHES {
            writer.append(events(n * BATCH..(n + 1) * BATCH))?;
            tokio::task::yield_now().await;
        }
        Ok(())
    });
    joined(tasks).await?;
    holds(&log, BATCH * BATCHES)?;
    Ok(log.close().await?)
}

/// Reads on until the end, whenever there is more.
async fn follow(log: Arc<dyn Log>, from: u64, end: u64) -> Outcome {
    let mut next = from;
    while next < end {
        let entries = log.read(next, 16)?;
        if entries.is_empty() {
            let len = log.grown(next).await?;
            ensure!(len > next, "grown to {len}, which is not past {next}");
        }
        for entry in entries {
            ensure!(entry.seq == next, "a gap: {} after {next}", entry.seq);
            ensure!(entry.json == json(next));
            next += 1;
        }
    }
    Ok(())
}

pub(super) async fn followers(journal: &dyn Journal) -> Outcome {
    let log = journal.create(fresh())?;
    let end = BATCH * BATCHES;
    let mut tasks = JoinSet::new();
    for n in 0..FOLLOWERS / 2 {
        tasks.spawn(follow(Arc::clone(&log), n, end));
    }
    for n in 0..BATCHES {
        let (mark, _) = log.append(events(n * BATCH..(n + 1) * BATCH))?;
        if n == BATCHES / 2 {
            for from in 0..FOLLOWERS / 2 {
                tasks.spawn(follow(Arc::clone(&log), from, end));
            }
        }
        if n % 5 == 0 {
            log.durable(mark).await?;
        }
    }
    joined(tasks).await?;
    Ok(log.close().await?)
}

pub(super) async fn many(journal: &dyn Journal) -> Outcome {
    let mut tasks = JoinSet::new();
    for n in 0..12 {
        let log = journal.create(fresh())?;
        tasks.spawn(async move {
            let count = 10 + n;
            for n in 0..count {
                put(&log, vec![event(n)]).await?;
            }
            holds(&log, count)?;
            Ok(log.close().await?)
        });
    }
    joined(tasks).await
}

pub(super) async fn closing(journal: &dyn Journal) -> Outcome {
    let log = journal.create(fresh())?;
    put(&log, events(0..2)).await?;
    // What was appended, but not waited for, is written before the log lets go.
    let (mark, _) = log.append(events(2..3))?;
    let waiting = Arc::clone(&log);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let grown = waiting.grown(3).await;
        ensure!(matches!(grown, Err(LogError::Closed(_))), "{grown:?}");
        Ok(())
    });
    log.close().await?;
    joined(tasks).await?;
    log.durable(mark).await?;
    let closed = |error: Option<LogError>, call: &str| {
        let closed = matches!(error, Some(LogError::Closed(_)));
        ensure!(closed, "{call} after closing gave {error:?}");
        Ok(())
    };
    closed(log.append(vec![event(3)]).err(), "append")?;
    closed(log.read(0, 1).err(), "read")?;
    closed(log.find(&name(0)).err(), "find")?;
    closed(log.replay(&mut |_| Ok(())).err(), "replay")?;
    closed(log.grown(0).await.err(), "grown")?;
    closed(log.durable(Mark(mark.0 + 1)).await.err(), "durable")
}
