//! The workspace behind a server: files in and out, commands beside the agent.

use std::time::Instant;

use anyhow::ensure;
use bytes::Bytes;
use serde_json::{Value, json};
use xtask::bench::Unit;

use super::client::Client;
use super::subject::Subject;
use super::{Story, at_least, at_most};
use crate::site::Site;
use crate::steps::median;

/// What is measured here.
pub const STORIES: &[Story] = &[
    Story {
        figures: &[
            at_most("server: upload of 20 MB", "427 ms", 60e-3, Unit::Seconds),
            at_most("server: download of 20 MB", "42 ms", 20e-3, Unit::Seconds),
        ],
        runs: 5,
        play: up_and_down,
    },
    Story {
        figures: &[
            at_most(
                "server: bash endpoint, `true`, p50",
                "3.1 ms",
                1.5e-3,
                Unit::Seconds,
            ),
            at_least(
                "server: bash endpoint, `true`, 8 clients",
                "363 /s",
                1_500.0,
            ),
        ],
        runs: 3,
        play: bash,
    },
];

const SIZE: usize = 20_000_000;

fn up_and_down(site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
    let server = subject.start(site)?;
    let path = server.home().join("data.bin");
    let path = path.display();
    let boundary = "the-next-part";
    let content: Vec<u8> = (0..SIZE).map(|at| (at % 251) as u8).collect();
    let mut form = format!(
        "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"data.bin\"\r\ncontent-type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    form.extend_from_slice(&content);
    form.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let form = Bytes::from(form);
    site.block_on(async {
        let client = &server.client;
        let upload = format!("/api/file/upload?path={path}");
        let kind = format!("multipart/form-data; boundary={boundary}");
        let begin = Instant::now();
        client.send_as(&upload, &kind, form).await?;
        let up = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        let download = format!("/api/file/download?path={path}");
        let came = client.compare(&download, &content).await?;
        let down = begin.elapsed().as_secs_f64();
        ensure!(came == SIZE, "{came} bytes came back");
        Ok(vec![up, down])
    })
}

fn bash(site: &Site, subject: &Subject) -> anyhow::Result<Vec<f64>> {
    let server = subject.start(site)?;
    site.block_on(async {
        let client = &server.client;
        let mut each = Vec::new();
        for _ in 0..200 {
            let begin = Instant::now();
            run(client).await?;
            each.push(begin.elapsed().as_secs_f64());
        }
        let took = client
            .at_once(8, 100, |client| async move { run(&client).await })
            .await?;
        Ok(vec![median(&each), 800.0 / took])
    })
}

async fn run(client: &Client) -> anyhow::Result<()> {
    let command = json!({"command": "true"});
    let ended: Value = client
        .post("/api/bash/execute_bash_command", &command)
        .await?;
    ensure!(ended["exit_code"] == 0, "`true` gave {ended}");
    Ok(())
}
