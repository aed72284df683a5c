//! What is noted beside a log, so that a conversation at rest is known without folding its log: two lines of JSON, the
//! card for the catalogue and the rest. Knows no file.

use bytes::Bytes;
use domain::{Card, ConversationId, Glance, LogError, Past, Status};

use crate::task;

/// The note of a conversation.
pub(crate) fn write(glance: &Glance) -> Option<Bytes> {
    let mut note = serde_json::to_vec(&glance.card()).ok()?;
    note.push(b'\n');
    serde_json::to_writer(&mut note, glance).ok()?;
    Some(Bytes::from(note))
}

fn card(note: &[u8]) -> Option<Card> {
    let line = note.split(|byte| *byte == b'\n').next()?;
    serde_json::from_slice(line).ok()
}

fn glance(note: &[u8]) -> Option<Glance> {
    let end = note.iter().position(|byte| *byte == b'\n')?;
    serde_json::from_slice(note.get(end + 1..)?).ok()
}

/// A conversation at rest as far as it is recalled.
pub(super) struct Memory {
    id: ConversationId,
    note: Option<Bytes>,
    /// The fold of what came after the note, or of everything.
    fold: Option<task::Refold>,
    /// How many records came after the note.
    pub since: usize,
    /// Why the note cannot be used.
    pub misread: bool,
}

impl Memory {
    pub(super) fn new(id: ConversationId) -> Self {
        Self {
            id,
            note: None,
            fold: None,
            since: 0,
            misread: false,
        }
    }

    /// Takes in what a journal recalls.
    pub(super) fn take(&mut self, past: Past) -> Result<(), LogError> {
        match past {
            Past::Note(note) => {
                self.misread = card(&note).is_none_or(|card| card.id != self.id);
                self.note = Some(note);
            }
            Past::Record(record) => {
                self.since += 1;
                let noted = self.fold.is_none().then(|| self.noted()).transpose()?;
                self.fold
                    .get_or_insert_with(|| task::Refold::new(noted.flatten()))
                    .take(record)?;
            }
        }
        self.readable()
    }

    fn noted(&mut self) -> Result<Option<Glance>, LogError> {
        let noted = self.note.as_deref().map(glance);
        self.misread = matches!(noted, Some(None));
        self.readable()?;
        Ok(noted.flatten())
    }

    fn readable(&self) -> Result<(), LogError> {
        if self.misread {
            let odd = ": the note beside it is none of this version".to_owned();
            return Err(LogError::Closed(odd));
        }
        Ok(())
    }

    /// As the catalogue has it; nothing if its log does not say what it was started with.
    pub(super) fn card(&self) -> Option<Card> {
        match &self.fold {
            None => self.note.as_deref().and_then(card),
            Some(fold) => fold.glance().map(|glance| glance.card()),
        }
    }

    pub(super) fn glance(&self) -> Option<Glance> {
        match &self.fold {
            None => self.note.as_deref().and_then(glance),
            Some(fold) => fold.glance(),
        }
    }
}

/// What nobody runs any more is not running.
pub(super) fn at_rest(status: Status) -> Status {
    if status == Status::Running {
        Status::Error
    } else {
        status
    }
}
