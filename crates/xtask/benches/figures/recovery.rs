//! What it costs to take a conversation up again after a restart.

use std::time::Instant;

use domain::{Conversations as _, Status};
use xtask::bench::{Bar, Figure, Unit};

use crate::Measure;
use crate::site::{Site, conversations, start};
use crate::steps::{run, thinker};

/// What is measured here.
pub const MEASURES: &[Measure] = &[
    Measure {
        figure: Figure {
            name: "recovery of a conversation of 1,000 events",
            original: "57 ms",
            bar: Bar::AtMost(3e-3),
            unit: Unit::Seconds,
        },
        runs: 5,
        run: |site| recovery(site, 1_000),
    },
    Measure {
        figure: Figure {
            name: "recovery of a conversation of 30,000 events",
            original: "",
            bar: Bar::AtMost(100e-3),
            unit: Unit::Seconds,
        },
        runs: 3,
        run: |site| recovery(site, 30_000),
    },
];

/// Opening until its state is there, in a process that has the conversation not open yet.
fn recovery(site: &Site, events: u64) -> anyhow::Result<f64> {
    let home = site.fresh()?;
    let start = start(&home);
    let id = start.id;
    site.block_on(async {
        // A step is an action, an observation and what it used; instructions, words and the end are a few more.
        let steps = (events - 8) / 3;
        let before = conversations(&home, Box::new(move || thinker(steps)))?;
        let conversation = before.create(start).await?;
        run(&*conversation).await?;
        let written = conversation.log().len();
        anyhow::ensure!(
            written.abs_diff(events) <= 8,
            "{written} events were written"
        );
        conversation.close().await?;
        drop(before);

        let after = conversations(&home, Box::new(|| thinker(0)))?;
        let begin = Instant::now();
        let conversation = after.open(id).await?;
        let glance = conversation.glance();
        let took = begin.elapsed().as_secs_f64();
        anyhow::ensure!(
            glance.status == Status::Finished,
            "it was {}",
            glance.status
        );
        anyhow::ensure!(conversation.log().len() == written, "events were lost");
        conversation.close().await?;
        Ok(took)
    })
}
