//! Notes on a real disk: stale, torn, ahead of their log or beside a damaged one, they never lie.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId, Journal, Log, LogError, Past};
use store::{Files, Options, RealDisk, Writing};
use testkit::disk::SimDisk;
use uuid::Uuid;

const ID: ConversationId = ConversationId(Uuid::from_u128(91));

fn files(root: &Path) -> Files {
    let options = Options {
        segment_bytes: 1000,
        reserve_least: 512,
        reserve_most: 512,
        writing: Writing::Inline,
    };
    Files::with(root, Arc::new(RealDisk), options).unwrap()
}

fn json(n: u64) -> Bytes {
    Bytes::from(format!("{{\"n\":{n},\"pad\":\"{}\"}}", "x".repeat(60)))
}

fn event(n: u64) -> Draft {
    Draft {
        event: Some((EventId::from(Uuid::from_u128(u128::from(n) + 1)), json(n))),
        fact: None,
    }
}

/// Appends some events, and leaves a note that names how many there are then.
async fn put(log: &dyn Log, numbers: std::ops::Range<u64>) {
    let end = numbers.end;
    let (mark, _) = log.append(numbers.map(event).collect()).unwrap();
    log.note(mark, Bytes::from(end.to_string()));
    log.durable(mark).await.unwrap();
}

/// The number in the note, and the events since.
fn recall(files: &Files) -> Result<(Option<u64>, Vec<u64>), LogError> {
    let (mut noted, mut since) = (None, Vec::new());
    files.recall(ID, &mut |past| {
        match past {
            Past::Note(words) => noted = std::str::from_utf8(&words).unwrap().parse().ok(),
            Past::Record(record) => {
                let entry = record.event.unwrap();
                assert_eq!(entry.json, json(entry.seq));
                since.push(entry.seq);
            }
        }
        Ok(())
    })?;
    Ok((noted, since))
}

fn home(root: &Path) -> PathBuf {
    root.join("conversations").join(ID.hex())
}

#[tokio::test]
async fn notes_hold_across_segments_and_processes_that_were_killed() {
    let dir = tempfile::tempdir().unwrap();
    let files = files(dir.path());
    let log = files.create(ID).unwrap();
    for n in 0..10 {
        put(&*log, n * 3..n * 3 + 3).await;
        assert_eq!(recall(&files).unwrap(), (Some(n * 3 + 3), Vec::new()));
    }
    let (mark, _) = log.append((30..50).map(event).collect()).unwrap();
    log.durable(mark).await.unwrap();
    let expected = (Some(30), (30..50).collect::<Vec<_>>());
    assert_eq!(recall(&files).unwrap(), expected);
    // As a kill leaves it: nothing is sealed, and room is reserved.
    let killed = tempfile::tempdir().unwrap();
    copy(dir.path(), killed.path());
    assert_eq!(recall(&self::files(killed.path())).unwrap(), expected);
    let log = self::files(killed.path()).open(ID).unwrap();
    assert_eq!(log.len(), 50);
    put(&*log, 50..52).await;
    drop(log);
    let after = recall(&self::files(killed.path())).unwrap();
    assert_eq!(after, (Some(52), Vec::new()));
}

#[tokio::test]
async fn a_torn_note_is_none_and_one_ahead_of_its_log_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let files = files(dir.path());
    let log = files.create(ID).unwrap();
    put(&*log, 0..2).await;
    let old = tempfile::tempdir().unwrap();
    copy(dir.path(), old.path());
    put(&*log, 2..9).await;
    log.close().await.unwrap();
    let path = home(dir.path()).join("note");
    let whole = fs::read(&path).unwrap();

    for len in 0..whole.len() {
        fs::write(&path, &whole[..len]).unwrap();
        assert_eq!(recall(&files).unwrap(), (None, (0..9).collect()), "{len}");
    }
    for byte in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[byte] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(recall(&files).unwrap(), (None, (0..9).collect()), "{byte}");
    }
    fs::write(home(old.path()).join("note"), &whole).unwrap();
    let shorter = recall(&self::files(old.path())).unwrap();
    assert_eq!(shorter, (None, vec![0, 1]));
}

#[tokio::test]
async fn damage_behind_the_note_is_told_with_what_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        writing: Writing::Inline,
        ..Options::default()
    };
    let files = Files::with(dir.path(), Arc::new(RealDisk), options).unwrap();
    let log = files.create(ID).unwrap();
    put(&*log, 0..3).await;
    let path = home(dir.path()).join("log/00000000.seg");
    for n in 3..6 {
        let (mark, _) = log.append(vec![event(n)]).unwrap();
        log.durable(mark).await.unwrap();
    }
    log.close().await.unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() - 32 - 140;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let mut known = None;
    let failure = files
        .recall(ID, &mut |past| {
            if let Past::Note(words) = past {
                known = Some(words);
            }
            Ok(())
        })
        .unwrap_err();
    assert!(matches!(failure, LogError::Corrupt { .. }), "{failure}");
    assert_eq!(known.as_deref(), Some(b"3".as_slice()));
    assert_eq!(
        files.survey().unwrap().len(),
        1,
        "it is listed all the same"
    );
}

#[tokio::test]
async fn a_disk_without_room_for_notes_keeps_the_log() {
    let disk = SimDisk::new(3);
    let files = Files::with_disk(Path::new("/home"), Arc::new(disk.clone())).unwrap();
    let log = files.create(ID).unwrap();
    put(&*log, 0..1).await;
    put(&*log, 1..2).await;
    // What is reserved for the log suffices for it; nothing is left for anything else.
    disk.set_room(Some(10));
    put(&*log, 2..3).await;
    put(&*log, 3..4).await;
    assert_eq!(log.len(), 4);
    log.close().await.unwrap();
    disk.set_room(None);
    assert_eq!(files.open(ID).unwrap().len(), 4);
    let (noted, since) = recall(&files).unwrap();
    assert_eq!(noted.unwrap_or(0) + since.len() as u64, 4);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
