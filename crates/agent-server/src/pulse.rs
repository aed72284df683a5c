//! What the sockets of one conversation and its REST operations tell one another: who waits for the end of a run.
//!
//! The Python client arms its detector for the end of a run only once `POST /run` has been answered, and ignores a final
//! state that came before. So the final state is told again until somebody shows that it was heard: with growing gaps,
//! and at once whenever a client asks for the conversation while it waits. Before a new run is begun, every socket that
//! was told a state lately must have taken it in, so that no client mistakes an old end for the new one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use domain::ConversationId;
use tokio::sync::{Notify, watch};

/// How many sockets one conversation may have.
const SOCKETS: usize = 49;

/// For how long a state that was told may still be on its way to a client.
const FLIGHT: Duration = Duration::from_secs(5);

/// How long a new run waits for sockets to take in what they were told.
const PATIENCE: Duration = Duration::from_millis(250);

/// The pulses of all conversations that have sockets.
#[derive(Default)]
pub(crate) struct Pulses(Mutex<HashMap<ConversationId, Weak<Pulse>>>);

impl Pulses {
    /// The pulse of a conversation, made if need be.
    pub(crate) fn of(&self, id: ConversationId) -> Arc<Pulse> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pulse) = all.get(&id).and_then(Weak::upgrade) {
            return pulse;
        }
        all.retain(|_, pulse| pulse.strong_count() > 0);
        let pulse = Arc::new(Pulse::new());
        all.insert(id, Arc::downgrade(&pulse));
        pulse
    }

    /// The pulse of a conversation, if it has sockets.
    pub(crate) fn felt(&self, id: ConversationId) -> Option<Arc<Pulse>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&id).and_then(Weak::upgrade)
    }
}

/// What has happened around a conversation, as its sockets must know it. Each number only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beat {
    /// How many runs were asked for with `POST /run`.
    pub(crate) runs: u64,
    /// How often a client showed that it knows how a run ended.
    pub(crate) known: u64,
    /// How often a client asked how things are.
    pub(crate) polls: u64,
    /// How many fences were put up.
    pub(crate) fences: u64,
}

/// The pulse of one conversation.
pub(crate) struct Pulse {
    beat: watch::Sender<Beat>,
    ears: Mutex<Vec<Weak<Ear>>>,
    passed: Notify,
}

/// One socket's side of the pulse.
pub(crate) struct Ear {
    /// The last fence that the client has passed.
    passed: AtomicU64,
    /// When it was last told a state.
    told: Mutex<Option<Instant>>,
}

impl Pulse {
    fn new() -> Self {
        Self {
            beat: watch::Sender::new(Beat::default()),
            ears: Mutex::default(),
            passed: Notify::new(),
        }
    }

    /// One more socket; nothing if there are too many.
    pub(crate) fn listen(&self) -> Option<Arc<Ear>> {
        let mut ears = self.ears.lock().unwrap_or_else(PoisonError::into_inner);
        ears.retain(|ear| ear.strong_count() > 0);
        if ears.len() >= SOCKETS {
            return None;
        }
        let ear = Arc::new(Ear {
            passed: AtomicU64::new(self.beat.borrow().fences),
            told: Mutex::default(),
        });
        ears.push(Arc::downgrade(&ear));
        Some(ear)
    }

    /// What happens from now on.
    pub(crate) fn beats(&self) -> watch::Receiver<Beat> {
        self.beat.subscribe()
    }

    /// A client asked how things are.
    pub(crate) fn polled(&self) {
        self.beat.send_modify(|beat| beat.polls += 1);
    }

    /// A client showed that it knows how the last run ended.
    pub(crate) fn known(&self) {
        self.beat.send_if_modified(|beat| {
            let news = beat.known < beat.runs;
            beat.known = beat.runs;
            news
        });
    }

    /// A run is about to begin: no older state is told any more, and those on their way arrive first.
    pub(crate) async fn begin(&self) {
        self.beat.send_modify(|beat| {
            beat.known = beat.runs;
            beat.fences += 1;
        });
        let fence = self.beat.borrow().fences;
        let _ = tokio::time::timeout(PATIENCE, self.passed(fence)).await;
    }

    /// A run has begun, or would have if there were something to do: a client waits for its end.
    pub(crate) fn began(&self) {
        self.beat.send_modify(|beat| beat.runs += 1);
    }

    async fn passed(&self, fence: u64) {
        loop {
            let passing = self.passed.notified();
            if !self.ears().iter().any(|ear| ear.lags(fence)) {
                return;
            }
            passing.await;
        }
    }

    fn ears(&self) -> Vec<Arc<Ear>> {
        let ears = self.ears.lock().unwrap_or_else(PoisonError::into_inner);
        ears.iter().filter_map(Weak::upgrade).collect()
    }

    /// The client of an ear has taken in all it was told before a fence.
    pub(crate) fn pass(&self, ear: &Ear, fence: u64) {
        ear.passed.fetch_max(fence, Ordering::AcqRel);
        self.passed.notify_waiters();
    }
}

impl Ear {
    /// It was told a state just now.
    pub(crate) fn told(&self) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        *told = Some(Instant::now());
    }

    /// Whether a state may still be on its way to it.
    pub(crate) fn lags(&self, fence: u64) -> bool {
        let told = *self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.is_some_and(|told| told.elapsed() < FLIGHT)
            && self.passed.load(Ordering::Acquire) < fence
    }
}
