//! A long conversation in a server: written by many hands, told again over a socket, paged through.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use xtask::bench::Unit;

use super::client::{Client, contains, words};
use super::life::{CONVERSATIONS, NOBODY, made, request};
use super::subject::Subject;
use super::{Story, at_most};
use crate::site::Site;

/// What is measured here.
pub const STORIES: &[Story] = &[Story {
    figures: &[
        at_most(
            "server: store 10,000 posted messages, 4 clients",
            "43.6 s",
            2.0,
            Unit::Seconds,
        ),
        at_most(
            "server: replay them over a socket",
            "361 ms",
            60e-3,
            Unit::Seconds,
        ),
        at_most(
            "server: page through them by REST",
            "503 ms",
            100e-3,
            Unit::Seconds,
        ),
    ],
    runs: 3,
    play: history,
}];

fn history(site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
    let server = subject.start(site)?;
    let body = request(&server, NOBODY)?;
    site.block_on(async {
        let one = made(&server, &body, 1).await?;
        let id = one.first().context("no conversation")?.clone();
        let client = &server.client;
        let events = format!("{CONVERSATIONS}/{id}/events");
        let message = Bytes::from(words("The parser loses the last line.", false).to_string());
        let act = move |client: Client| {
            let (events, message) = (events.clone(), message.clone());
            async move { client.send(&events, message).await.map(drop) }
        };
        let stored = client.at_once(4, 2_500, act).await?;
        let replayed = replay(client, &id).await?;
        let paged = page(client, &id).await?;
        Ok(vec![stored, replayed, paged])
    })
}

/// Until the last event has arrived.
async fn replay(client: &Client, id: &str) -> anyhow::Result<f64> {
    let newest = format!("{CONVERSATIONS}/{id}/events/search?limit=1&sort_order=TIMESTAMP_DESC");
    let newest = client.get(&newest).await?;
    let newest = newest["items"][0]["id"]
        .as_str()
        .context("no event")?
        .to_owned();
    let mark = format!("\"{newest}\"");
    let begin = Instant::now();
    let mut watch = client.watch(id, "?resend_mode=all").await?;
    let mut frames = 1;
    while !contains(&watch.next().await?, mark.as_bytes()) {
        frames += 1;
    }
    ensure!(frames > 10_000, "only {frames} frames were sent");
    Ok(begin.elapsed().as_secs_f64())
}

/// Reads no more of a page than where the next one is: what a client makes of events is its own affair.
async fn page(client: &Client, id: &str) -> anyhow::Result<f64> {
    let search = format!("{CONVERSATIONS}/{id}/events/search?limit=100");
    let begin = Instant::now();
    let mut pages = 1;
    let mut page = client.bytes(&search).await?;
    while let Some(next) = next(&page)? {
        page = client.bytes(&format!("{search}&page_id={next}")).await?;
        pages += 1;
    }
    ensure!(pages > 100, "only {pages} pages were listed");
    Ok(begin.elapsed().as_secs_f64())
}

/// The name of the next page, which follows the events.
fn next(page: &[u8]) -> anyhow::Result<Option<String>> {
    let end = std::str::from_utf8(page)?;
    let (_, next) = end.rsplit_once("\"next_page_id\":").context("no page")?;
    Ok(serde_json::from_str(next.trim_end().trim_end_matches('}'))?)
}
