//! Takes a conversation of the original over into a journal: whole, or not at all.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use domain::{ConversationId, Draft, Fact, Journal, Log, Map, Vault};

use super::events::Events;
use super::state::{State, Wrong};
use super::{
    BASE_STATE, EVENTS, LayoutError, META, events, invalid, outputs, read_if_there, state,
};

/// What was taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The conversation.
    pub id: ConversationId,
    /// How many events it has.
    pub events: u64,
    /// What was left out or missing, a sentence each.
    pub notes: Vec<String>,
}

/// Takes over the conversation in a directory of the original. Plain secrets are sealed, sealed ones stay as they are.
///
/// Reads the files on the calling thread. The journal gets all in one batch, so that a crash leaves all or nothing.
pub async fn import(
    dir: &Path,
    journal: &dyn Journal,
    vault: &dyn Vault,
) -> Result<Imported, LayoutError> {
    let mut state = read_state(dir)?;
    for secret in state.start.secrets_mut() {
        *secret = secret.sealed(vault);
    }
    let id = state.start.id;
    let Events { all, leaf, notes } = events::read(&dir.join(EVENTS))?;
    let events = all.len() as u64;
    let batch = records(state, all, leaf);
    let log = journal.create(id)?;
    let written = write(&*log, dir, batch).await;
    // A log in which nothing rests leaves nothing behind when it is closed.
    let closed = log.close().await;
    written?;
    closed?;
    Ok(Imported { id, events, notes })
}

async fn write(log: &dyn Log, dir: &Path, batch: Vec<Draft>) -> Result<(), LayoutError> {
    outputs::take_over(dir, log.outputs())?;
    let (mark, _) = log.append(batch)?;
    log.durable(mark).await?;
    Ok(())
}

fn read_state(dir: &Path) -> Result<State, LayoutError> {
    let (base_path, meta_path) = (dir.join(BASE_STATE), dir.join(META));
    let base = read_map(&base_path)?;
    let meta = read_map(&meta_path)?;
    if base.is_none() && meta.is_none() {
        return Err(LayoutError::Nothing(dir.to_path_buf()));
    }
    state::read(base, meta, changed(&base_path)).map_err(|wrong| match wrong {
        Wrong::BaseState(detail) => invalid(&base_path, detail),
        Wrong::Meta(detail) => invalid(&meta_path, detail),
    })
}

fn read_map(path: &Path) -> Result<Option<Map>, LayoutError> {
    read_if_there(path)?
        .map(|bytes| serde_json::from_slice(&bytes).map_err(|error| invalid(path, error)))
        .transpose()
}

/// When a file last changed, in microseconds since the Unix epoch; 0 if nobody knows.
fn changed(path: &Path) -> i64 {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .unwrap_or(0)
}

fn records(
    state: State,
    events: Vec<(domain::EventId, Bytes)>,
    leaf: Option<domain::EventId>,
) -> Vec<Draft> {
    let head = moved_head(&state, &events, leaf);
    let mut facts = Vec::new();
    if !state.stats.usage_to_metrics.is_empty() {
        facts.push(Fact::Stats { stats: state.stats });
    }
    facts.extend(head);
    let created = Fact::Created {
        start: Box::new(state.start),
    };
    let events = events.into_iter().map(|event| Draft {
        event: Some(event),
        fact: None,
    });
    std::iter::once(fact(&created))
        .chain(events)
        .chain(facts.iter().map(fact))
        .collect()
}

/// The head, if it is not where the events leave it.
fn moved_head(
    state: &State,
    events: &[(domain::EventId, Bytes)],
    natural: Option<domain::EventId>,
) -> Option<Fact> {
    let known = |leaf: &domain::EventId| events.iter().any(|(id, _)| id == leaf);
    match &state.leaf {
        Some(leaf) if natural.as_ref() != Some(leaf) && known(leaf) => Some(Fact::Head {
            event: Some(leaf.clone()),
        }),
        None if state.head_is_empty && natural.is_some() => Some(Fact::Head { event: None }),
        Some(_) | None => None,
    }
}

fn fact(fact: &Fact) -> Draft {
    Draft {
        event: None,
        fact: Some(fact.to_json()),
    }
}
