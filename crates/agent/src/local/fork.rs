//! A copy of a conversation up to an event, or of everything: a log of its own, a cache in common.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    Body, CommandError, Conversation as _, ConversationId, Draft, Event, EventId, Fact, Log,
    Origination, Source, Start, StateUpdate, Status,
};

use super::{Handle, Local, blocking};
use crate::state::State;
use crate::task;

/// How many events are copied in one batch.
const BATCH: usize = 1_024;

impl Local {
    /// Copies a conversation, which goes on undisturbed.
    pub(crate) async fn fork_from(
        &self,
        from: ConversationId,
        at: Option<EventId>,
        to: ConversationId,
    ) -> Result<Arc<Handle>, CommandError> {
        let living = self.living(from).await;
        let journal = Arc::clone(&self.ports.journal);
        let (source, state) = blocking(move || {
            let log = match living {
                Some(handle) => handle.log(),
                None => journal.peek(from)?,
            };
            let state = task::load(&*log)?;
            Ok::<_, CommandError>((log, state))
        })
        .await?;
        let start = self.origin(&state, from, at.as_ref(), to);
        let places = places(&state, at.as_ref())?;
        let journal = Arc::clone(&self.ports.journal);
        let created = Fact::Created {
            start: Box::new(task::sealed(&start, &*self.ports.vault)),
        };
        let last = at.or_else(|| state.leaf().cloned());
        let idle = self.idle(last.clone());
        let target = blocking(move || journal.create(to)).await?;
        let log = Arc::clone(&target);
        let copied = blocking(move || {
            copy(&*source, &*log, &places, &created)?;
            let head = Draft {
                event: None,
                fact: Some(Fact::Head { event: last }.to_json()),
            };
            log.append(vec![head, idle]).map_err(CommandError::from)
        })
        .await;
        let written = match copied {
            Ok(_) => target.close().await.map_err(CommandError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            self.clear_away(to, target).await;
            return Err(error);
        }
        drop(target);
        self.take_up(to).await
    }

    /// A copy does nothing yet, whatever its original was doing.
    fn idle(&self, leaf: Option<EventId>) -> Draft {
        let update = StateUpdate {
            key: "execution_status".to_owned(),
            value: Status::Idle.as_str().into(),
        };
        let event = Event {
            id: EventId::from(self.ports.clock.uuid()),
            timestamp: self.ports.clock.stamp(),
            source: Source::Environment,
            parent_id: leaf,
            body: Body::StateUpdate(update),
        };
        Draft {
            event: Some((event.id.clone(), event.to_json())),
            fact: None,
        }
    }

    fn origin(
        &self,
        state: &State,
        from: ConversationId,
        at: Option<&EventId>,
        to: ConversationId,
    ) -> Start {
        let mut start = task::opened(&state.start, &*self.ports.vault);
        let cache_key = start
            .forked_from
            .as_ref()
            .and_then(|o| o.cache_key.clone())
            .unwrap_or_else(|| from.to_string());
        start.id = to;
        start.created_at = self.ports.clock.micros();
        start.forked_from = Some(Origination {
            conversation: from,
            event: at.cloned(),
            cache_key: Some(cache_key),
        });
        start
    }
}

/// What is copied: the way to an event, or everything.
fn places(state: &State, at: Option<&EventId>) -> Result<Vec<u64>, CommandError> {
    match at {
        None => Ok((0..state.len()).collect()),
        Some(id) => state.tree.path_to(id).ok_or_else(|| {
            CommandError::NotFound(format!("there is no event {id} in this conversation"))
        }),
    }
}

fn copy(
    source: &dyn Log,
    target: &dyn Log,
    places: &[u64],
    created: &Fact,
) -> Result<(), CommandError> {
    let mut batch = vec![Draft {
        event: None,
        fact: Some(created.to_json()),
    }];
    for run in places.chunk_by(|a, b| *b == a + 1) {
        let (mut next, end) = (run[0], run[0] + run.len() as u64);
        while next < end {
            let entries = source.read(
                next,
                usize::try_from(end - next).unwrap_or(BATCH).min(BATCH),
            )?;
            if entries.is_empty() {
                break;
            }
            next += entries.len() as u64;
            for entry in entries {
                batch.push(Draft {
                    event: Some((name(&entry.json)?, entry.json)),
                    fact: None,
                });
            }
            target.append(std::mem::take(&mut batch))?;
        }
    }
    if !batch.is_empty() {
        target.append(batch)?;
    }
    Ok(())
}

fn name(json: &Bytes) -> Result<EventId, CommandError> {
    domain::Head::parse(json)
        .map(|head| head.id)
        .map_err(|e| CommandError::Invalid(format!("an event cannot be read: {e}")))
}
