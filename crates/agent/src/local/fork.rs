//! A copy of a conversation up to an event, or of everything: a log of its own, a cache in common.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    Body, CommandError, Conversation as _, Draft, Event, EventId, Fact, Fork, Log, Origination,
    Source, Start, StateUpdate, Stats, Status,
};
use serde_json::{Value, json};

use super::{Handle, Local, blocking};
use crate::state::State;
use crate::task;

/// How many events are copied in one batch.
const BATCH: usize = 1_024;

impl Local {
    /// Copies a conversation, which goes on undisturbed.
    pub(crate) async fn copy(&self, fork: Fork) -> Result<Arc<Handle>, CommandError> {
        task::check_tags(&fork.tags)?;
        let from = fork.from;
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
        let places = places(&state, fork.at.as_ref())?;
        let start = self.origin(&state, &fork);
        let created = Fact::Created {
            start: Box::new(start.sealed(&*self.ports.vault)),
        };
        let ending = self.ending(&state, &fork);
        let (journal, to) = (Arc::clone(&self.ports.journal), fork.to);
        let target = blocking(move || journal.create(to)).await?;
        let log = Arc::clone(&target);
        let copied = blocking(move || {
            copy(&*source, &*log, &places, &created)?;
            log.append(ending).map_err(CommandError::from)
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

    /// What stands behind the copied events: where the head is, and the state of a copy that does nothing yet.
    fn ending(&self, state: &State, fork: &Fork) -> Vec<Draft> {
        let leaf = fork.at.clone().or_else(|| state.leaf().cloned());
        let mut ending = vec![fact(&Fact::Head {
            event: leaf.clone(),
        })];
        if fork.keep_stats {
            ending.push(fact(&Fact::Stats {
                stats: Stats::clone(&state.stats),
            }));
        }
        let ledger = &state.ledger;
        // A whole copy holds the updates that led to these; the way to an event does not.
        let mut updates = if fork.at.is_some() {
            [
                (
                    "activated_knowledge_skills",
                    json!(ledger.activated_knowledge_skills),
                ),
                ("activated_path_rules", json!(ledger.activated_path_rules)),
                ("invoked_skills", json!(ledger.invoked_skills)),
                ("agent_state", json!(ledger.agent_state)),
            ]
            .into_iter()
            .filter(|(_, value)| *value != json!([]) && *value != json!({}))
            .collect()
        } else {
            Vec::new()
        };
        if fork.at.is_none() && state.start.tags != fork.tags {
            updates.push(("tags", json!(fork.tags)));
        }
        updates.push(("execution_status", json!(Status::Idle.as_str())));
        ending.extend(
            updates
                .into_iter()
                .map(|(key, value)| self.update(key, value, leaf.as_ref())),
        );
        ending
    }

    fn update(&self, key: &str, value: Value, leaf: Option<&EventId>) -> Draft {
        let update = StateUpdate {
            key: key.to_owned(),
            value,
        };
        let event = Event {
            id: EventId::from(self.ports.clock.uuid()),
            timestamp: self.ports.clock.stamp(),
            source: Source::Environment,
            parent_id: leaf.cloned(),
            body: Body::StateUpdate(update),
        };
        Draft {
            event: Some((event.id.clone(), event.to_json())),
            fact: None,
        }
    }

    fn origin(&self, state: &State, fork: &Fork) -> Start {
        let mut start = state.start.opened(&*self.ports.vault);
        let cache_key = start
            .forked_from
            .as_ref()
            .and_then(|o| o.cache_key.clone())
            .unwrap_or_else(|| fork.from.to_string());
        start.id = fork.to;
        start.title.clone_from(&fork.title);
        start.tags.clone_from(&fork.tags);
        start.created_at = self.ports.clock.micros();
        start.forked_from = Some(Origination {
            conversation: fork.from,
            event: fork.at.clone(),
            cache_key: Some(cache_key),
        });
        start
    }
}

fn fact(fact: &Fact) -> Draft {
    Draft {
        event: None,
        fact: Some(fact.to_json()),
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
