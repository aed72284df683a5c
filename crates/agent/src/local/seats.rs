//! Where the open conversations of a process sit: one seat each, so that nobody waits for the opening of another one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::{CommandError, ConversationId};

use super::Handle;
use crate::task::lock;

/// How many seats there may be before empty ones are looked for.
const ROOM: usize = 64;

/// Where the handle of a conversation is, once it is open; locked while it is opened or closed.
pub(super) type Seat = Arc<tokio::sync::Mutex<Option<Arc<Handle>>>>;

#[derive(Default)]
pub(super) struct Seats(Mutex<Row>);

#[derive(Default)]
struct Row {
    seats: HashMap<ConversationId, Seat>,
    /// At how many seats empty ones are given away.
    full: usize,
    /// Whether nobody may sit down any more.
    closed: bool,
}

impl Seats {
    /// The seat of a conversation, made if there is none; refused once the place closes.
    pub(super) fn of(&self, id: ConversationId) -> Result<Seat, CommandError> {
        let mut row = lock(&self.0);
        if row.closed {
            return Err(CommandError::Closed);
        }
        if row.seats.len() >= row.full.max(ROOM) {
            row.seats
                .retain(|_, seat| Arc::strong_count(seat) > 1 || may_sit(seat));
            row.full = row.seats.len() * 2;
        }
        Ok(Arc::clone(row.seats.entry(id).or_default()))
    }

    /// The seat of a conversation, if there is one.
    pub(super) fn taken(&self, id: ConversationId) -> Option<Seat> {
        lock(&self.0).seats.get(&id).cloned()
    }

    /// Whether a conversation sits there. One that is just being opened or closed does not.
    pub(super) fn is_open(&self, id: ConversationId) -> bool {
        self.taken(id).is_some_and(|seat| sitting(&seat).is_some())
    }

    /// All that sit there now.
    pub(super) fn open(&self) -> Vec<Arc<Handle>> {
        let row = lock(&self.0);
        row.seats.values().filter_map(sitting).collect()
    }

    /// From now on nobody sits down; all seats there are.
    pub(super) fn close(&self) -> Vec<Seat> {
        let mut row = lock(&self.0);
        row.closed = true;
        row.seats.values().cloned().collect()
    }
}

fn may_sit(seat: &Seat) -> bool {
    seat.try_lock().map_or(true, |seat| {
        seat.as_ref().is_some_and(|handle| handle.lives())
    })
}

fn sitting(seat: &Seat) -> Option<Arc<Handle>> {
    let seat = seat.try_lock().ok()?;
    seat.as_ref().filter(|handle| handle.lives()).cloned()
}
