//! One log's bytes, and how far they are durable. Knows no reader and no writer.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use domain::{ConversationId, Draft, Entry, EventId, LogError, Mark, Record};
use tokio::sync::watch;

use super::{Crash, Fate, Weather};

/// A log as it rests between its handles.
#[derive(Debug)]
pub(super) struct Shelf {
    pub id: ConversationId,
    pub outputs: PathBuf,
    pub weather: Arc<Weather>,
    content: Mutex<Content>,
    changed: watch::Sender<()>,
}

/// What a shelf holds.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub records: Vec<Record>,
    pub entries: Vec<Entry>,
    pub places: HashMap<EventId, u64>,
    pub durable: u64,
    pub appended: u64,
    pub next_seq: u64,
    pub writer: bool,
    pub failed: Option<LogError>,
    /// How many records the note sums up, and the note.
    pub note: Option<(u64, Bytes)>,
    /// How often there was another note.
    pub edition: u64,
    to_note: Option<(u64, Bytes)>,
    names: HashSet<EventId>,
    waiting: VecDeque<Vec<Draft>>,
}

pub(super) fn machine_down() -> LogError {
    LogError::Closed(": the machine went down".to_owned())
}

impl Shelf {
    pub fn new(id: ConversationId, outputs: PathBuf, weather: Arc<Weather>) -> Self {
        Self {
            id,
            outputs,
            weather,
            content: Mutex::default(),
            changed: watch::Sender::new(()),
        }
    }

    pub fn with<T>(&self, f: impl FnOnce(&mut Content) -> T) -> T {
        f(&mut self.content.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn waiting(&self) -> usize {
        self.with(|content| content.waiting.len())
    }

    pub fn refuse_if_busy(&self) -> Result<(), LogError> {
        if self.with(|content| content.writer) {
            return Err(LogError::Busy {
                id: self.id,
                holder: "this process".to_owned(),
            });
        }
        Ok(())
    }

    /// Leaves a note once everything up to the mark is durable.
    pub fn note(&self, upto: Mark, note: Bytes) {
        self.with(|content| {
            content.to_note = Some((upto.0, note));
            content.write_note();
        });
    }

    /// Leaves a note that sums up so many records, if there are no more.
    pub fn note_at(&self, records: u64, note: Bytes) {
        self.with(|content| {
            if content.records.len() as u64 == records {
                content.note = Some((records, note));
                content.edition += 1;
            }
        });
    }

    pub fn append(&self, batch: Vec<Draft>) -> Result<(Mark, u64), LogError> {
        let (mark, first) = self.with(|content| content.queue(batch))?;
        self.write_next(false);
        if self.weather.is_down() {
            return Err(machine_down());
        }
        Ok((mark, first))
    }

    /// Writes the oldest batch that waits, as the weather has it; tells whether it wrote.
    pub fn write_next(&self, forced: bool) -> bool {
        if self.weather.is_down() {
            return false;
        }
        let (wrote, down) = self.with(|content| {
            if content.waiting.is_empty() {
                return (false, false);
            }
            match self.weather.next(forced) {
                Fate::Waits => (false, false),
                Fate::Written => (content.settle(), false),
                Fate::Fails(kind) => {
                    content.fail(self.id, kind);
                    (false, false)
                }
                Fate::Crashes(crash) => {
                    if crash == Crash::Unacknowledged {
                        content.settle();
                    }
                    (false, true)
                }
            }
        });
        if down {
            self.weather.down.send_replace(true);
        }
        self.notify();
        wrote
    }

    /// Drops what is not durable, and the hold of a writer.
    pub fn forget(&self) {
        self.with(|content| {
            content.forget_waiting();
            content.writer = false;
            content.failed = None;
        });
        self.notify();
    }

    pub fn notify(&self) {
        self.changed.send_replace(());
    }

    /// Resolves once the content gives an answer; asks again whenever it or the machine changed.
    pub async fn until<T>(&self, mut ask: impl FnMut(&Content) -> Option<T> + Send) -> T {
        let mut changed = self.changed.subscribe();
        let mut down = self.weather.down.subscribe();
        loop {
            if let Some(answer) = self.with(|content| ask(content)) {
                return answer;
            }
            // The senders live in `self`, so neither can fail.
            tokio::select! {
                _ = changed.changed() => {}
                _ = down.changed() => {}
            }
        }
    }
}

impl Content {
    fn queue(&mut self, batch: Vec<Draft>) -> Result<(Mark, u64), LogError> {
        if let Some(failed) = &self.failed {
            return Err(LogError::Closed(format!(" after a failure: {failed}")));
        }
        let mut fresh = HashSet::new();
        for (id, _) in batch.iter().filter_map(|draft| draft.event.as_ref()) {
            if self.names.contains(id) || !fresh.insert(id.clone()) {
                return Err(LogError::Duplicate(id.clone()));
            }
        }
        let first = self.next_seq;
        if !batch.is_empty() {
            self.next_seq += fresh.len() as u64;
            self.names.extend(fresh);
            self.appended += 1;
            self.waiting.push_back(batch);
        }
        Ok((Mark(self.appended), first))
    }

    fn settle(&mut self) -> bool {
        let Some(batch) = self.waiting.pop_front() else {
            return false;
        };
        for draft in batch {
            let event = draft.event.map(|(id, json)| {
                let seq = self.entries.len() as u64;
                let entry = Entry { seq, json };
                self.entries.push(entry.clone());
                self.places.insert(id, seq);
                entry
            });
            let fact = draft.fact;
            self.records.push(Record { event, fact });
        }
        self.durable += 1;
        self.write_note();
        true
    }

    fn write_note(&mut self) {
        if self
            .to_note
            .as_ref()
            .is_some_and(|(upto, _)| *upto <= self.durable)
            && let Some((upto, note)) = self.to_note.take()
            && upto == self.durable
        {
            self.note = Some((self.records.len() as u64, note));
            self.edition += 1;
        }
    }

    fn fail(&mut self, id: ConversationId, kind: io::ErrorKind) {
        self.forget_waiting();
        self.failed = Some(LogError::Io {
            action: "write",
            path: format!("memory:{id}"),
            source: Arc::new(kind.into()),
        });
    }

    fn forget_waiting(&mut self) {
        self.waiting.clear();
        self.appended = self.durable;
        self.next_seq = self.entries.len() as u64;
        self.names = self.places.keys().cloned().collect();
    }
}
