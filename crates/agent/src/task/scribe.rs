//! Writes events: names them, hides secrets in them, folds them and hands them to the log, in that order.
//! The only caller of `State::apply` on a living conversation.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use domain::{
    Body, Clock, Draft, Event, EventId, Fact, Glance, Log, LogError, Mark, Message, MessageEvent,
    Source, StateUpdate,
};
use serde_json::Value;
use tokio::sync::watch;

use super::lock;
use crate::local::memo;
use crate::mask::{Mask, Veil};
use crate::state::State;
use crate::view::{Branch, View};

/// How many events are read at once.
const CHUNK: usize = 256;

/// How many events are worth a note.
const NOTE_LEAST: u64 = 16;
/// What part of all events is worth another one.
const NOTE_SHARE: u64 = 8;

/// Hides further values, from wherever they turn up.
#[derive(Clone)]
pub(crate) struct Hider(watch::Sender<Mask>);

impl Hider {
    /// From now on these values appear nowhere.
    pub(crate) fn hide<'a>(&self, values: impl IntoIterator<Item = &'a str>) {
        self.0.send_modify(|mask| mask.add(values));
    }
}

pub(crate) struct Scribe {
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
    /// When something was last written.
    touched: Arc<AtomicI64>,
    view: View,
    /// The upheaval the view was last rebuilt after; `None` while it was never built.
    view_of: Option<u64>,
    mask: watch::Sender<Mask>,
    batch: Vec<Draft>,
    mark: Mark,
    /// How far the last note reaches: to this point, and how many events.
    noted: (Mark, u64),
}

impl Scribe {
    pub(crate) fn new(
        log: Arc<dyn Log>,
        clock: Arc<dyn Clock>,
        state: Arc<Mutex<State>>,
        touched: Arc<AtomicI64>,
    ) -> Self {
        let noted = (Mark::default(), lock(&state).len());
        let view_of = lock(&state).is_empty().then_some(0);
        Self {
            log,
            clock,
            state,
            touched,
            view: View::default(),
            view_of,
            mask: watch::Sender::default(),
            batch: Vec::new(),
            mark: Mark::default(),
            noted,
        }
    }

    /// From now on these values appear nowhere.
    pub(crate) fn hide<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        self.hider().hide(values);
    }

    /// What hides values for those who have no hold of this.
    pub(crate) fn hider(&self) -> Hider {
        Hider(self.mask.clone())
    }

    pub(crate) fn veil(&self) -> Veil {
        Veil::new(self.mask.subscribe())
    }

    pub(crate) fn masked(&self, text: &str) -> String {
        self.mask.borrow().text(text)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn log(&self) -> &Arc<dyn Log> {
        &self.log
    }

    /// The point up to which everything committed reaches.
    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }

    pub(crate) fn fresh_id(&self) -> EventId {
        EventId::from(self.clock.uuid())
    }

    /// Writes an event under a fresh name.
    pub(crate) fn write(&mut self, source: Source, body: Body) -> EventId {
        let id = self.fresh_id();
        self.write_as(id, source, body)
    }

    /// Writes an event under a name that was promised before.
    pub(crate) fn write_as(&mut self, id: EventId, source: Source, body: Body) -> EventId {
        let parent_id = self.state().tree.next_parent();
        let event = Event {
            id: id.clone(),
            timestamp: self.clock.stamp(),
            source,
            parent_id,
            body,
        };
        let json = event.to_json();
        let hidden = self.mask.borrow().hide(&event, &json);
        let (event, json) = hidden.unwrap_or((event, json));
        self.enter(Draft {
            event: Some((id.clone(), json)),
            fact: None,
        });
        if self.view_of.is_some() {
            self.view.push(&event);
        }
        id
    }

    /// Writes the new value of a field of the state.
    pub(crate) fn update(&mut self, key: &str, value: Value) {
        let update = StateUpdate {
            key: key.to_owned(),
            value,
        };
        self.write(Source::Environment, Body::StateUpdate(update));
    }

    /// Writes a fact alone.
    pub(crate) fn note(&mut self, fact: &Fact) {
        self.enter(Draft {
            event: None,
            fact: Some(fact.to_json()),
        });
    }

    /// The engine speaks to the agent in the person's place.
    pub(crate) fn engine_says(&mut self, text: String) -> EventId {
        let words = MessageEvent {
            llm_message: Message::user(text),
            llm_response_id: None,
            activated_skills: Vec::new(),
            extended_content: Vec::new(),
            sender: None,
            critic_result: None,
        };
        self.write(Source::Environment, Body::Message(words))
    }

    fn enter(&mut self, draft: Draft) {
        if let Err(fault) = self.state().apply(&draft) {
            // The draft was serialised a moment ago by this very code.
            tracing::error!(%fault, "an event of ours cannot be folded");
        }
        self.batch.push(draft);
    }

    /// Hands what was written to the log, as one batch.
    pub(crate) fn commit(&mut self) -> Result<(), LogError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let (mark, _) = self.log.append(std::mem::take(&mut self.batch))?;
        self.mark = mark;
        self.touched.store(self.clock.micros(), Ordering::Relaxed);
        Ok(())
    }

    /// Sums the conversation up beside its log, once there are that many events that no note sums up.
    pub(crate) fn sum_up(&mut self, least: u64) {
        let (glance, events) = {
            let state = self.state();
            if state.len() < self.noted.1 + least || self.noted.0 == self.mark {
                return;
            }
            (state.glance(), state.len())
        };
        let glance = Glance {
            updated_at: self.touched.load(Ordering::Relaxed),
            ..glance
        };
        if let Some(note) = memo::write(&glance).filter(|_| self.batch.is_empty()) {
            self.noted = (self.mark, events);
            self.log.note(self.mark, note);
        }
    }

    /// Sums it up if that is due: the longer it is, the more seldom, so that it costs the same at any length.
    pub(crate) fn sum_up_if_due(&mut self) {
        self.sum_up(NOTE_LEAST.max(self.noted.1 / NOTE_SHARE));
    }

    /// The view of the active branch, rebuilt from the log if the branch changed under it.
    pub(crate) async fn view(&mut self) -> Result<&mut View, LogError> {
        let upheavals = self.state().upheavals;
        if self.view_of != Some(upheavals) {
            self.commit()?;
            self.log.durable(self.mark).await?;
            self.view = View::of(self.branch()?);
            // Calls under way are no part of it yet, so what was derived now could not take in their results.
            let whole = self.state().pending.is_empty();
            self.view_of = whole.then_some(upheavals);
        }
        Ok(&mut self.view)
    }

    /// How many parts the view has, as far as it was built.
    pub(crate) fn view_len(&self) -> usize {
        self.view.len()
    }

    /// The active branch as the log has it; what is not durable yet is no part of it.
    pub(crate) fn branch(&self) -> Result<Branch, LogError> {
        let places = self.state().tree.branch();
        let mut branch = Branch::default();
        read_places(&*self.log, &places, &mut |event| branch.push(event))?;
        Ok(branch)
    }

    /// Makes the next `view` start from the log.
    pub(crate) fn forget_view(&mut self) {
        self.view_of = None;
        self.view = View::default();
    }
}

/// Reads the events at some places, in order.
fn read_places(
    log: &dyn Log,
    places: &[u64],
    each: &mut dyn FnMut(&Event),
) -> Result<(), LogError> {
    for run in places.chunk_by(|a, b| *b == a + 1) {
        let mut from = run[0];
        let end = from + run.len() as u64;
        while from < end {
            let limit = usize::try_from(end - from).unwrap_or(usize::MAX);
            let entries = log.read(from, limit.min(CHUNK))?;
            let Some(last) = entries.last().map(|entry| entry.seq) else {
                break;
            };
            for entry in &entries {
                if let Some(event) = readable(entry.seq, &entry.json) {
                    each(&event);
                }
            }
            from = last + 1;
        }
    }
    Ok(())
}

fn readable(seq: u64, json: &Bytes) -> Option<Event> {
    Event::parse(json)
        .inspect_err(|fault| tracing::warn!(seq, %fault, "an event cannot be read and is left out"))
        .ok()
}
