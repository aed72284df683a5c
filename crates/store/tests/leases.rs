//! Machines that share a directory whose locks do not reach across: one owns a conversation, and who was away for too
//! long writes nothing that counts.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use domain::{Clock, ConversationId, Draft, EventId, Journal, Log, LogError, Stamp};
use store::{Disk, DiskFile, Files, Held, LockError, Options, RealDisk, Terms, Writing};
use uuid::Uuid;

const ID: ConversationId = ConversationId(Uuid::from_u128(31));
const TTL: i64 = 45;

/// A clock that stands still until it is moved, in seconds.
#[derive(Default)]
struct Hands(AtomicI64);

impl Hands {
    fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn stamp(&self) -> Stamp {
        Stamp(String::new())
    }

    fn micros(&self) -> i64 {
        self.0.load(Ordering::SeqCst) * 1_000_000
    }

    fn uuid(&self) -> Uuid {
        Uuid::nil()
    }
}

type Hook = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// The disk as another machine sees it: locks are its own affair. Before the next write, something may happen.
#[derive(Clone, Default)]
struct Shared {
    before_write: Hook,
}

struct Unlocked;

impl Held for Unlocked {}

struct Slow {
    file: Arc<dyn DiskFile>,
    before_write: Hook,
}

impl DiskFile for Slow {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let hook = self.before_write.lock().unwrap().take();
        if let Some(happens) = hook {
            happens();
        }
        self.file.write_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.file.truncate(len)
    }

    fn preallocate(&self, from: u64, to: u64) -> bool {
        self.file.preallocate(from, to)
    }
}

impl Disk for Shared {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.make_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        RealDisk.create(path)
    }

    fn create_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        RealDisk.create_new(path, bytes)
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        let before_write = Arc::clone(&self.before_write);
        let file = RealDisk.open(path)?;
        Ok(Arc::new(Slow { file, before_write }))
    }

    fn open_read(&self, path: &Path) -> io::Result<Arc<dyn DiskFile>> {
        RealDisk.open_read(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_tree(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(path)
    }

    fn made(&self, path: &Path) -> io::Result<SystemTime> {
        RealDisk.made(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_dir(path)
    }

    fn lock(&self, _path: &Path) -> Result<Box<dyn Held>, LockError> {
        Ok(Box::new(Unlocked))
    }
}

fn machine(root: &Path, host: &str, clock: &Arc<Hands>, disk: Arc<dyn Disk>) -> Files {
    machine_for(root, host, clock, disk, TTL.unsigned_abs())
}

fn machine_for(
    root: &Path,
    host: &str,
    clock: &Arc<Hands>,
    disk: Arc<dyn Disk>,
    ttl: u64,
) -> Files {
    let options = Options {
        writing: Writing::Inline,
        ..Options::default()
    };
    let terms = Terms {
        owner: format!("server-on-{host}"),
        host: host.to_owned(),
        ttl: Duration::from_secs(ttl),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
    };
    Files::with(root, disk, options)
        .and_then(|files| files.leased(terms))
        .unwrap()
}

fn event(n: u64) -> Draft {
    let json = Bytes::from(format!("{{\"n\":{n}}}"));
    Draft {
        event: Some((EventId::from(Uuid::from_u128(u128::from(n) + 1)), json)),
        fact: None,
    }
}

async fn put(log: &dyn Log, n: u64) -> Result<(), LogError> {
    let (mark, _) = log.append(vec![event(n)])?;
    log.durable(mark).await
}

fn numbers(log: &dyn Log) -> Vec<String> {
    let entries = log.read(0, usize::MAX).unwrap();
    let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
    entries.iter().map(|entry| text(&entry.json)).collect()
}

fn expected(numbers: &[u64]) -> Vec<String> {
    numbers.iter().map(|n| format!("{{\"n\":{n}}}")).collect()
}

fn is_refused(outcome: Result<Arc<dyn Log>, LogError>, by: &str) {
    match outcome {
        Err(LogError::Busy { holder, .. }) => assert!(holder.contains(by), "{holder}"),
        Ok(_) => panic!("two own it"),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn who_gives_signs_of_life_keeps_what_it_owns() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hands::default()));
    let one = machine(dir.path(), "one", &clock, Arc::new(Shared::default()));
    let two = machine(dir.path(), "two", &clock, Arc::new(Shared::default()));
    let log = one.create(ID).unwrap();
    put(&*log, 0).await.unwrap();
    for _ in 0..10 {
        is_refused(two.open(ID), "one");
        assert!(matches!(two.delete(ID), Err(LogError::Busy { .. })));
        assert!(two.is_open(ID).unwrap());
        clock.pass(TTL / 3);
        one.renew().unwrap();
    }
    put(&*log, 1).await.unwrap();
    log.close().await.unwrap();
    assert!(!two.is_open(ID).unwrap());
    let log = two.open(ID).unwrap();
    put(&*log, 2).await.unwrap();
    is_refused(one.open(ID), "two");
    drop(log);
    assert_eq!(numbers(&*one.open(ID).unwrap()), expected(&[0, 1, 2]));
}

#[tokio::test]
async fn who_was_away_for_too_long_cannot_write_any_more() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hands::default()));
    let one = machine(dir.path(), "one", &clock, Arc::new(Shared::default()));
    let paused = one.create(ID).unwrap();
    put(&*paused, 0).await.unwrap();
    put(&*paused, 1).await.unwrap();
    clock.pass(TTL);
    let two = machine(dir.path(), "two", &clock, Arc::new(Shared::default()));
    let log = two.open(ID).unwrap();
    assert_eq!(numbers(&*log), expected(&[0, 1]));
    put(&*log, 2).await.unwrap();

    one.renew().unwrap();
    let refusal = put(&*paused, 9).await.unwrap_err();
    let text = refusal.to_string();
    assert!(matches!(refusal, LogError::Busy { .. }), "{text}");
    assert!(text.contains("lease") && text.contains("two"), "{text}");
    assert!(put(&*paused, 10).await.is_err());
    assert!(paused.close().await.is_err());
    drop(paused);
    put(&*log, 3).await.unwrap();
    log.close().await.unwrap();
    let log = one.open(ID).unwrap();
    assert_eq!(numbers(&*log), expected(&[0, 1, 2, 3]));
    put(&*log, 4).await.unwrap();
}

#[tokio::test]
async fn who_was_away_and_was_not_missed_goes_on() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hands::default()));
    let one = machine(dir.path(), "one", &clock, Arc::new(Shared::default()));
    let log = one.create(ID).unwrap();
    put(&*log, 0).await.unwrap();
    clock.pass(10 * TTL);
    put(&*log, 1).await.unwrap();
    let two = machine(dir.path(), "two", &clock, Arc::new(Shared::default()));
    is_refused(two.open(ID), "one");
    put(&*log, 2).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(numbers(&*two.open(ID).unwrap()), expected(&[0, 1, 2]));
}

#[tokio::test]
async fn a_write_that_comes_late_is_not_acknowledged_and_not_seen() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hands::default()));
    let disk = Shared::default();
    let one = machine(dir.path(), "one", &clock, Arc::new(disk.clone()));
    let log = one.create(ID).unwrap();
    put(&*log, 0).await.unwrap();
    log.close().await.unwrap();
    let late = one.open(ID).unwrap();

    // Machine one stops in the middle of a write, and goes on when another one has gone on in its place.
    let two = Arc::new(machine(
        dir.path(),
        "two",
        &clock,
        Arc::new(Shared::default()),
    ));
    let (theirs, time) = (Arc::clone(&two), Arc::clone(&clock));
    let meanwhile = move || {
        time.pass(2 * TTL);
        theirs.renew().unwrap();
        let log = theirs.open(ID).unwrap();
        let (mark, _) = log.append(vec![event(1)]).unwrap();
        let mut durable = log.durable(mark);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(durable.as_mut().poll(&mut context).is_ready());
    };
    *disk.before_write.lock().unwrap() = Some(Box::new(meanwhile));
    let refusal = put(&*late, 9).await.unwrap_err();
    assert!(matches!(refusal, LogError::Busy { .. }), "{refusal}");
    drop(late);

    let log = two.open(ID).unwrap();
    assert_eq!(numbers(&*log), expected(&[0, 1]));
    put(&*log, 2).await.unwrap();
    log.close().await.unwrap();
    assert_eq!(numbers(&*two.open(ID).unwrap()), expected(&[0, 1, 2]));
    assert_eq!(numbers(&*two.peek(ID).unwrap()), expected(&[0, 1, 2]));
}

#[tokio::test]
async fn on_one_machine_the_lock_decides_at_once() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hands::default()));
    let one = machine(dir.path(), "here", &clock, Arc::new(RealDisk));
    let log = one.create(ID).unwrap();
    put(&*log, 0).await.unwrap();
    let options = Options::default();
    let other = Files::with(dir.path(), Arc::new(RealDisk), options).unwrap();
    let terms = Terms {
        owner: "another".to_owned(),
        host: "here".to_owned(),
        ttl: Duration::from_secs(TTL.unsigned_abs()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
    };
    let other = other.leased(terms).unwrap();
    is_refused(other.open(ID), &std::process::id().to_string());
    // Gone without a word, as a process that was killed.
    drop(log);
    let log = other.open(ID).unwrap();
    put(&*log, 1).await.unwrap();
    assert_eq!(numbers(&*log), expected(&[0, 1]));
}

#[tokio::test]
async fn without_a_time_there_are_no_leases() {
    let (dir, clock) = (tempfile::tempdir().unwrap(), Arc::new(Hands::default()));
    let files = machine_for(dir.path(), "one", &clock, Arc::new(RealDisk), 0);
    let log = files.create(ID).unwrap();
    put(&*log, 0).await.unwrap();
    clock.pass(10 * TTL);
    put(&*log, 1).await.unwrap();
    log.close().await.unwrap();
    assert!(!dir.path().join("conversations/.owners").exists());
    let names = RealDisk.list(&files.home(ID)).unwrap();
    assert!(
        !names.iter().any(|name| name.contains("lease")),
        "{names:?}"
    );
}
