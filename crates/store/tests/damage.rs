//! Damaged logs: a write that was cut short is cut off, anything else is reported and left as it is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId, Journal, Log, LogError};
use store::{Files, Options, RealDisk, Writing};
use uuid::Uuid;

const ID: ConversationId = ConversationId(Uuid::from_u128(77));

fn files(root: &Path, segment_bytes: u64) -> Files {
    let options = Options {
        segment_bytes,
        reserve_least: 0,
        reserve_most: 0,
        writing: Writing::Inline,
    };
    Files::with(root, Arc::new(RealDisk), options).unwrap()
}

/// Of a length that leaves no padding: every byte of a frame means something.
fn json(n: u64) -> Bytes {
    Bytes::from(format!("{{\"n\":{n},\"pad\":\"{}\"}}", "y".repeat(44)))
}

fn event(n: u64) -> Draft {
    let id = EventId::from(Uuid::from_u128(u128::from(n) + 1));
    Draft {
        event: Some((id, json(n))),
        fact: None,
    }
}

async fn put(log: &dyn Log, batch: Vec<Draft>) {
    let (mark, _) = log.append(batch).unwrap();
    log.durable(mark).await.unwrap();
}

/// A log of `batches` batches of two events; where the batches end.
async fn written(root: &Path, segment_bytes: u64, batches: u64) -> Vec<u64> {
    let files = files(root, segment_bytes);
    let log = files.create(ID).unwrap();
    let mut ends = Vec::new();
    for n in 0..batches {
        put(&*log, vec![event(2 * n), event(2 * n + 1)]).await;
        ends.push(fs::metadata(segment(root, 0)).unwrap().len());
    }
    // What a book of births could write again is no matter here.
    fs::remove_dir_all(root.join("conversations/.births")).unwrap();
    ends
}

fn segment(root: &Path, number: u32) -> PathBuf {
    let log = root.join("conversations").join(ID.hex()).join("log");
    log.join(format!("{number:08}.seg"))
}

fn events(log: &dyn Log) -> Vec<Bytes> {
    let read = log.read(0, usize::MAX).unwrap();
    read.into_iter().map(|entry| entry.json).collect()
}

fn first(count: u64) -> Vec<Bytes> {
    (0..count).map(json).collect()
}

#[tokio::test]
async fn a_batch_that_is_cut_anywhere_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let ends = written(dir.path(), u64::MAX, 3).await;
    let path = segment(dir.path(), 0);
    let whole = fs::read(&path).unwrap();
    let (before, after) = (ends[1] as usize, ends[2] as usize);
    for cut in before..after {
        // Every byte alone; now and then with what a disk may leave behind it.
        let tails = [&b""[..], &[0; 700], &[0xa5; 700]];
        for tail in &tails[..if cut % 8 == 0 { 3 } else { 1 }] {
            let mut torn = whole[..cut].to_vec();
            torn.extend_from_slice(tail);
            fs::write(&path, &torn).unwrap();
            let files = files(dir.path(), u64::MAX);
            assert_eq!(
                events(&*files.peek(ID).unwrap()),
                first(4),
                "peek, cut at {cut}"
            );
            assert_eq!(fs::read(&path).unwrap(), torn, "peek changed something");
            let log = files.open(ID).unwrap();
            assert_eq!(events(&*log), first(4), "cut at {cut}");
            assert_eq!(fs::metadata(&path).unwrap().len() as usize, before);
            if !tail.is_empty() {
                put(&*log, vec![event(4)]).await;
                drop(log);
                assert_eq!(events(&*files.open(ID).unwrap()), first(5), "cut at {cut}");
            }
        }
    }
}

#[tokio::test]
async fn a_changed_byte_before_the_last_group_is_reported_and_nothing_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let ends = written(dir.path(), u64::MAX, 3).await;
    let path = segment(dir.path(), 0);
    let whole = fs::read(&path).unwrap();
    for at in 0..ends[1] as usize {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let files = files(dir.path(), u64::MAX);
        for opened in [files.open(ID), files.peek(ID)] {
            let Err(LogError::Corrupt {
                path: named,
                offset,
                ..
            }) = opened
            else {
                panic!("byte {at} is not missed")
            };
            assert_eq!(Path::new(&named), path);
            assert!(offset as usize <= at, "byte {at} reported at {offset}");
        }
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
}

#[tokio::test]
async fn a_changed_byte_in_the_last_group_is_noticed_if_the_log_was_closed() {
    let dir = tempfile::tempdir().unwrap();
    let ends = written(dir.path(), u64::MAX, 3).await;
    let path = segment(dir.path(), 0);
    let files = files(dir.path(), u64::MAX);
    let unclosed = fs::read(&path).unwrap();
    files.open(ID).unwrap().close().await.unwrap();
    let closed = fs::read(&path).unwrap();
    for at in ends[1] as usize..ends[2] as usize {
        let mut damaged = closed.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        assert!(
            matches!(files.open(ID), Err(LogError::Corrupt { .. })),
            "byte {at}"
        );
        let mut torn = unclosed.clone();
        torn[at] ^= 0x10;
        fs::write(&path, &torn).unwrap();
        assert_eq!(events(&*files.open(ID).unwrap()), first(4), "byte {at}");
    }
}

#[tokio::test]
async fn a_later_part_of_a_torn_write_proves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = segment(dir.path(), 0);
    let files = files(dir.path(), u64::MAX);
    let log = files.create(ID).unwrap();
    put(&*log, vec![event(0)]).await;
    let durable = fs::metadata(&path).unwrap().len() as usize;
    // Three batches in one write.
    for n in 1..4 {
        log.append(vec![event(n)]).unwrap();
    }
    drop(log);
    let whole = fs::read(&path).unwrap();
    let frame = (whole.len() - durable) / 3;
    let mut torn = whole.clone();
    torn[durable + frame..durable + 2 * frame].fill(0);
    fs::write(&path, &torn).unwrap();
    assert_eq!(events(&*files.open(ID).unwrap()), first(2));
    // The same hole, once a later write has vouched for it.
    fs::write(&path, &whole).unwrap();
    put(&*files.open(ID).unwrap(), vec![event(4)]).await;
    let mut damaged = fs::read(&path).unwrap();
    damaged[durable + frame..durable + 2 * frame].fill(0);
    fs::write(&path, &damaged).unwrap();
    let Err(LogError::Corrupt { offset, .. }) = files.open(ID) else {
        panic!("not noticed")
    };
    assert_eq!(offset as usize, durable + frame);
}

#[tokio::test]
async fn damage_in_an_earlier_segment_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 600, 6).await;
    let files = files(dir.path(), 600);
    for number in [0, 1] {
        let path = segment(dir.path(), number);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            let Err(LogError::Corrupt { path: named, .. }) = files.open(ID) else {
                panic!("byte {at} of {number} is not missed")
            };
            assert_eq!(Path::new(&named), path);
        }
        fs::write(&path, &whole[..whole.len() - 8]).unwrap();
        assert!(matches!(files.open(ID), Err(LogError::Corrupt { .. })));
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(events(&*files.open(ID).unwrap()), first(12));
}

#[tokio::test]
async fn a_missing_or_foreign_segment_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 600, 6).await;
    let files = files(dir.path(), 600);
    let path = segment(dir.path(), 1);
    let whole = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let missing = files.open(ID).err().unwrap().to_string();
    assert!(
        missing.contains("00000001.seg") && missing.contains("missing"),
        "{missing}"
    );
    fs::copy(segment(dir.path(), 0), &path).unwrap();
    let foreign = files.open(ID).err().unwrap().to_string();
    assert!(foreign.contains("belongs to another log"), "{foreign}");
    fs::write(&path, "not a log at all").unwrap();
    let nonsense = files.open(ID).err().unwrap().to_string();
    assert!(nonsense.contains("header is damaged"), "{nonsense}");
    assert!(nonsense.contains("--salvage"), "{nonsense}");
    fs::write(&path, whole).unwrap();
    assert_eq!(files.open(ID).unwrap().len(), 12);
}

#[tokio::test]
async fn what_is_readable_before_and_after_damage_is_salvaged() {
    let dir = tempfile::tempdir().unwrap();
    let ends = written(dir.path(), u64::MAX, 4).await;
    let path = segment(dir.path(), 0);
    let mut damaged = fs::read(&path).unwrap();
    let hole = ends[0] as usize + 3;
    damaged[hole] ^= 0x55;
    fs::write(&path, &damaged).unwrap();
    let files = files(dir.path(), u64::MAX);
    assert!(files.open(ID).is_err());
    let salvaged = files.salvage(ID).unwrap();
    let kept: Vec<Bytes> = [0, 1, 3, 4, 5, 6, 7].map(json).to_vec();
    assert_eq!(events(&*salvaged.log), kept);
    let mut replayed = Vec::new();
    salvaged
        .log
        .replay(&mut |record| {
            replayed.extend(record.event.map(|e| (e.seq, e.json)));
            Ok(())
        })
        .unwrap();
    let expected: Vec<_> = (0..).zip(kept).collect();
    assert_eq!(replayed, expected);
    let [damage] = &salvaged.damage[..] else {
        panic!("{:?}", salvaged.damage)
    };
    assert_eq!((Path::new(&damage.path), damage.offset), (&*path, ends[0]));
    assert_eq!(fs::read(&path).unwrap(), damaged);
}

#[tokio::test]
async fn a_log_without_damage_is_salvaged_whole() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 600, 6).await;
    let salvaged = files(dir.path(), 600).salvage(ID).unwrap();
    assert_eq!(events(&*salvaged.log), first(12));
    assert_eq!(salvaged.damage, []);
    let nobody = ConversationId(Uuid::from_u128(1));
    assert!(matches!(
        files(dir.path(), 600).salvage(nobody),
        Err(LogError::NotFound(_))
    ));
}

#[tokio::test]
async fn segments_that_are_gone_do_not_stop_a_salvage() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path(), 600, 6).await;
    let files = files(dir.path(), 600);
    let all = files.peek(ID).unwrap().len();
    fs::remove_file(segment(dir.path(), 1)).unwrap();
    let mut header = fs::read(segment(dir.path(), 0)).unwrap();
    header[..64].fill(0xff);
    fs::write(segment(dir.path(), 0), header).unwrap();
    let salvaged = files.salvage(ID).unwrap();
    assert!(salvaged.log.len() >= 4 && salvaged.log.len() < all);
    assert_eq!(events(&*salvaged.log)[..2], first(2)[..]);
    let lost: Vec<(u64, u64)> = salvaged.damage.iter().map(|d| (d.offset, d.len)).collect();
    assert_eq!(lost, [(0, 64), (0, 0)], "a header, and a file");
}
