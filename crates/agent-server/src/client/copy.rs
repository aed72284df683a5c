//! The events of a conversation elsewhere, as far as they were heard: a log that can be read and followed, not written.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use domain::{Draft, Entry, EventId, Fut, Head, Log, LogError, Mark, Record};
use tokio::sync::watch;

/// What is known of the log of a conversation elsewhere.
pub(super) struct Copy {
    kept: RwLock<Kept>,
    extent: watch::Sender<Extent>,
    outputs: PathBuf,
}

#[derive(Default)]
struct Kept {
    entries: Vec<Entry>,
    places: HashMap<EventId, u64>,
}

#[derive(Clone, Default)]
struct Extent {
    len: u64,
    /// Why it grows no more.
    ended: Option<LogError>,
}

impl Copy {
    /// Of nothing yet. `outputs` is where the server keeps what is too large for an event.
    pub(super) fn new(outputs: PathBuf) -> Self {
        Self {
            kept: RwLock::default(),
            extent: watch::Sender::new(Extent::default()),
            outputs,
        }
    }

    /// Takes in the next event; its name is one that is not there yet.
    pub(super) fn push(&self, json: Bytes) -> Result<(), serde_json::Error> {
        let id = Head::parse(&json)?.id;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let seq = kept.entries.len() as u64;
        kept.entries.push(Entry { seq, json });
        kept.places.insert(id, seq);
        drop(kept);
        self.extent.send_modify(|extent| extent.len = seq + 1);
        Ok(())
    }

    /// No more will come; the first reason stays.
    pub(super) fn end(&self, reason: LogError) {
        self.extent.send_modify(|extent| {
            extent.ended.get_or_insert(reason);
        });
    }

    /// Resolves once no more will come.
    pub(super) async fn over(&self) {
        let mut extent = self.extent.subscribe();
        // The sender lives as long as this borrow of it.
        let _ = extent.wait_for(|extent| extent.ended.is_some()).await;
    }

    /// Whether more may come.
    pub(super) fn goes_on(&self) -> bool {
        self.extent.borrow().ended.is_none()
    }

    /// Resolves once that many events are here.
    pub(super) async fn reach(&self, len: u64) -> Result<(), LogError> {
        match len.checked_sub(1) {
            Some(past) => self.grown(past).await.map(|_| ()),
            None => Ok(()),
        }
    }
}

fn elsewhere() -> LogError {
    LogError::Closed(": it belongs to a server; only that one writes it".to_owned())
}

impl Log for Copy {
    fn append(&self, _: Vec<Draft>) -> Result<(Mark, u64), LogError> {
        Err(elsewhere())
    }

    fn durable(&self, _: Mark) -> Fut<'_, Result<(), LogError>> {
        // Whatever was heard is on the disk of the server.
        Box::pin(async { Ok(()) })
    }

    fn flush(&self) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async { Ok(()) })
    }

    fn len(&self) -> u64 {
        self.extent.borrow().len
    }

    fn grown(&self, past: u64) -> Fut<'_, Result<u64, LogError>> {
        Box::pin(async move {
            let mut extent = self.extent.subscribe();
            let grown = extent
                .wait_for(|extent| extent.len > past || extent.ended.is_some())
                .await;
            let Ok(extent) = grown else {
                return Err(LogError::Closed(String::new()));
            };
            match &extent.ended {
                Some(reason) if extent.len <= past => Err(reason.clone()),
                _ => Ok(extent.len),
            }
        })
    }

    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, LogError> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(kept
            .entries
            .iter()
            .skip(from)
            .take(limit)
            .cloned()
            .collect())
    }

    fn find(&self, id: &EventId) -> Result<Option<u64>, LogError> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.places.get(id).copied())
    }

    fn replay(&self, each: &mut dyn FnMut(Record) -> Result<(), LogError>) -> Result<(), LogError> {
        for entry in self.read(0, usize::MAX)? {
            each(Record {
                event: Some(entry),
                fact: None,
            })?;
        }
        Ok(())
    }

    fn note(&self, _: Mark, _: Bytes) {}

    fn outputs(&self) -> &Path {
        &self.outputs
    }

    fn close(&self) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async move {
            self.end(LogError::Closed(String::new()));
            Ok(())
        })
    }
}
