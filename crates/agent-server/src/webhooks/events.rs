//! The events of one conversation, told to one receiver in batches.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::Conversation;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Receiver;
use crate::app::App;
use crate::nulls;
use crate::sockets::{Feed, Tell};

/// Tells the events of one conversation to one receiver.
pub(super) struct Teller {
    app: App,
    receiver: Arc<Receiver>,
    url: String,
    feed: Option<Feed>,
    /// What was read and not told yet.
    waiting: VecDeque<Bytes>,
    bytes: usize,
    /// When what waits must be told.
    due: Option<Instant>,
    /// The first event that was not taken in.
    place: Arc<AtomicU64>,
}

impl Teller {
    pub(super) fn new(
        app: &App,
        conversation: &Arc<dyn Conversation>,
        receiver: &Arc<Receiver>,
        place: Arc<AtomicU64>,
    ) -> Self {
        let id = conversation.id();
        let base = receiver.spec.base_url.trim_end_matches('/');
        let pulse = app.pulses().of(id);
        let ear = pulse.listen();
        let first = place.load(Ordering::Acquire);
        let feed =
            ear.map(|ear| Feed::new(app.clone(), Arc::clone(conversation), pulse, ear, first));
        let mut teller = Self {
            url: format!("{base}/events/{}", id.hex()),
            receiver: Arc::clone(receiver),
            app: app.clone(),
            waiting: VecDeque::new(),
            bytes: 0,
            due: None,
            feed: None,
            place,
        };
        if let Some(feed) = feed {
            teller.add(feed.state());
            teller.feed = Some(feed);
        }
        teller
    }

    fn add(&mut self, json: Bytes) {
        let whole = nulls::kept(&json).to_string();
        self.bytes += whole.len();
        self.waiting.push_back(whole.into());
        let delay = Duration::try_from_secs_f64(self.receiver.spec.flush_delay);
        self.due
            .get_or_insert_with(|| Instant::now() + delay.unwrap_or_default());
        self.shed();
    }

    /// Drops the oldest of what is more than may wait.
    fn shed(&mut self) {
        let spec = &self.receiver.spec;
        while self.waiting.len() > spec.max_queue_size || self.bytes > spec.max_queue_bytes {
            let Some(oldest) = self.waiting.pop_front() else {
                return;
            };
            self.bytes -= oldest.len();
            tracing::warn!(url = %self.url, "a webhook is too far behind; its oldest event is dropped");
        }
    }

    /// Tells everything until the conversation is closed or it is told to end; then what is left, once.
    pub(super) async fn tell(mut self, end: CancellationToken) {
        let Some(mut feed) = self.feed.take() else {
            end.cancel();
            return;
        };
        loop {
            let next = tokio::select! {
                tell = feed.next() => Some(tell),
                () = until(self.due) => None,
                () = end.cancelled() => break,
            };
            match next {
                Some(Some(Tell::Events(entries))) => {
                    for entry in entries {
                        self.place.store(entry.seq + 1, Ordering::Release);
                        self.add(entry.json);
                    }
                }
                Some(Some(Tell::State(state))) => self.add(state),
                Some(Some(Tell::Fence(fence))) => feed.pass(fence),
                Some(Some(Tell::Live(_))) => {}
                Some(None) => break,
                None => self.flush(true).await,
            }
            if self.waiting.len() >= self.receiver.spec.event_buffer_size {
                self.flush(false).await;
            }
        }
        drop(feed);
        end.cancel();
        self.flush(true).await;
    }

    /// Tells what waits: full batches, or all of it.
    async fn flush(&mut self, all: bool) {
        let size = self.receiver.spec.event_buffer_size.max(1);
        while !self.waiting.is_empty() && (all || self.waiting.len() >= size) {
            let count = self.batch();
            let json = written(self.waiting.iter().take(count));
            if let Err(error) = self.receiver.post(&self.app, &self.url, json).await {
                tracing::warn!(url = %self.url, %error, "a webhook could not be told of events; they wait");
                let delay = Duration::try_from_secs_f64(self.receiver.spec.flush_delay);
                self.due = Some(Instant::now() + delay.unwrap_or_default());
                return;
            }
            for told in self.waiting.drain(..count) {
                self.bytes -= told.len();
            }
        }
        if self.waiting.is_empty() {
            self.due = None;
        }
    }

    /// How many of those that wait fit into one message.
    fn batch(&self) -> usize {
        let most = self.receiver.spec.max_batch_bytes;
        let mut bytes = 0;
        let fitting = self.waiting.iter().take_while(|json| {
            bytes += json.len() + 1;
            bytes <= most
        });
        fitting.count().max(1)
    }
}

/// A JSON list of events.
fn written<'a>(events: impl Iterator<Item = &'a Bytes>) -> Bytes {
    let mut json = vec![b'['];
    for event in events {
        if json.len() > 1 {
            json.push(b',');
        }
        json.extend_from_slice(event);
    }
    json.push(b']');
    json.into()
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
