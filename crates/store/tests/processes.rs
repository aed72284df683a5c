//! Two processes on one conversation, and a process that is killed: this test program starts itself again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId, Journal, LogError};
use store::Files;
use uuid::Uuid;

const ID: ConversationId = ConversationId(Uuid::from_u128(99));
const ROOT: &str = "STORE_TEST_ROOT";

fn event(n: u64) -> Draft {
    let id = EventId::from(Uuid::from_u128(u128::from(n) + 1));
    Draft {
        event: Some((id, json(n))),
        fact: None,
    }
}

fn json(n: u64) -> Bytes {
    Bytes::from(format!(
        "{{\"n\":{n},\"pad\":\"{}\"}}",
        "z".repeat((n % 700) as usize)
    ))
}

/// Where the other process works; nothing in the process that runs the tests.
fn root() -> Option<PathBuf> {
    std::env::var_os(ROOT).map(PathBuf::from)
}

fn start(test: &str, root: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROOT, root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The other process's side: appends, and says what was acknowledged, until it is killed.
#[tokio::test]
async fn other_process() {
    let Some(root) = root() else { return };
    let files = Files::open(&root).unwrap();
    let log = match files.open(ID) {
        Err(LogError::NotFound(_)) => files.create(ID),
        other => other,
    }
    .unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "\nacknowledged {}", log.len()).unwrap();
    for n in log.len().. {
        let (mark, _) = log.append(vec![event(n)]).unwrap();
        log.durable(mark).await.unwrap();
        writeln!(out, "acknowledged {}", n + 1).unwrap();
    }
}

/// What the other process says next was acknowledged.
fn acknowledged(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Option<u64> {
    lines.find_map(|line| {
        let line = line.ok()?;
        line.strip_prefix("acknowledged ")?.parse().ok()
    })
}

#[tokio::test]
async fn a_second_process_is_told_who_has_it_and_loses_nothing_when_that_one_is_killed() {
    if root().is_some() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let mut least = 0;
    for round in 1..=8 {
        let mut child = start("other_process", dir.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while least < round * 40 {
            least = acknowledged(&mut lines).unwrap();
        }
        let Err(busy @ LogError::Busy { .. }) = files.open(ID) else {
            panic!("two processes have it")
        };
        let holder = format!("process {}", child.id());
        assert!(busy.to_string().contains(&holder), "{busy}");
        assert!(files.peek(ID).unwrap().len() >= least);
        child.kill().unwrap();
        child.wait().unwrap();
        least = std::iter::from_fn(|| acknowledged(&mut lines))
            .last()
            .unwrap_or(least);

        let log = files.open(ID).unwrap();
        assert!(log.len() >= least, "{} of {least}", log.len());
        let read = log.read(0, usize::MAX).unwrap();
        assert!(read.iter().all(|entry| entry.json == json(entry.seq)));
        log.close().await.unwrap();
    }
}
