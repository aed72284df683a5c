//! Letting go of conversations: of one that nobody needs, of all that rest, of everything before the end.

use std::sync::Arc;
use std::time::Duration;

use domain::{CommandError, Conversation as _, ConversationId, LogError};
use tokio::task::JoinSet;

use super::{Handle, Local};

impl Local {
    /// Lets go of a conversation that nobody needs.
    pub(super) async fn let_go(&self, id: ConversationId) -> Result<(), CommandError> {
        let Some(seat) = self.seats.taken(id) else {
            return Ok(());
        };
        let mut seat = seat.lock().await;
        let Some(handle) = seat.as_ref().filter(|handle| handle.lives()) else {
            return Ok(());
        };
        if let Some(reason) = handle.needed() {
            return Err(CommandError::Conflict(format!(
                "conversation {id} {reason}"
            )));
        }
        let closed = handle.close().await;
        handle.ended().await;
        *seat = None;
        self.reap();
        closed.map_err(CommandError::from)
    }

    /// Lets go of conversations that nobody needs, and nobody asked for since a point in time, in microseconds since
    /// the Unix epoch; says how many.
    pub async fn release_idle(&self, since: i64) -> usize {
        let idle = |handle: &Arc<Handle>| (handle.last_used() < since).then(|| handle.id());
        let open = self.seats.open();
        let idle: Vec<ConversationId> = open.iter().filter_map(idle).collect();
        drop(open);
        let mut released = 0;
        for id in idle {
            match self.let_go(id).await {
                Ok(()) => released += 1,
                Err(CommandError::Conflict(_)) => {}
                Err(error) => tracing::warn!(%id, %error, "an idle conversation closed badly"),
            }
        }
        released
    }

    /// Resolves when all that was recorded in any conversation is on the disk.
    pub(super) async fn flush_all(&self) -> Result<(), CommandError> {
        let mut flushing = JoinSet::new();
        for handle in self.seats.open() {
            flushing.spawn(async move { handle.flush().await });
        }
        let mut outcome = Ok(());
        while let Some(flushed) = flushing.join_next().await {
            outcome = outcome.and(flushed.unwrap_or(Err(CommandError::Closed)));
        }
        outcome
    }

    /// Stops all work, records what was cut off, and closes everything. What is not done by the deadline is cut off
    /// harder: its events are safe, but whatever it works with may still be at it. Nothing can be opened afterwards.
    /// Says what could not be closed properly.
    pub async fn close_all(&self, patience: Duration) -> Vec<(ConversationId, LogError)> {
        let mut closing = JoinSet::new();
        for seat in self.seats.close() {
            closing.spawn(async move {
                // Whoever sits down at this moment was let in before.
                let seat = tokio::time::timeout(patience, seat.lock()).await.ok()?;
                let handle = seat.as_ref().filter(|handle| handle.lives())?;
                let failed = handle.close_within(patience).await.err()?;
                Some((handle.id(), failed))
            });
        }
        let mut failed = Vec::new();
        while let Some(closed) = closing.join_next().await {
            failed.extend(closed.ok().flatten());
        }
        failed
    }
}
