//! The inward port to durable bytes: one append-only log a conversation. Knows no file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::Fut;
use crate::event::Event;
use crate::id::{ConversationId, EventId};

/// An event at its place in the log, with the bytes every reader shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place, from 0 without holes.
    pub seq: u64,
    /// Its JSON.
    pub json: Bytes,
}

impl Entry {
    /// The typed event.
    pub fn event(&self) -> Result<Event, serde_json::Error> {
        Event::parse(&self.json)
    }
}

/// Something to append: an event, a fact that only this engine reads, or an event with a fact on its envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The event's name and JSON.
    pub event: Option<(EventId, Bytes)>,
    /// The fact's JSON.
    pub fact: Option<Bytes>,
}

/// A record as it is read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The event, if the record holds one.
    pub event: Option<Entry>,
    /// The fact, if the record holds one.
    pub fact: Option<Bytes>,
}

/// What is read of a log that is not opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Past {
    /// The note that was left beside it: it stands for all records before the next one.
    Note(Bytes),
    /// A record.
    Record(Record),
}

/// How far a reading went, for the journal that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached(pub Bytes);

/// A log in the list of all logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Whose.
    pub id: ConversationId,
    /// Another number whenever the note beside it is another one; 0 without a note.
    pub edition: u64,
}

/// A point in the log, to wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub u64);

/// One conversation's log. Readers see only what is durable.
pub trait Log: Send + Sync {
    /// Fixes the order of a batch and starts writing it; all of it or nothing survives a crash. Never waits for the disk.
    ///
    /// Returns the point at which the batch is durable, and the sequence number of its first event.
    fn append(&self, batch: Vec<Draft>) -> Result<(Mark, u64), LogError>;

    /// Resolves when everything up to the mark is durable.
    fn durable(&self, mark: Mark) -> Fut<'_, Result<(), LogError>>;

    /// Resolves when everything appended so far is durable; fails at once if something of it never will be.
    fn flush(&self) -> Fut<'_, Result<(), LogError>>;

    /// How many durable events there are.
    fn len(&self) -> u64;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Resolves with the new length once there are more than `past` durable events; fails when the log is closed.
    fn grown(&self, past: u64) -> Fut<'_, Result<u64, LogError>>;

    /// At most `limit` durable events from `from` on, in order.
    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, LogError>;

    /// The place of an event.
    fn find(&self, id: &EventId) -> Result<Option<u64>, LogError>;

    /// Every durable record from the first on, facts included, in order.
    fn replay(&self, each: &mut dyn FnMut(Record) -> Result<(), LogError>) -> Result<(), LogError>;

    /// Leaves a note beside the log that sums up all records up to the mark, for whoever reads it without opening it.
    ///
    /// Written soon, as far as the disk allows; one that more records overtake before it is written is dropped.
    fn note(&self, upto: Mark, note: Bytes);

    /// Where outputs too large for an event are put, once each.
    fn outputs(&self) -> &Path;

    /// Writes what is left and lets go of the log; later calls fail.
    fn close(&self) -> Fut<'_, Result<(), LogError>>;
}

/// All conversations of one place.
pub trait Journal: Send + Sync {
    /// Makes an empty log. Fails if there is one.
    fn create(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError>;

    /// Opens a log for writing, repairing a torn tail. Fails if another process has it.
    fn open(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError>;

    /// Opens a log only to read it, whoever has it.
    fn peek(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError>;

    /// Reads what is durable of a log without opening it, whoever has it: the note beside it, if one holds, then every
    /// record since. Says how far that went.
    fn recall(
        &self,
        id: ConversationId,
        each: &mut dyn FnMut(Past) -> Result<(), LogError>,
    ) -> Result<Reached, LogError>;

    /// Leaves a note beside a log that was read without opening it: it sums up everything up to that place.
    fn note(&self, id: ConversationId, upto: &Reached, note: Bytes) -> Result<(), LogError>;

    /// All conversations there are with their notes' editions, in no order.
    fn survey(&self) -> Result<Vec<Listed>, LogError>;

    /// Whether some process has it open.
    fn is_open(&self, id: ConversationId) -> Result<bool, LogError>;

    /// All conversations there are, newest first.
    fn list(&self) -> Result<Vec<ConversationId>, LogError>;

    /// The directory of a conversation, for what belongs to it beside its log; nothing if there are no directories.
    fn place(&self, id: ConversationId) -> Option<PathBuf>;

    /// Removes a conversation whole. Fails if another process has it.
    fn delete(&self, id: ConversationId) -> Result<(), LogError>;
}

/// Why a log refused; variants are what the caller can do about it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LogError {
    /// There is no such conversation.
    #[error("there is no conversation {0}; `openhands conversations list` shows those there are")]
    NotFound(ConversationId),
    /// There is one already.
    #[error("conversation {0} exists already")]
    Exists(ConversationId),
    /// Another process has it open.
    #[error(
        "conversation {id} is in use by {holder}; stop that one first, or start a new conversation"
    )]
    Busy {
        /// Which.
        id: ConversationId,
        /// Who, as far as known.
        holder: String,
    },
    /// An event of that name is in the log already.
    #[error("event {0} is in the log already")]
    Duplicate(EventId),
    /// Something before the tail does not match its checksum.
    #[error(
        "{path} is damaged at byte {offset}: {detail}; nothing was changed. Restore the file from a backup, or save what can be read with `openhands conversations export --salvage`"
    )]
    Corrupt {
        /// The file.
        path: String,
        /// Where.
        offset: u64,
        /// How.
        detail: String,
    },
    /// The disk refused.
    #[error("cannot {action} {path}: {source}{}", advice(.source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: String,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// The log was closed, or failed earlier.
    #[error("the log is closed{0}")]
    Closed(String),
}

fn advice(source: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    let kind = source.kind();
    if matches!(kind, Kind::StorageFull | Kind::QuotaExceeded) {
        "; everything acknowledged so far is safe. Free some space and try again"
    } else if matches!(kind, Kind::PermissionDenied | Kind::ReadOnlyFilesystem) {
        "; make it writable, or choose another place with OPENHANDS_HOME"
    } else {
        ""
    }
}
