//! Crashes, lost and torn and reordered writes, failing syncs and full disks: nothing acknowledged is lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId, Journal, Log, LogError};
use store::Files;
use testkit::disk::{SimDisk, fault_run};
use uuid::Uuid;

const ID: ConversationId = ConversationId(Uuid::from_u128(5));

fn event(n: u64) -> Draft {
    let id = EventId::from(Uuid::from_u128(u128::from(n) + 1));
    Draft {
        event: Some((id, Bytes::from(vec![b'x'; 1000]))),
        fact: None,
    }
}

fn files(disk: &SimDisk) -> Files {
    Files::with_disk(Path::new("/home"), Arc::new(disk.clone())).unwrap()
}

async fn put(log: &dyn Log, n: u64) -> Result<(), LogError> {
    let (mark, _) = log.append(vec![event(n)])?;
    log.durable(mark).await
}

#[test]
fn nothing_acknowledged_is_lost_in_any_crash() {
    let report = fault_run(1, 1500, &|_| {}).unwrap();
    assert!(report.crashes >= 1500);
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing() {
    let disk = SimDisk::new(1);
    let files = files(&disk);
    let log = files.create(ID).unwrap();
    put(&*log, 0).await.unwrap();
    disk.set_room(Some(100_000));
    let mut acknowledged = 1;
    let failure = loop {
        match put(&*log, acknowledged).await {
            Ok(()) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(failure, LogError::Io { .. }), "{failure}");
    let text = failure.to_string();
    assert!(
        text.contains("00000000.seg") && text.contains("Free some space"),
        "{text}"
    );
    assert!(acknowledged > 90, "{acknowledged}");

    let again = log.append(vec![event(1000)]).unwrap_err();
    assert!(
        matches!(&again, LogError::Closed(why) if why.contains(&text)),
        "{again}"
    );
    assert_eq!(log.read(0, usize::MAX).unwrap().len() as u64, acknowledged);
    let followed = log.grown(acknowledged).await.unwrap_err();
    assert_eq!(followed.to_string(), text);
    assert_eq!(log.close().await.unwrap_err().to_string(), text);

    disk.set_room(None);
    let log = files.open(ID).unwrap();
    assert_eq!(
        log.len(),
        acknowledged,
        "the tail that was not acknowledged is cut"
    );
    put(&*log, acknowledged).await.unwrap();
    assert_eq!(log.len(), acknowledged + 1);
}

#[tokio::test]
async fn a_full_disk_leaves_no_half_conversation() {
    let disk = SimDisk::new(1);
    let files = files(&disk);
    disk.set_room(Some(500));
    let log = files.create(ID).unwrap();
    assert!(matches!(put(&*log, 0).await, Err(LogError::Io { .. })));
    assert!(log.close().await.is_err());
    disk.set_room(None);
    assert_eq!(files.list().unwrap(), []);
    assert!(matches!(files.open(ID), Err(LogError::NotFound(_))));
    put(&*files.create(ID).unwrap(), 0).await.unwrap();
}

#[tokio::test]
async fn a_failed_sync_is_never_taken_for_done() {
    for sync in 0..6 {
        let disk = SimDisk::new(sync);
        let log = files(&disk).create(ID).unwrap();
        put(&*log, 0).await.unwrap();
        disk.fail_sync_in(sync);
        let mut acknowledged = 1;
        while put(&*log, acknowledged).await.is_ok() {
            acknowledged += 1;
        }
        assert!(matches!(put(&*log, 99).await, Err(LogError::Closed(_))));
        drop(log);
        assert_eq!(files(&disk).open(ID).unwrap().len(), acknowledged);
        let survivor = disk.cut_power();
        assert_eq!(files(&survivor).open(ID).unwrap().len(), acknowledged);
    }
}

#[tokio::test]
async fn a_read_only_disk_can_be_read_and_says_so_otherwise() {
    let disk = SimDisk::new(1);
    put(&*files(&disk).create(ID).unwrap(), 0).await.unwrap();
    disk.set_read_only(true);
    let files = files(&disk);
    assert_eq!(files.list().unwrap(), [ID]);
    assert_eq!(files.peek(ID).unwrap().len(), 1);
    assert_eq!(files.salvage(ID).unwrap().log.len(), 1);
    let other = ConversationId(Uuid::from_u128(6));
    for refused in [
        files.open(ID).err(),
        files.create(other).err(),
        files.delete(ID).err(),
    ] {
        let text = refused.unwrap().to_string();
        assert!(text.contains("make it writable"), "{text}");
    }
    let nowhere = SimDisk::new(2);
    nowhere.set_read_only(true);
    let refused = Files::with_disk(Path::new("/home"), Arc::new(nowhere))
        .err()
        .unwrap();
    assert!(
        refused.to_string().contains("/home/conversations"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_removal_that_was_cut_short_is_finished() {
    for change in 1..4 {
        let disk = SimDisk::new(change);
        let files = files(&disk);
        put(&*files.create(ID).unwrap(), 0).await.unwrap();
        disk.crash_in(change);
        let removed = files.delete(ID).is_ok();
        let disk = disk.cut_power();
        let files = self::files(&disk);
        match files.open(ID) {
            Ok(log) => assert!(!removed && log.len() == 1),
            Err(error) => {
                assert!(matches!(error, LogError::NotFound(_)), "{error}");
                assert_eq!(files.list().unwrap(), []);
            }
        }
    }
}
