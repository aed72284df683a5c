//! Conversations that are made, changed and removed while power fails: what was acknowledged is there, whole, and what
//! was removed stays away.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId, Fut, Journal, Log, LogError};
use store::{Files, Options, Writing};
use testkit::disk::SimDisk;
use uuid::Uuid;

const ROOT: &str = "/home";

/// A small generator: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n
    }
}

fn now<T>(mut future: Fut<'_, T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nobody else writes here"),
    }
}

fn files(disk: &SimDisk) -> Result<Files, LogError> {
    let options = Options {
        segment_bytes: 900,
        reserve_least: 300,
        reserve_most: 300,
        writing: Writing::Inline,
    };
    Files::with(Path::new(ROOT), Arc::new(disk.clone()), options)
}

fn event(name: u64) -> Draft {
    Draft {
        event: Some((
            EventId::from(Uuid::from_u128(u128::from(name))),
            Bytes::from(format!("{name:0120}")),
        )),
        fact: None,
    }
}

/// What is known of one conversation.
#[derive(Default)]
struct Life {
    /// The events that were written, of which so many are acknowledged.
    events: Vec<u64>,
    acknowledged: usize,
    /// Whether its removal was asked for, and whether it was acknowledged.
    doomed: bool,
    removed: bool,
}

struct Story {
    dice: Dice,
    disk: SimDisk,
    lives: BTreeMap<u64, Life>,
    names: u64,
}

impl Story {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            disk: SimDisk::new(seed),
            lives: BTreeMap::new(),
            names: 0,
        }
    }

    fn round(&mut self) {
        self.disk.crash_in(5 + self.dice.below(120));
        if self.dice.below(4) == 0 {
            self.disk.fail_sync_in(self.dice.below(40));
        }
        if self.dice.below(5) == 0 {
            self.disk.set_room(Some(self.dice.below(4000)));
        }
        while !self.disk.is_dead() {
            if let Ok(files) = files(&self.disk) {
                for _ in 0..1 + self.dice.below(12) {
                    self.act(&files);
                }
            }
            self.disk.set_room(None);
        }
        self.disk = if self.dice.below(4) == 0 {
            self.disk.kill()
        } else {
            self.disk.cut_power()
        };
    }

    fn act(&mut self, files: &Files) {
        match self.dice.below(10) {
            0..4 => self.create(files),
            4..8 => self.grow(files),
            _ => self.remove(files),
        }
    }

    fn create(&mut self, files: &Files) {
        let id = self.lives.len() as u64 + 1;
        self.lives.insert(id, Life::default());
        if let Ok(log) = files.create(name(id)) {
            self.write(id, &*log);
        }
    }

    fn grow(&mut self, files: &Files) {
        let known = self.lives.len() as u64;
        if known == 0 {
            return;
        }
        let id = 1 + self.dice.below(known);
        if let Ok(log) = files.open(name(id)) {
            self.check(id, &*log);
            self.write(id, &*log);
        }
    }

    fn remove(&mut self, files: &Files) {
        let known = self.lives.len() as u64;
        if known == 0 {
            return;
        }
        let id = 1 + self.dice.below(known);
        let removed = files.delete(name(id)).is_ok();
        if let Some(life) = self.lives.get_mut(&id) {
            life.doomed = true;
            life.removed |= removed;
        }
    }

    fn write(&mut self, id: u64, log: &dyn Log) {
        for _ in 0..self.dice.below(4) {
            self.names += 1;
            let Ok((mark, _)) = log.append(vec![event(self.names)]) else {
                return;
            };
            let life = self.lives.get_mut(&id).unwrap();
            life.events.push(self.names);
            if now(log.durable(mark)).is_ok() {
                life.acknowledged = life.events.len();
            }
        }
        if self.dice.below(2) == 0 && now(log.close()).is_ok() {
            let life = self.lives.get_mut(&id).unwrap();
            life.acknowledged = life.events.len();
        }
    }

    /// What is there is what was written, and all of what was acknowledged.
    fn check(&mut self, id: u64, log: &dyn Log) {
        let life = self.lives.get_mut(&id).unwrap();
        assert!(!life.removed, "{id} came back");
        let read = log.read(0, usize::MAX).unwrap();
        assert!(
            read.len() >= life.acknowledged || life.doomed,
            "{id}: {} of {} acknowledged",
            read.len(),
            life.acknowledged
        );
        for (entry, name) in read.iter().zip(&life.events) {
            assert_eq!(entry.json, format!("{name:0120}"), "{id}");
        }
        life.events.truncate(read.len());
        life.acknowledged = life.events.len();
    }

    fn check_all(&mut self) {
        let files = files(&self.disk).unwrap();
        for id in 1..=self.lives.len() as u64 {
            match files.open(name(id)) {
                Ok(log) => self.check(id, &*log),
                Err(LogError::NotFound(_)) => {
                    let life = self.lives.get_mut(&id).unwrap();
                    assert!(life.acknowledged == 0 || life.doomed, "{id} is lost");
                    life.events.clear();
                }
                Err(error) => panic!("{id}: {error}"),
            }
        }
        let listed = files.list().unwrap();
        for (id, life) in &self.lives {
            let there = listed.contains(&name(*id));
            assert!(there || life.acknowledged == 0 || life.doomed, "{id}");
            assert!(!there || !life.removed, "{id} is listed again");
        }
    }
}

fn name(id: u64) -> ConversationId {
    ConversationId(Uuid::from_u128(u128::from(id)))
}

#[test]
fn what_was_made_is_there_and_what_was_removed_is_not_after_any_crash() {
    let seeds = std::env::var("BIRTHS_SEEDS").map_or(150, |seeds| seeds.parse().unwrap());
    for seed in 1..=seeds {
        let told = std::panic::catch_unwind(|| {
            let mut story = Story::new(seed);
            for _ in 0..6 {
                story.round();
                story.check_all();
            }
        });
        assert!(told.is_ok(), "in the story of seed {seed}");
    }
}

#[test]
fn a_birth_outlives_its_file() {
    let disk = SimDisk::new(9);
    let first = files(&disk).unwrap();
    for id in 1..=20 {
        let log = first.create(name(id)).unwrap();
        let (mark, _) = log.append(vec![event(id)]).unwrap();
        now(log.durable(mark)).unwrap();
    }
    let before = disk.changes();
    let log = first.create(name(21)).unwrap();
    let (mark, _) = log.append(vec![event(21)]).unwrap();
    now(log.durable(mark)).unwrap();
    let changes = disk.changes() - before;
    assert!(changes <= 8, "{changes} changes and syncs for one birth");
    let disk = disk.cut_power();
    let files = files(&disk).unwrap();
    for id in 1..=21 {
        let log = files.open(name(id)).unwrap();
        assert_eq!(log.read(0, 9).unwrap()[0].json, format!("{id:0120}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn births_share_their_syncs_and_full_books_are_put_away() {
    let dir = tempfile::tempdir().unwrap();
    let files = Arc::new(Files::open(dir.path()).unwrap());
    let mut births = tokio::task::JoinSet::new();
    for worker in 0..8_u64 {
        let files = Arc::clone(&files);
        births.spawn(async move {
            for n in 0..20 {
                let log = files.create(name(worker * 100 + n + 1)).unwrap();
                let large = Draft {
                    event: None,
                    fact: Some(Bytes::from(vec![b'x'; 60_000])),
                };
                let (mark, _) = log.append(vec![large]).unwrap();
                log.durable(mark).await.unwrap();
            }
        });
    }
    while let Some(worker) = births.join_next().await {
        worker.unwrap();
    }
    assert_eq!(files.list().unwrap().len(), 160);
    drop(files);
    let files = Files::open(dir.path()).unwrap();
    assert_eq!(files.list().unwrap().len(), 160);
    assert!(files.open(name(1)).unwrap().is_empty());
}

/// How many books lie in a place.
fn books(root: &Path) -> usize {
    let names = std::fs::read_dir(root.join("conversations/.births")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name());
    names
        .filter(|name| name.to_string_lossy().ends_with(".book"))
        .count()
}

async fn born(files: &Files, id: u64) -> Arc<dyn Log> {
    let log = files.create(name(id)).unwrap();
    let (mark, _) = log.append(vec![event(id)]).unwrap();
    log.durable(mark).await.unwrap();
    log
}

#[tokio::test]
async fn several_use_one_place_and_leave_no_book_that_nobody_needs() {
    let dir = tempfile::tempdir().unwrap();
    let one = Files::open(dir.path()).unwrap();
    let two = Files::open(dir.path()).unwrap();
    born(&one, 1).await.close().await.unwrap();
    born(&one, 2).await.close().await.unwrap();
    // Whoever is second makes conversations durable one by one, and removes those of the first all the same.
    born(&two, 3).await.close().await.unwrap();
    assert_eq!(books(dir.path()), 1);
    two.delete(name(1)).unwrap();
    assert_eq!(books(dir.path()), 2);
    drop(two);
    born(&one, 4).await.close().await.unwrap();
    born(&one, 1).await.close().await.unwrap();
    one.delete(name(2)).unwrap();
    drop(one);
    // The last writer puts the book away, and it may still be at work.
    for _ in 0..500 {
        if books(dir.path()) == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(books(dir.path()), 0);
    let files = Files::open(dir.path()).unwrap();
    let mut listed = files.list().unwrap();
    listed.sort_unstable();
    assert_eq!(listed, [name(1), name(3), name(4)]);
    let log = files.open(name(1)).unwrap();
    assert_eq!(log.read(0, 9).unwrap()[0].json, format!("{:0120}", 1));
}
