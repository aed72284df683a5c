//! What is known of conversations that are not open: read from the notes beside their logs, and kept while those stay.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::{
    Card, CommandError, ConversationId, Glance, Journal, LogError, Past, Reached, Status,
};

use super::memo::{self, Memory};
use crate::task::lock;

/// How many records may have to be folded again before it is worth another note.
const WORTH_A_NOTE: usize = 64;

/// The cards of conversations at rest.
#[derive(Default)]
pub(super) struct Catalogue(Mutex<HashMap<ConversationId, Filed>>);

struct Filed {
    edition: u64,
    card: Arc<Card>,
}

impl Catalogue {
    /// All conversations, those that are open as they are now. Reads the disk.
    pub(super) fn read(
        &self,
        journal: &dyn Journal,
        open: HashMap<ConversationId, Arc<Card>>,
    ) -> Result<Vec<Arc<Card>>, LogError> {
        let mut filed = lock(&self.0);
        let listed = journal.survey()?;
        let mut before = std::mem::take(&mut *filed);
        let mut cards = Vec::with_capacity(listed.len());
        for listed in listed {
            let known = before.remove(&listed.id);
            if let Some(card) = open.get(&listed.id) {
                cards.push(Arc::clone(card));
            } else if let Some(known) = known.filter(|known| known.edition == listed.edition) {
                cards.push(Arc::clone(&known.card));
                filed.insert(listed.id, known);
            } else if let Some(card) = look(journal, listed.id).map(Arc::new) {
                cards.push(Arc::clone(&card));
                // Who runs it elsewhere may be killed, and leaves no word of that.
                if card.status != Status::Running {
                    let edition = listed.edition;
                    filed.insert(listed.id, Filed { edition, card });
                }
            }
        }
        drop(filed);
        cards.sort_unstable_by_key(|card| std::cmp::Reverse((card.created_at, card.id)));
        Ok(cards)
    }

    /// What was known of a conversation may hold no longer.
    pub(super) fn forget(&self, id: ConversationId) {
        lock(&self.0).remove(&id);
    }
}

/// The card of a conversation at rest, whatever state its log is in; nothing if it is gone.
fn look(journal: &dyn Journal, id: ConversationId) -> Option<Card> {
    let (memory, failed) = recall(journal, id);
    if matches!(failed, Some(LogError::NotFound(_))) {
        return None;
    }
    let known = memory.card();
    let fault = match &failed {
        Some(error) => Some(error.to_string()),
        None => known.is_none().then(|| headless().to_string()),
    };
    let mut card = known.unwrap_or_else(|| Card::of_damaged(id, String::new()));
    card.fault = fault;
    card.status = status(journal, id, card.status);
    Some(card)
}

/// A conversation at rest at a glance. Reads the disk.
pub(super) fn glance(journal: &dyn Journal, id: ConversationId) -> Result<Glance, CommandError> {
    let (memory, failed) = recall(journal, id);
    if let Some(error) = failed {
        return Err(error.into());
    }
    let mut glance = memory.glance().ok_or_else(headless)?;
    glance.status = status(journal, id, glance.status);
    Ok(glance)
}

fn headless() -> CommandError {
    CommandError::Invalid(
        "the log does not begin with what the conversation was started with".to_owned(),
    )
}

/// What runs in no process does not run.
fn status(journal: &dyn Journal, id: ConversationId, status: Status) -> Status {
    let elsewhere = status == Status::Running && journal.is_open(id).unwrap_or(false);
    if elsewhere {
        status
    } else {
        memo::at_rest(status)
    }
}

/// Reads the note and what came after it: as far as that is known, and why no further.
fn recall(journal: &dyn Journal, id: ConversationId) -> (Memory, Option<LogError>) {
    let mut memory = Memory::new(id);
    match journal.recall(id, &mut |past| memory.take(past)) {
        Ok(reached) => {
            if memory.since >= WORTH_A_NOTE {
                leave_note(journal, id, &memory, &reached);
            }
            (memory, None)
        }
        Err(_) if memory.misread => whole(journal, id),
        Err(error) => (memory, Some(error)),
    }
}

/// Saves the next one the work, unless somebody is writing there.
fn leave_note(journal: &dyn Journal, id: ConversationId, memory: &Memory, reached: &Reached) {
    if let Some(note) = note(memory)
        && journal.is_open(id).is_ok_and(|open| !open)
        && let Err(error) = journal.note(id, reached, note)
    {
        tracing::debug!(%error, "what was read of a log could not be noted");
    }
}

fn note(memory: &Memory) -> Option<Bytes> {
    memory.glance().as_ref().and_then(memo::write)
}

/// Reads everything, past a note that cannot be used.
fn whole(journal: &dyn Journal, id: ConversationId) -> (Memory, Option<LogError>) {
    let mut memory = Memory::new(id);
    let read = journal
        .peek(id)
        .and_then(|log| log.replay(&mut |record| memory.take(Past::Record(record))));
    (memory, read.err())
}

/// When a conversation last changed, as far as its note says.
pub(super) fn touched(journal: &dyn Journal, id: ConversationId) -> i64 {
    let mut memory = Memory::new(id);
    let enough = || LogError::Closed(String::new());
    // Only the note is wanted, which comes first: what follows is about to be folded anyway.
    let _ = journal.recall(id, &mut |past| match past {
        Past::Note(_) => memory.take(past),
        Past::Record(_) => Err(enough()),
    });
    memory.card().map_or(0, |card| card.updated_at)
}
