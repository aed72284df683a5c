//! What it costs to have an event on the disk.

use std::time::Instant;

use bytes::Bytes;
use domain::{Draft, EventId, Log};
use uuid::Uuid;
use xtask::bench::{Bar, Figure, Unit};

use crate::Measure;
use crate::site::{Site, journal, name};

/// What is measured here.
pub const MEASURES: &[Measure] = &[
    Measure {
        figure: Figure {
            name: "durable append, amortised over 10,000",
            original: "166 us, not flushed",
            bar: Bar::AtMost(100e-6),
            unit: Unit::Seconds,
        },
        runs: 5,
        run: amortised,
    },
    Measure {
        figure: Figure {
            name: "the same after 100,000 events, against the first",
            original: "",
            bar: Bar::AtMost(1.1),
            unit: Unit::Times,
        },
        runs: 3,
        run: flat,
    },
];

/// How many appends share one wait for the disk, as when many conversations or a fast agent write.
const WINDOW: usize = 64;

fn amortised(site: &Site) -> anyhow::Result<f64> {
    let log = journal(&site.fresh()?)?.create(name())?;
    let count = 10_000;
    Ok(site.block_on(append(&*log, count))? / count as f64)
}

fn flat(site: &Site) -> anyhow::Result<f64> {
    let log = journal(&site.fresh()?)?.create(name())?;
    site.block_on(async {
        append(&*log, 1_000).await?; // the first file, and whatever else is made only once
        let early = usual(&*log).await?;
        append(&*log, 78_000).await?;
        let late = usual(&*log).await?;
        Ok(late / early)
    })
}

/// What a thousand appends take as a rule: single flushes of a busy disk differ tenfold, twenty rounds do not.
async fn usual(log: &dyn Log) -> anyhow::Result<f64> {
    let mut rounds = Vec::new();
    for _ in 0..20 {
        rounds.push(append(log, 1_000).await?);
    }
    rounds.sort_by(f64::total_cmp);
    Ok(rounds[rounds.len() / 2])
}

/// Appends so many events and gives how many seconds it took until the last was durable.
async fn append(log: &dyn Log, count: usize) -> anyhow::Result<f64> {
    let events: Vec<Draft> = (0..count).map(|_| event()).collect();
    let begin = Instant::now();
    let mut waiting = None;
    for (at, event) in events.into_iter().enumerate() {
        let (mark, _) = log.append(vec![event])?;
        waiting = Some(mark);
        if at % WINDOW == WINDOW - 1 {
            log.durable(mark).await?;
        }
    }
    if let Some(mark) = waiting {
        log.durable(mark).await?;
    }
    Ok(begin.elapsed().as_secs_f64())
}

/// An action such as an agent writes all the time.
fn event() -> Draft {
    let id = Uuid::new_v4();
    let json = format!(
        r#"{{"id":"{id}","timestamp":"2026-11-20T12:00:00.000000","source":"agent","thought":[],"action":{{"command":"cargo test --workspace 2>&1 | tail -40","is_input":false,"timeout":null,"reset":false,"kind":"TerminalAction"}},"tool_name":"terminal","tool_call_id":"call_{id}","tool_call":{{"id":"call_{id}","name":"terminal","arguments":"{{\"command\":\"cargo test --workspace 2>&1 | tail -40\"}}","origin":"completion"}},"llm_response_id":"chatcmpl-{id}","security_risk":"UNKNOWN","kind":"ActionEvent"}}"#
    );
    Draft {
        event: Some((EventId::from(id), Bytes::from(json))),
        fact: None,
    }
}
