//! Tells other servers what happens in conversations: events in batches, conversations when they change.
//!
//! Nothing else in the server waits for a receiver. What waits for one is bounded by its settings; a conversation that is
//! let go and opened again is told from where it was left.

mod events;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::{Conversation, ConversationId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::WebhookSpec;
use crate::info::ConversationInfo;

/// How long a receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many changes of conversations may wait for a receiver.
const WAITING: usize = 1_000;

/// Those who are told.
#[derive(Default)]
pub(crate) struct Webhooks {
    receivers: Vec<Arc<Receiver>>,
    followed: Mutex<HashMap<ConversationId, Followed>>,
}

/// A conversation whose events are told, or were until it was let go.
struct Followed {
    /// Ends that; set when it has ended.
    end: CancellationToken,
    /// The first event that each receiver has not taken in: where to go on when it is opened again.
    places: Vec<Arc<AtomicU64>>,
}

/// One who is told.
struct Receiver {
    spec: WebhookSpec,
    headers: BTreeMap<String, String>,
    changes: mpsc::Sender<Bytes>,
}

impl Webhooks {
    /// Begins to tell those whom the settings name.
    pub(crate) fn start(app: &App) -> Self {
        let key = app.config().session_api_keys.first();
        let mut receivers = Vec::new();
        for spec in &app.config().webhooks {
            let mut headers = spec.headers.clone();
            if let Some(key) = key {
                headers.insert("X-Session-API-Key".to_owned(), key.clone());
            }
            let (changes, waiting) = mpsc::channel(WAITING);
            let receiver = Arc::new(Receiver {
                spec: spec.clone(),
                headers,
                changes,
            });
            receivers.push(Arc::clone(&receiver));
            app.keep(tell_changes(app.clone(), receiver, waiting));
        }
        Self {
            receivers,
            followed: Mutex::default(),
        }
    }

    fn followed(&self) -> MutexGuard<'_, HashMap<ConversationId, Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the events of a conversation, if that is not done already: from where it was left, else from `first` on.
    pub(crate) fn follow(
        &self,
        app: &App,
        conversation: &Arc<dyn Conversation>,
        first: Option<u64>,
    ) {
        if self.receivers.is_empty() {
            return;
        }
        let mut followed = self.followed();
        let id = conversation.id();
        let known = followed.entry(id).or_insert_with(|| {
            let first = first.unwrap_or_else(|| conversation.log().len());
            let end = CancellationToken::new();
            end.cancel();
            let place = |_| Arc::new(AtomicU64::new(first));
            Followed {
                end,
                places: self.receivers.iter().map(place).collect(),
            }
        });
        if !known.end.is_cancelled() {
            return;
        }
        known.end = CancellationToken::new();
        for (receiver, place) in self.receivers.iter().zip(&known.places) {
            let teller = events::Teller::new(app, conversation, receiver, Arc::clone(place));
            app.finish(teller.tell(known.end.clone()));
        }
    }

    /// Stops telling the events of a conversation, so that it can be let go.
    pub(crate) fn leave(&self, id: ConversationId) {
        if let Some(followed) = self.followed().get(&id) {
            followed.end.cancel();
        }
    }

    /// A conversation is gone for good.
    pub(crate) fn forget(&self, id: ConversationId) {
        if let Some(followed) = self.followed().remove(&id) {
            followed.end.cancel();
        }
    }

    /// Tells that a conversation changed.
    pub(crate) fn changed(&self, info: &ConversationInfo) {
        if self.receivers.is_empty() {
            return;
        }
        let Ok(json) = serde_json::to_vec(info) else {
            return;
        };
        let json = Bytes::from(json);
        for receiver in &self.receivers {
            // One who is so far behind learns of it when it asks.
            if receiver.changes.try_send(json.clone()).is_err() {
                tracing::warn!(url = %receiver.spec.base_url, "a webhook is too far behind; a change is not told");
            }
        }
    }
}

/// Tells changes of conversations one after the other.
async fn tell_changes(app: App, receiver: Arc<Receiver>, mut waiting: mpsc::Receiver<Bytes>) {
    let url = format!(
        "{}/conversations",
        receiver.spec.base_url.trim_end_matches('/')
    );
    while let Some(json) = waiting.recv().await {
        if let Err(error) = receiver.post(&app, &url, json).await {
            tracing::warn!(%url, %error, "a webhook could not be told of a change");
        }
    }
}

impl Receiver {
    /// Posts JSON, several times if need be.
    async fn post(&self, app: &App, url: &str, json: Bytes) -> Result<(), String> {
        let pause = Duration::try_from_secs_f64(self.spec.retry_delay).unwrap_or(PATIENCE);
        let mut attempt = 0;
        loop {
            let post = app
                .courier()
                .post(url, &self.headers, json.clone(), PATIENCE);
            let error = match post.await {
                Ok(status) if (200..300).contains(&status) => return Ok(()),
                Ok(status) => format!("it answered {status}"),
                Err(error) => error,
            };
            if attempt >= self.spec.num_retries {
                return Err(error);
            }
            // Each wait is twice as long as the one before.
            tokio::time::sleep(pause.saturating_mul(1 << attempt.min(6))).await;
            attempt += 1;
        }
    }
}
