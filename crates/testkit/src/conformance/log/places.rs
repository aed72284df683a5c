//! Logs come and go: opened again, held by one, listed, removed.

use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use domain::{Journal, LogError};

use super::{Outcome, event, events, fresh, holds, put};

pub(super) async fn reopen(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let log = journal.create(id)?;
    put(&log, events(0..5)).await?;
    log.append(events(5..6))?;
    log.close().await?;
    drop(log);
    let log = journal.open(id)?;
    holds(&log, 6)?;
    ensure!(put(&log, events(6..8)).await? == 6);
    // Let go without closing: what was acknowledged stays.
    drop(log);
    let log = journal.open(id)?;
    holds(&log, 8)?;
    Ok(log.close().await?)
}

pub(super) async fn one_writer(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let log = journal.create(id)?;
    put(&log, events(0..3)).await?;
    let busy = |error: Option<LogError>, call: &str| match error {
        Some(LogError::Busy { id: of, .. }) if of == id => Ok(()),
        other => bail!("{call} beside a writer gave {other:?}"),
    };
    busy(journal.open(id).err(), "open")?;
    busy(journal.delete(id).err(), "delete")?;
    let again = journal.create(id).err();
    ensure!(
        matches!(again, Some(LogError::Exists(_))),
        "create gave {again:?}"
    );

    let reader = journal.peek(id)?;
    holds(&reader, 3)?;
    let written = reader.append(vec![event(3)]);
    ensure!(written.is_err(), "a reader wrote: {written:?}");
    put(&log, events(3..4)).await?;
    log.close().await?;
    holds(&journal.peek(id)?, 4)?;
    reader.close().await?;

    let log = journal.open(id)?;
    let reader = journal.peek(id)?;
    drop(log);
    holds(&reader, 4)?;
    Ok(())
}

pub(super) async fn absent(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let not_found = |error: Option<LogError>, call: &str| match error {
        Some(LogError::NotFound(of)) if of == id => Ok(()),
        other => bail!("{call} of nothing gave {other:?}"),
    };
    not_found(journal.open(id).err(), "open")?;
    not_found(journal.peek(id).err(), "peek")?;
    not_found(journal.delete(id).err(), "delete")?;

    let log = journal.create(id)?;
    put(&log, events(0..3)).await?;
    log.close().await?;
    journal.delete(id)?;
    not_found(journal.open(id).err(), "open")?;
    not_found(journal.delete(id).err(), "delete")?;
    ensure!(!journal.list()?.contains(&id), "a removed log is listed");

    let log = journal.create(id)?;
    ensure!(log.is_empty(), "a log made anew holds what was removed");
    put(&log, events(0..1)).await?;
    holds(&log, 1)?;
    Ok(log.close().await?)
}

pub(super) async fn listed(journal: &dyn Journal) -> Outcome {
    // A disk may tell times apart only so far: go on until it can.
    const APART: Duration = Duration::from_millis(50);
    let began = Instant::now();
    let mut made = Vec::new();
    while made.len() < 3 || began.elapsed() < APART {
        let id = fresh();
        let log = journal.create(id)?;
        put(&log, events(0..1)).await?;
        log.close().await?;
        made.push(id);
    }
    let listed = journal.list()?;
    let place = |id| listed.iter().position(|other| *other == id);
    let (Some(first), Some(last)) = (place(made[0]), place(made[made.len() - 1])) else {
        bail!("not all logs are listed");
    };
    ensure!(last < first, "the oldest is listed before the newest");
    ensure!(made.iter().all(|id| place(*id).is_some()));
    made.into_iter().try_for_each(|id| Ok(journal.delete(id)?))
}

pub(super) async fn outputs(journal: &dyn Journal) -> Outcome {
    let (one, other) = (fresh(), fresh());
    let log = journal.create(one)?;
    let beside = journal.create(other)?;
    ensure!(log.outputs() != beside.outputs());
    put(&log, events(0..1)).await?;
    let file = log.outputs().join("big.txt");
    std::fs::write(&file, "kept")?;
    log.close().await?;
    let log = journal.open(one)?;
    ensure!(std::fs::read_to_string(log.outputs().join("big.txt"))? == "kept");
    log.close().await?;
    beside.close().await?;
    journal.delete(one)?;
    ensure!(!file.exists(), "outputs outlive their conversation");
    Ok(())
}
