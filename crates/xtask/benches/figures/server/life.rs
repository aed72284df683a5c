//! A server from its start to its restart, and the conversations it is given in between.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde_json::{Value, json};
use testkit::model::{Dialect, Model, Script};
use uuid::Uuid;
use xtask::bench::Unit;

use super::client::{Client, words};
use super::subject::{Server, Subject};
use super::{Story, at_least, at_most};
use crate::site::Site;
use crate::steps::median;

/// What is measured here.
pub const STORIES: &[Story] = &[
    Story {
        figures: &[
            at_most(
                "server: process start to /ready",
                "3.4 s",
                15e-3,
                Unit::Seconds,
            ),
            at_most(
                "server: idle memory (RSS) of the tree",
                "330 MB",
                16e6,
                Unit::Bytes,
            ),
        ],
        runs: 9,
        play: start,
    },
    Story {
        figures: &[
            at_most(
                "server: create a conversation, p50",
                "10.7 ms",
                0.5e-3,
                Unit::Seconds,
            ),
            at_least("server: create conversations, 8 clients", "92 /s", 3_000.0),
        ],
        runs: 3,
        play: create,
    },
    Story {
        figures: &[at_most(
            "server: memory per idle conversation, over 200",
            "55 kB",
            15e3,
            Unit::Bytes,
        )],
        runs: 3,
        play: memory,
    },
    Story {
        figures: &[
            at_most(
                "server: restart with 100 conversations, to all listed",
                "3.6 to 4.0 s",
                60e-3,
                Unit::Seconds,
            ),
            at_most(
                "server: then the next turn of one, to its model call",
                "0.7 s",
                30e-3,
                Unit::Seconds,
            ),
        ],
        runs: 5,
        play: restart,
    },
];

/// Where the conversations are.
pub const CONVERSATIONS: &str = "/api/conversations";

fn start(site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
    let server = subject.start(site)?;
    // What it still does after it said that it was ready is part of being idle.
    std::thread::sleep(Duration::from_millis(500));
    Ok(vec![server.ready, server.memory()?])
}

fn create(site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
    let server = subject.start(site)?;
    let body = Bytes::from(request(&server, NOBODY)?.to_string());
    let client = &server.client;
    site.block_on(async {
        let mut each = Vec::new();
        for _ in 0..200 {
            let begin = Instant::now();
            client.send(CONVERSATIONS, body.clone()).await?;
            each.push(begin.elapsed().as_secs_f64());
        }
        let act = move |client: Client| {
            let body = body.clone();
            async move { client.send(CONVERSATIONS, body).await.map(drop) }
        };
        let took = client.at_once(8, 50, act).await?;
        Ok(vec![median(&each), 400.0 / took])
    })
}

fn memory(site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
    let server = subject.start(site)?;
    let body = request(&server, NOBODY)?;
    site.block_on(async {
        // What is made for the first ones is not theirs.
        made(&server, &body, 20).await?;
        let before = server.memory()?;
        made(&server, &body, 200).await?;
        Ok(vec![(server.memory()? - before) / 200.0])
    })
}

fn restart(site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
    let script = Script::new().forever(Script::new().calls("finish", json!({"message": "Done."})));
    let model = Model::bind(script)?.forgetful();
    let server = subject.start(site)?;
    let body = request(&server, &model.base_url(Dialect::Chat))?;
    let one = site.block_on(async {
        let conversations = made(&server, &body, 100).await?;
        for id in &conversations {
            let mut watch = server.client.watch(id, "").await?;
            let events = format!("{CONVERSATIONS}/{id}/events");
            server.client.post(&events, &words("Go.", true)).await?;
            let status = watch.ended().await?;
            ensure!(status == "finished", "a conversation is {status}");
        }
        conversations.into_iter().next().context("no conversation")
    })?;
    let home = server.stop()?;

    let begin = Instant::now();
    let server = subject.start_in(site, home)?;
    site.block_on(async {
        let listed = server
            .client
            .get("/api/conversations/search?limit=100")
            .await?;
        let took = begin.elapsed().as_secs_f64();
        let listed = listed["items"].as_array().map_or(0, Vec::len);
        ensure!(listed == 100, "{listed} of 100 conversations are listed");
        let begin = Instant::now();
        let events = format!("{CONVERSATIONS}/{one}/events");
        server.client.post(&events, &words("Go on.", true)).await?;
        model.asked(101).await;
        Ok(vec![took, begin.elapsed().as_secs_f64()])
    })
}

/// Makes so many conversations; their names.
pub async fn made(server: &Server, request: &Value, many: usize) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for _ in 0..many {
        let made = server.client.post(CONVERSATIONS, request).await?;
        let name = made["id"]
            .as_str()
            .context("a conversation without a name")?;
        names.push(name.to_owned());
    }
    Ok(names)
}

/// The base URL of a model that is never asked.
pub const NOBODY: &str = "http://127.0.0.1:9/v1";

/// Asks for a conversation with the default tools and this model, in a repository below the server's home.
pub fn request(server: &Server, model: &str) -> anyhow::Result<Value> {
    let place = server
        .home()
        .join(format!("project-{}", Uuid::new_v4().simple()));
    std::fs::create_dir(&place)?;
    let made = Command::new("git")
        .args(["init", "-q"])
        .arg(&place)
        .status();
    ensure!(made.context("git is needed")?.success(), "git init failed");
    Ok(json!({
        "agent": {
            "kind": "Agent",
            "llm": {"model": "openai/scripted", "api_key": "none", "base_url": model},
            "tools": [{"name": "terminal"}, {"name": "file_editor"}, {"name": "task_tracker"}],
        },
        "workspace": {"kind": "LocalWorkspace", "working_dir": place},
        "max_iterations": 100_000,
        "autotitle": false,
    }))
}
