//! What is appended is read back: in order, whole, once.

use anyhow::{bail, ensure};
use bytes::Bytes;
use domain::{Draft, EventId, Journal, LogError};

use super::{Outcome, event, events, fresh, holds, json, name, put};

pub(super) async fn order(journal: &dyn Journal) -> Outcome {
    let log = journal.create(fresh())?;
    ensure!(log.is_empty() && log.read(0, 9)?.is_empty());
    let mut count = 0;
    for size in [1, 2, 5, 1, 40] {
        let (mark, first) = log.append(events(count..count + size))?;
        ensure!(first == count, "the batch began at {first}, not {count}");
        count += size;
        log.durable(mark).await?;
        ensure!(log.len() == count);
    }
    let (mark, first) = log.append(Vec::new())?;
    ensure!(first == count, "an empty batch takes no number");
    log.durable(mark).await?;
    holds(&log, count)?;
    Ok(log.close().await?)
}

pub(super) async fn windows(journal: &dyn Journal) -> Outcome {
    let log = journal.create(fresh())?;
    put(&log, events(0..100)).await?;
    for (from, limit, count) in [
        (0, 0, 0),
        (0, 1, 1),
        (99, 9, 1),
        (40, 25, 25),
        (90, 100, 10),
        (100, 5, 0),
        (u64::MAX, usize::MAX, 0),
    ] {
        let read = log.read(from, limit)?;
        ensure!(read.len() == count, "{} from {from}", read.len());
        for (entry, seq) in read.into_iter().zip(from..) {
            ensure!(entry.seq == seq && entry.json == json(seq));
        }
    }
    Ok(log.close().await?)
}

pub(super) async fn facts(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let log = journal.create(id)?;
    let fact = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
    let alone = Draft {
        event: None,
        fact: fact("{\"a\":1}"),
    };
    let both = Draft {
        fact: fact("{\"b\":2}"),
        ..event(1)
    };
    ensure!(put(&log, vec![alone.clone()]).await? == 0);
    ensure!(put(&log, vec![alone.clone(), event(0), both]).await? == 0);
    ensure!(log.append(vec![alone])?.1 == 2);
    put(&log, events(2..3)).await?;
    log.close().await?;

    let log = journal.open(id)?;
    holds(&log, 3)?;
    let mut seen = Vec::new();
    log.replay(&mut |record| {
        let seq = record.event.map(|entry| entry.seq);
        let fact = record
            .fact
            .map(|f| String::from_utf8_lossy(&f).into_owned());
        seen.push((seq, fact));
        Ok(())
    })?;
    let (a, b) = (Some("{\"a\":1}".to_owned()), Some("{\"b\":2}".to_owned()));
    let expected = [
        (None, a.clone()),
        (None, a.clone()),
        (Some(0), None),
        (Some(1), b),
        (None, a),
        (Some(2), None),
    ];
    ensure!(seen == expected, "{seen:?}");

    let mut heard = 0;
    let stopped = log.replay(&mut |_| {
        heard += 1;
        Err(LogError::NotFound(id))
    });
    ensure!(matches!(stopped, Err(LogError::NotFound(_))) && heard == 1);
    Ok(log.close().await?)
}

pub(super) async fn find(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let log = journal.create(id)?;
    let odd = EventId::new("Not a UUID: ü/🙂 \"quoted\"");
    put(&log, events(0..50)).await?;
    let named = Draft {
        event: Some((odd.clone(), "{}".into())),
        fact: None,
    };
    put(&log, vec![named]).await?;
    let look = |log: &std::sync::Arc<dyn domain::Log>| {
        for n in 0..50 {
            ensure!(log.find(&name(n))? == Some(n), "event {n}");
        }
        ensure!(log.find(&odd)? == Some(50));
        ensure!(log.find(&name(1_000))?.is_none());
        ensure!(log.find(&EventId::root())?.is_none());
        Ok(())
    };
    look(&log)?;
    log.close().await?;
    let log = journal.open(id)?;
    look(&log)?;
    Ok(log.close().await?)
}

pub(super) async fn duplicates(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let mut log = journal.create(id)?;
    put(&log, events(0..3)).await?;
    for _ in 0..2 {
        for batch in [vec![event(3), event(1)], vec![event(3), event(3)]] {
            match log.append(batch) {
                Err(LogError::Duplicate(_)) => {}
                other => bail!("a name taken twice gave {other:?}"),
            }
        }
        holds(&log, 3)?;
        log.close().await?;
        log = journal.open(id)?;
    }
    ensure!(
        put(&log, vec![event(3)]).await? == 3,
        "a refused batch took a number"
    );
    let (_, first) = log.append(vec![event(4)])?;
    ensure!(first == 4);
    let again = log.append(vec![event(4)]);
    ensure!(matches!(again, Err(LogError::Duplicate(_))), "{again:?}");
    Ok(log.close().await?)
}

pub(super) async fn sizes(journal: &dyn Journal) -> Outcome {
    let id = fresh();
    let log = journal.create(id)?;
    let mut sent = Vec::new();
    for (n, size) in (0..).zip([0, 1, 511, 4_096, 65_537, 3_000_000]) {
        let json = Bytes::from("ü".repeat(size));
        sent.push(json.clone());
        let draft = Draft {
            event: Some((name(n), json.clone())),
            fact: Some(json),
        };
        put(&log, vec![draft]).await?;
    }
    log.close().await?;
    let log = journal.open(id)?;
    let read = log.read(0, 100)?;
    ensure!(
        read.into_iter()
            .map(|entry| entry.json)
            .eq(sent.iter().cloned())
    );
    let mut facts = Vec::new();
    log.replay(&mut |record| {
        facts.extend(record.fact);
        Ok(())
    })?;
    ensure!(facts == sent);
    Ok(log.close().await?)
}
