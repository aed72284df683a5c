//! The journal on a real disk: what is appended comes back, in order, whole, and only once durable.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId, Journal, Log, LogError, Mark};
use store::{Files, Options, RealDisk, Writing};
use uuid::Uuid;

fn id(n: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(n))
}

fn name(n: u64) -> EventId {
    EventId::from(Uuid::from_u128(u128::from(n) + 1))
}

fn json(n: u64, size: usize) -> Bytes {
    Bytes::from(format!("{{\"n\":{n},\"pad\":\"{}\"}}", "x".repeat(size)))
}

fn event(n: u64, size: usize) -> Draft {
    Draft {
        event: Some((name(n), json(n, size))),
        fact: None,
    }
}

fn fact(text: &str) -> Draft {
    Draft {
        event: None,
        fact: Some(Bytes::from(text.to_owned())),
    }
}

async fn put(log: &dyn Log, batch: Vec<Draft>) -> Result<u64, LogError> {
    let (mark, first) = log.append(batch)?;
    log.durable(mark).await?;
    Ok(first)
}

fn small_segments(root: &Path) -> Files {
    let options = Options {
        segment_bytes: 4096,
        reserve_least: 1024,
        reserve_most: 1024,
        ..Options::default()
    };
    Files::with(root, Arc::new(RealDisk), options).unwrap()
}

#[tokio::test]
async fn the_suite_for_journals_passes() {
    let dir = tempfile::tempdir().unwrap();
    testkit::conformance::log(&Files::open(dir.path()).unwrap())
        .await
        .unwrap();
    testkit::conformance::log(&small_segments(dir.path()))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_appended_is_read_back_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let log = files.create(id(1)).unwrap();
    assert_eq!(put(&*log, vec![fact("{\"created\":1}")]).await.unwrap(), 0);
    let both = Draft {
        fact: Some(Bytes::from_static(b"{\"used\":1}")),
        ..event(0, 10)
    };
    assert_eq!(put(&*log, vec![both, event(1, 40_000)]).await.unwrap(), 0);
    assert_eq!(put(&*log, vec![event(2, 0)]).await.unwrap(), 2);
    log.close().await.unwrap();
    drop(log);

    let log = files.open(id(1)).unwrap();
    assert_eq!(log.len(), 3);
    let read = log.read(0, 100).unwrap();
    let expected = [json(0, 10), json(1, 40_000), json(2, 0)];
    assert_eq!(
        read.iter().map(|e| &e.json).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    assert_eq!(read.iter().map(|e| e.seq).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(log.find(&name(2)).unwrap(), Some(2));
    assert_eq!(log.find(&name(3)).unwrap(), None);

    let mut records = Vec::new();
    log.replay(&mut |record| {
        records.push((record.event.map(|e| e.seq), record.fact));
        Ok(())
    })
    .unwrap();
    assert_eq!(
        records,
        [
            (None, Some(Bytes::from_static(b"{\"created\":1}"))),
            (Some(0), Some(Bytes::from_static(b"{\"used\":1}"))),
            (Some(1), None),
            (Some(2), None),
        ]
    );
}

#[tokio::test]
async fn segments_roll_and_reads_cross_them() {
    let dir = tempfile::tempdir().unwrap();
    let files = small_segments(dir.path());
    let log = files.create(id(2)).unwrap();
    for n in 0..100 {
        put(&*log, vec![event(n, 300)]).await.unwrap();
    }
    let check = |log: &dyn Log| {
        for from in [0, 1, 7, 50, 98, 99, 100, 1000] {
            for limit in [0, 1, 5, 1000] {
                let read = log.read(from, limit).unwrap();
                let expected: Vec<u64> = (from..100).take(limit).collect();
                assert_eq!(read.iter().map(|e| e.seq).collect::<Vec<_>>(), expected);
                assert!(read.iter().all(|e| e.json == json(e.seq, 300)));
            }
        }
        assert!((0..100).all(|n| log.find(&name(n)).unwrap() == Some(n)));
    };
    check(&*log);
    drop(log);
    let segments = std::fs::read_dir(files.home(id(2)).join("log"))
        .unwrap()
        .count();
    assert!(segments >= 8, "{segments} segments");
    let log = files.open(id(2)).unwrap();
    check(&*log);
    check(&*files.peek(id(2)).unwrap());
    assert_eq!(put(&*log, vec![event(100, 300)]).await.unwrap(), 100);
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let log = files.create(id(3)).unwrap();
    put(&*log, vec![event(0, 1), event(1, 1)]).await.unwrap();
    let twice = log.append(vec![event(2, 1), event(3, 1), event(1, 1)]);
    assert!(matches!(twice, Err(LogError::Duplicate(id)) if id == name(1)));
    let within = log.append(vec![event(4, 1), event(4, 1)]);
    assert!(matches!(within, Err(LogError::Duplicate(id)) if id == name(4)));
    assert_eq!(put(&*log, vec![event(2, 1), event(4, 1)]).await.unwrap(), 2);
    log.close().await.unwrap();
    let log = files.open(id(3)).unwrap();
    assert!(matches!(
        log.append(vec![event(4, 1)]),
        Err(LogError::Duplicate(_))
    ));
    assert_eq!(log.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_misses_nothing_while_the_log_grows() {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let log = files.create(id(4)).unwrap();
    let mut followers = tokio::task::JoinSet::new();
    for step in [1, 7, 1000] {
        let log = Arc::clone(&log);
        followers.spawn(async move {
            let mut seen = Vec::new();
            while seen.len() < 500 {
                let past = seen.len() as u64;
                assert!(log.grown(past).await.unwrap() > past);
                seen.extend(log.read(past, step).unwrap());
            }
            seen
        });
    }
    for n in 0..500 {
        log.append(vec![event(n, 30)]).unwrap();
    }
    while let Some(seen) = followers.join_next().await {
        let expected: Vec<_> = (0..500).map(|n| (n, json(n, 30))).collect();
        let seen: Vec<_> = seen.unwrap().into_iter().map(|e| (e.seq, e.json)).collect();
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn whoever_waits_is_told_of_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let log = files.create(id(14)).unwrap();
    put(&*log, vec![event(0, 1)]).await.unwrap();
    let (grown, closed) = tokio::join!(log.grown(1), log.close());
    closed.unwrap();
    assert!(matches!(grown, Err(LogError::Closed(_))));
    assert!(matches!(
        log.append(vec![event(1, 1)]),
        Err(LogError::Closed(_))
    ));
    assert!(matches!(log.read(0, 1), Err(LogError::Closed(_))));
    assert!(matches!(
        log.durable(Mark(2)).await,
        Err(LogError::Closed(_))
    ));
    log.durable(Mark(1)).await.unwrap();
    log.close().await.unwrap();
}

#[tokio::test]
async fn a_look_does_not_grow_and_does_not_write() {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let log = files.create(id(15)).unwrap();
    put(&*log, vec![event(0, 1)]).await.unwrap();
    let look = files.peek(id(15)).unwrap();
    put(&*log, vec![event(1, 1)]).await.unwrap();
    assert_eq!((look.len(), log.len()), (1, 2));
    assert_eq!(look.grown(0).await.unwrap(), 1);
    assert!(matches!(look.grown(1).await, Err(LogError::Closed(_))));
    assert!(matches!(
        look.append(vec![event(2, 1)]),
        Err(LogError::Closed(_))
    ));
}

#[tokio::test]
async fn a_waiter_of_the_past_does_not_wait() {
    let dir = tempfile::tempdir().unwrap();
    let log = Files::open(dir.path()).unwrap().create(id(5)).unwrap();
    log.durable(Mark(0)).await.unwrap();
    let (nothing, first) = log.append(Vec::new()).unwrap();
    assert_eq!((nothing, first), (Mark(0), 0));
    log.durable(nothing).await.unwrap();
}

#[tokio::test]
async fn one_has_it_and_others_may_look() {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let log = files.create(id(6)).unwrap();
    put(&*log, vec![event(0, 1)]).await.unwrap();
    let other = Files::open(dir.path()).unwrap();
    let Err(LogError::Busy { holder, .. }) = other.open(id(6)) else {
        panic!("two have it")
    };
    assert!(holder.contains(&std::process::id().to_string()), "{holder}");
    assert!(matches!(other.delete(id(6)), Err(LogError::Busy { .. })));
    assert!(matches!(other.create(id(6)), Err(LogError::Exists(_))));
    assert_eq!(other.peek(id(6)).unwrap().len(), 1);
    drop(log);
    let log = other.open(id(6)).unwrap();
    assert_eq!(log.len(), 1);
    drop(log);
    other.delete(id(6)).unwrap();
    assert!(matches!(other.open(id(6)), Err(LogError::NotFound(_))));
    assert!(matches!(other.peek(id(6)), Err(LogError::NotFound(_))));
    assert!(matches!(other.delete(id(6)), Err(LogError::NotFound(_))));
    assert_eq!(directories(dir.path()), 0);
}

/// How many conversations have a directory.
fn directories(root: &Path) -> usize {
    let names = std::fs::read_dir(root.join("conversations")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| !name.to_string_lossy().starts_with('.'))
        .count()
}

#[tokio::test]
async fn a_conversation_exists_once_something_rests_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let empty = files.create(id(7)).unwrap();
    assert!(files.list().unwrap().is_empty());
    drop(empty);
    assert_eq!(
        std::fs::read_dir(dir.path().join("conversations"))
            .unwrap()
            .count(),
        0
    );
    let mut made = Vec::new();
    for n in [9, 8, 10] {
        let log = files.create(id(n)).unwrap();
        put(&*log, vec![fact("{}")]).await.unwrap();
        made.insert(0, id(n));
    }
    let conversations = dir.path().join("conversations");
    std::fs::write(conversations.join("a note"), "").unwrap();
    std::fs::write(conversations.join(id(20).hex()), "").unwrap();
    std::fs::create_dir(conversations.join(id(21).hex())).unwrap();
    assert_eq!(files.list().unwrap(), made);
    assert_eq!(Files::open(dir.path()).unwrap().list().unwrap(), made);
}

#[tokio::test]
async fn dropped_without_closing_everything_appended_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(dir.path()).unwrap();
    let log = files.create(id(11)).unwrap();
    for n in 0..50 {
        log.append(vec![event(n, 100)]).unwrap();
    }
    drop(log);
    assert_eq!(files.open(id(11)).unwrap().len(), 50);
}

#[tokio::test]
async fn only_the_owner_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let files = Files::open(&dir.path().join("new")).unwrap();
    let log = files.create(id(12)).unwrap();
    put(&*log, vec![event(0, 1)]).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let home = files.home(id(12));
    assert_eq!(log.outputs(), home.join("observations"));
    for path in ["", "log", "observations"] {
        assert_eq!(mode(&home.join(path)), 0o700, "{path}");
    }
    for path in ["lock", "log/00000000.seg"] {
        assert_eq!(mode(&home.join(path)), 0o600, "{path}");
    }
}

#[test]
fn inline_writing_needs_no_thread() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        writing: Writing::Inline,
        ..Options::default()
    };
    let files = Files::with(dir.path(), Arc::new(RealDisk), options).unwrap();
    let log = files.create(id(13)).unwrap();
    let (mark, _) = log.append(vec![event(0, 1)]).unwrap();
    assert_eq!(log.len(), 0);
    let mut durable = log.durable(mark);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(matches!(
        durable.as_mut().poll(&mut context),
        std::task::Poll::Ready(Ok(()))
    ));
    assert_eq!(log.len(), 1);
}

/// Appends, closes, drops and opens again while the writers are busy with others.
async fn live(files: Arc<Files>, of: ConversationId, rounds: u64) -> u64 {
    let mut known = 0;
    for round in 0..rounds {
        let log = match round {
            0 => files.create(of).unwrap(),
            _ => files.open(of).unwrap(),
        };
        assert_eq!(log.len(), known);
        let mut mark = Mark(0);
        for n in known..known + 1 + round % 5 {
            mark = log.append(vec![event(n, 200)]).unwrap().0;
        }
        known += 1 + round % 5;
        match round % 4 {
            0 => log.close().await.unwrap(),
            1 => log.durable(mark).await.unwrap(),
            2 => {
                let (durable, closed) = tokio::join!(log.durable(mark), log.close());
                durable.unwrap();
                closed.unwrap();
            }
            _ => {}
        }
    }
    known
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_logs_come_and_go_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let files = Arc::new(small_segments(dir.path()));
    let mut lives = tokio::task::JoinSet::new();
    for n in 0..12 {
        let files = Arc::clone(&files);
        lives.spawn(async move { (id(n), live(files, id(n), 20).await) });
    }
    while let Some(lived) = lives.join_next().await {
        let (id, known) = lived.unwrap();
        let read = files.open(id).unwrap().read(0, usize::MAX).unwrap();
        assert_eq!(read.len() as u64, known);
        assert!(read.iter().all(|entry| entry.json == json(entry.seq, 200)));
    }
}
