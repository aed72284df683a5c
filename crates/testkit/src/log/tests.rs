//! What the memory journal does in bad weather; good weather is the conformance suite's.

use std::io::ErrorKind;

use super::*;
use domain::{Draft, EventId};
use tokio::task::JoinSet;
use uuid::Uuid;

fn event(id: &str) -> Draft {
    Draft {
        event: Some((EventId::new(id), format!("{{\"id\":\"{id}\"}}").into())),
        fact: None,
    }
}

const ID: ConversationId = ConversationId(Uuid::nil());

#[tokio::test]
async fn held_batches_are_not_durable_until_released() {
    let memory = Memory::new();
    let log = memory.create(ID).unwrap();
    memory.hold();
    let (first, _) = log.append(vec![event("a"), event("b")]).unwrap();
    let (second, seq) = log.append(vec![event("c")]).unwrap();
    assert_eq!((log.len(), seq, memory.held()), (0, 2, 2));
    memory.release_one();
    log.durable(first).await.unwrap();
    assert_eq!((log.len(), memory.held()), (2, 1));
    memory.release();
    log.durable(second).await.unwrap();
    assert_eq!(log.len(), 3);
}

#[tokio::test]
async fn closing_waits_for_what_is_held() {
    let memory = Memory::new();
    let log = memory.create(ID).unwrap();
    memory.hold();
    log.append(vec![event("a")]).unwrap();
    let mut tasks = JoinSet::new();
    let closing = Arc::clone(&log);
    tasks.spawn(async move { closing.close().await });
    memory.release();
    tasks.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(memory.open(ID).unwrap().len(), 1);
}

#[tokio::test]
async fn a_full_disk_fails_the_log_and_keeps_what_was_durable() {
    let memory = Memory::new();
    let log = memory.create(ID).unwrap();
    log.append(vec![event("a")]).unwrap();
    memory.fail_next(ErrorKind::StorageFull);
    let (mark, _) = log.append(vec![event("b")]).unwrap();
    let error = log.durable(mark).await.unwrap_err();
    assert!(error.to_string().contains("Free some space"), "{error}");
    assert!(matches!(
        log.append(vec![event("c")]),
        Err(LogError::Closed(_))
    ));
    assert_eq!(log.read(0, 9).unwrap().len(), 1);
    drop(log);
    let again = memory.open(ID).unwrap();
    assert_eq!(again.append(vec![event("b")]).unwrap().1, 1);
}

#[tokio::test]
async fn a_crash_drops_what_is_not_durable_and_every_handle() {
    let memory = Memory::new();
    let log = memory.create(ID).unwrap();
    log.append(vec![event("a")]).unwrap();
    memory.hold();
    let (mark, _) = log.append(vec![event("b")]).unwrap();
    memory.crash();
    memory.crashed().await;
    assert!(log.durable(mark).await.is_err());
    assert!(log.read(0, 1).is_err() && memory.open(ID).is_err());
    memory.restart();
    let again = memory.open(ID).unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(again.append(vec![event("b")]).unwrap().1, 1);
    assert!(log.append(vec![event("c")]).is_err());
}

#[tokio::test]
async fn a_crash_point_loses_its_batch_or_only_the_news_of_it() {
    for (crash, left) in [(Crash::Lost, 1), (Crash::Unacknowledged, 2)] {
        let memory = Memory::new();
        memory.crash_at(2, crash);
        let log = memory.create(ID).unwrap();
        let (mark, _) = log.append(vec![event("a")]).unwrap();
        log.durable(mark).await.unwrap();
        assert!(log.append(vec![event("b"), event("c")]).is_err());
        memory.crashed().await;
        memory.restart();
        let len = memory.open(ID).unwrap().len();
        assert_eq!(len, if left == 1 { 1 } else { 3 }, "{crash:?}");
    }
}
