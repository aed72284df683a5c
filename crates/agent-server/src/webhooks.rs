//! Tells other servers what happens in conversations: events in batches, conversations when they change.
//!
//! Events are read from the log as the receiver takes them, so one that is slow or gone costs one batch of memory, and
//! nothing else in the server waits for it.

mod events;

use std::collections::{BTreeMap, HashMap};
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
    /// The conversations whose events are told, each with what ends that.
    followed: Mutex<HashMap<ConversationId, CancellationToken>>,
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

    fn followed(&self) -> MutexGuard<'_, HashMap<ConversationId, CancellationToken>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the events of a conversation from now on, if that is not done already.
    pub(crate) fn follow(
        &self,
        app: &App,
        conversation: &Arc<dyn Conversation>,
        from: Option<u64>,
    ) {
        if self.receivers.is_empty() {
            return;
        }
        let mut followed = self.followed();
        let id = conversation.id();
        if followed.get(&id).is_some_and(|end| !end.is_cancelled()) {
            return;
        }
        let end = CancellationToken::new();
        followed.insert(id, end.clone());
        drop(followed);
        for receiver in &self.receivers {
            let teller = events::Teller::new(app, conversation, receiver, from);
            let end = end.clone();
            app.keep(async move { teller.tell(end).await });
        }
    }

    /// Stops telling the events of a conversation, so that it can be let go.
    pub(crate) fn leave(&self, id: ConversationId) {
        if let Some(end) = self.followed().remove(&id) {
            end.cancel();
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
