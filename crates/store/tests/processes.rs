//! Two processes on one conversation, and a process that is killed: this test program starts itself again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use domain::{Clock, ConversationId, Draft, EventId, Journal, LogError, Stamp};
use store::{Files, Terms};
use uuid::Uuid;

const ID: ConversationId = ConversationId(Uuid::from_u128(99));
const ROOT: &str = "STORE_TEST_ROOT";
/// Set where the other process says that it is on another machine.
const THERE: &str = "STORE_TEST_THERE";

/// The time of this machine, and some seconds more.
struct Later(i64);

impl Clock for Later {
    fn stamp(&self) -> Stamp {
        Stamp(String::new())
    }

    fn micros(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap().as_micros() as i64 + self.0 * 1_000_000
    }

    fn uuid(&self) -> Uuid {
        Uuid::nil()
    }
}

fn terms(host: &str, later: i64) -> Terms {
    Terms {
        owner: format!("server-{}", std::process::id()),
        host: host.to_owned(),
        ttl: Duration::from_secs(45),
        clock: Arc::new(Later(later)),
    }
}

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
    command(test, root).spawn().unwrap()
}

fn command(test: &str, root: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROOT, root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// The other process's side: appends, and says what was acknowledged, until it is killed.
#[tokio::test]
async fn other_process() {
    let Some(root) = root() else { return };
    let mut files = Files::open(&root).unwrap();
    if std::env::var_os(THERE).is_some() {
        files = files.leased(terms("there", 0)).unwrap();
    }
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

#[tokio::test]
async fn a_machine_that_is_gone_is_waited_for_and_one_that_restarts_is_not() {
    if root().is_some() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut child = command("other_process", dir.path())
        .env(THERE, "1")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while acknowledged(&mut lines).unwrap() < 20 {}
    child.kill().unwrap();
    child.wait().unwrap();

    let here = |later| {
        let files = Files::open(dir.path()).unwrap();
        files.leased(terms("here", later)).unwrap()
    };
    let Err(busy @ LogError::Busy { .. }) = here(0).open(ID) else {
        panic!("the machine may only be slow")
    };
    let holder = format!("process {} on there", child.id());
    assert!(busy.to_string().contains(&holder), "{busy}");
    let log = here(46).open(ID).unwrap();
    assert!(log.len() >= 20);
    drop(log);

    let mut child = command("other_process", dir.path())
        .env(THERE, "1")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let known = acknowledged(&mut lines).unwrap();
    while acknowledged(&mut lines).unwrap() < known + 20 {}
    child.kill().unwrap();
    child.wait().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let again = files.leased(terms("there", 0)).unwrap();
    assert!(again.open(ID).unwrap().len() >= known + 20);
}
