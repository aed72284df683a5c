//! Agents at work in a server, watched by their clients.

use std::time::Instant;

use anyhow::ensure;
use serde_json::json;
use testkit::gate::Gate;
use testkit::model::{Dialect, Model, Script};
use tokio::task::JoinSet;
use xtask::bench::Unit;

use super::client::{Client, words};
use super::life::{CONVERSATIONS, made, request};
use super::subject::{Server, Subject};
use super::{Story, at_least, at_most};
use crate::site::Site;
use crate::steps::{command, thought};

/// What is measured here.
pub const STORIES: &[Story] = &[
    Story {
        figures: &[at_least(
            "server: steps, `think`, 1 conversation",
            "45 /s",
            4_000.0,
        )],
        runs: 5,
        play: |site, subject| Ok(vec![rate(site, subject, thought, 1)?.0]),
    },
    Story {
        figures: &[at_least(
            "server: steps, `think`, 8 conversations",
            "",
            8_000.0,
        )],
        runs: 3,
        play: |site, subject| Ok(vec![rate(site, subject, thought, 8)?.0]),
    },
    Story {
        figures: &[at_least(
            "server: steps, `think`, 32 conversations",
            "54 /s",
            8_000.0,
        )],
        runs: 3,
        play: |site, subject| Ok(vec![rate(site, subject, thought, 32)?.0]),
    },
    Story {
        figures: &[
            at_least(
                "server: steps, terminal `echo`, 1 conversation",
                "6.1 /s",
                400.0,
            ),
            at_most(
                "server: CPU per step, terminal `echo`",
                "55 to 62 ms",
                1e-3,
                Unit::Seconds,
            ),
        ],
        runs: 5,
        play: |site, subject| {
            let (rate, cpu) = rate(site, subject, command, 1)?;
            Ok(vec![rate, cpu])
        },
    },
    Story {
        figures: &[at_least(
            "server: steps, terminal `echo`, 32 conversations",
            "17 /s",
            1_000.0,
        )],
        runs: 3,
        play: |site, subject| Ok(vec![rate(site, subject, command, 32)?.0]),
    },
    Story {
        figures: &[at_most(
            "server: message to model call, last of 32 at once",
            "2.1 s, mean",
            20e-3,
            Unit::Seconds,
        )],
        runs: 5,
        play: first_calls,
    },
];

/// How many steps each conversation takes on average.
const STEPS: u64 = 100;

/// Steps a second, from the first words until the last client has seen its conversation finished; and what a step costs
/// in seconds of a core.
fn rate(
    site: &Site,
    subject: &Subject,
    step: fn(u64) -> Script,
    many: u32,
) -> anyhow::Result<(f64, f64)> {
    let steps = STEPS * u64::from(many);
    // All take their steps from one script; whoever asks after its end is done.
    let script = (0..steps).fold(Script::new(), |script, at| script.repeat(1, step(at)));
    let done = Script::new().calls("finish", json!({"message": "Done."}));
    let model = Model::bind(done.clone())?.forgetful();
    let server = subject.start(site)?;
    let body = request(&server, &model.base_url(Dialect::Chat))?;
    site.block_on(async {
        // A first one, so that what is made only once is there.
        let first = made(&server, &body, 1).await?;
        together(&server, &first).await?;
        model.play(script.forever(done));
        let conversations = made(&server, &body, many as usize).await?;
        let before = server.cpu()?;
        let took = together(&server, &conversations).await?;
        let cpu = server.cpu()? - before;
        Ok((steps as f64 / took, cpu / steps as f64))
    })
}

/// Gives all their task at once; how many seconds it took until every client had heard the end.
async fn together(server: &Server, conversations: &[String]) -> anyhow::Result<f64> {
    let mut watches = Vec::new();
    for id in conversations {
        let watch = server.client.watch(id, "").await?;
        watches.push((id.clone(), watch));
    }
    let begin = Instant::now();
    let mut busy = JoinSet::new();
    for (id, mut watch) in watches {
        let client = server.client.clone();
        busy.spawn(async move {
            go(&client, &id).await?;
            let status = watch.ended().await?;
            ensure!(status == "finished", "a conversation is {status}");
            Ok(())
        });
    }
    while let Some(ended) = busy.join_next().await {
        ended??;
    }
    Ok(begin.elapsed().as_secs_f64())
}

async fn go(client: &Client, conversation: &str) -> anyhow::Result<()> {
    let events = format!("{CONVERSATIONS}/{conversation}/events");
    client.post(&events, &words("Go.", true)).await?;
    Ok(())
}

/// From the first message until the last of 32 conversations has asked its model.
fn first_calls(site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
    let gate = Gate::new();
    let done = Script::new().calls("finish", json!({"message": "Done."}));
    let model = Model::bind(done.clone())?.forgetful();
    let server = subject.start(site)?;
    let body = request(&server, &model.base_url(Dialect::Chat))?;
    site.block_on(async {
        let first = made(&server, &body, 1).await?;
        together(&server, &first).await?;
        model.play(Script::new().forever(done.waits_at(&gate)));
        let conversations = made(&server, &body, 32).await?;
        let begin = Instant::now();
        let mut busy = JoinSet::new();
        for id in conversations {
            let client = server.client.clone();
            busy.spawn(async move { go(&client, &id).await });
        }
        gate.reached(32).await;
        let took = begin.elapsed().as_secs_f64();
        gate.open();
        while let Some(ended) = busy.join_next().await {
            ended??;
        }
        Ok(vec![took])
    })
}
