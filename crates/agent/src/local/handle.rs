//! One open conversation, as others hold it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::{
    Command, CommandError, Conversation, ConversationId, Fut, Glance, Heard, Listener, Live, Log,
    LogError, Reply, Status,
};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use crate::bus::Earshot;
use crate::state::State;
use crate::task::{Order, lock};

pub(crate) struct Handle {
    id: ConversationId,
    orders: mpsc::Sender<Order>,
    log: Arc<dyn Log>,
    state: Arc<Mutex<State>>,
    status: watch::Receiver<Option<Status>>,
    /// Weak, so that listeners hear the end when the task ends.
    bus: Earshot,
    touched: Arc<AtomicI64>,
    /// When somebody last asked for it: microseconds since the Unix epoch.
    used: AtomicI64,
    /// What ends its task at once.
    served_by: OnceLock<AbortHandle>,
}

impl Handle {
    pub(crate) fn new(
        id: ConversationId,
        orders: mpsc::Sender<Order>,
        log: Arc<dyn Log>,
        state: Arc<Mutex<State>>,
        status: watch::Receiver<Option<Status>>,
        bus: Earshot,
        touched: Arc<AtomicI64>,
    ) -> Self {
        Self {
            id,
            orders,
            log,
            state,
            status,
            bus,
            touched,
            used: AtomicI64::new(0),
            served_by: OnceLock::new(),
        }
    }

    /// Notes that somebody asked for it.
    pub(crate) fn used(&self, now: i64) {
        self.used.fetch_max(now, Ordering::Relaxed);
    }

    /// When it last changed, or somebody last asked for it.
    pub(crate) fn last_used(&self) -> i64 {
        let touched = self.touched.load(Ordering::Relaxed);
        self.used.load(Ordering::Relaxed).max(touched)
    }

    /// Notes what ends its task at once.
    pub(crate) fn served_by(&self, task: AbortHandle) {
        // A handle is served by one task all its life.
        let _ = self.served_by.set(task);
    }

    /// Whether its log failed, so that nothing can be recorded any more.
    pub(crate) fn is_broken(&self) -> bool {
        let mut flushed = self.log.flush();
        let mut context = Context::from_waker(Waker::noop());
        matches!(flushed.as_mut().poll(&mut context), Poll::Ready(Err(_)))
    }

    /// Resolves when all that was recorded before is durable.
    pub(crate) async fn flush(&self) -> Result<(), CommandError> {
        let (answer, flushed) = oneshot::channel();
        if self.orders.send(Order::Flush(answer)).await.is_err() {
            // It is closed, and with that on the disk.
            return Ok(());
        }
        match flushed.await {
            Ok(Err(CommandError::Closed)) | Err(_) | Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error),
        }
    }

    /// Closes it, and ends its task if that does not come to an end by itself.
    pub(crate) async fn close_within(&self, patience: Duration) -> Result<(), LogError> {
        let rest = patience / 10;
        if let Ok(closed) = tokio::time::timeout(patience - rest, self.close()).await {
            return closed;
        }
        tracing::warn!(id = %self.id, "a conversation does not close in time; it is cut off");
        if let Some(task) = self.served_by.get() {
            task.abort();
        }
        let cut_off = async {
            self.ended().await;
            self.log.close().await
        };
        let late = |_| Err(LogError::Closed(": it did not end in time".to_owned()));
        tokio::time::timeout(rest, cut_off)
            .await
            .unwrap_or_else(late)
    }

    /// Whether its task still serves it.
    pub(crate) fn lives(&self) -> bool {
        !self.orders.is_closed()
    }

    /// Why it cannot be let go, if somebody needs it. Whoever holds its seat holds one reference.
    pub(crate) fn needed(self: &Arc<Self>) -> Option<&'static str> {
        let working = *self.status.borrow() == Some(Status::Running);
        let heard = self.bus.is_heard();
        if working {
            Some("is working")
        } else if heard || Arc::strong_count(self) > 1 {
            Some("is in use")
        } else {
            None
        }
    }

    /// Resolves once its task has let go of everything.
    pub(crate) async fn ended(&self) {
        let mut status = self.status.clone();
        // A task that is gone without a word has ended too.
        let _ = status.wait_for(Option::is_none).await;
    }

    async fn send(&self, command: Command) -> Result<Reply, CommandError> {
        let (answer, reply) = oneshot::channel();
        self.orders
            .try_send(Order::Command(Box::new(command), answer))
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => CommandError::Busy,
                mpsc::error::TrySendError::Closed(_) => CommandError::Closed,
            })?;
        reply.await.unwrap_or(Err(CommandError::Closed))
    }
}

impl Conversation for Handle {
    fn id(&self) -> ConversationId {
        self.id
    }

    fn command(&self, command: Command) -> Fut<'_, Result<Reply, CommandError>> {
        Box::pin(self.send(command))
    }

    fn log(&self) -> Arc<dyn Log> {
        Arc::clone(&self.log)
    }

    fn glance(&self) -> Glance {
        let status = *self.status.borrow();
        let state = lock(&self.state);
        Glance {
            status: status.unwrap_or(state.status),
            updated_at: self.touched.load(Ordering::Relaxed),
            ..state.glance()
        }
    }

    fn settled<'a>(&'a self, until: &'a (dyn Fn(Status) -> bool + Send + Sync)) -> Fut<'a, Status> {
        let mut status = self.status.clone();
        Box::pin(async move {
            let seen = status
                .wait_for(|now| now.is_none_or(until))
                .await
                .map(|now| *now);
            seen.ok()
                .flatten()
                .unwrap_or_else(|| lock(&self.state).status)
        })
    }

    fn listen(&self) -> Box<dyn Listener> {
        Box::new(Ear(self.bus.subscribe()))
    }

    fn close(&self) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async move {
            let (answer, closed) = oneshot::channel();
            if self.orders.send(Order::Close(answer)).await.is_err() {
                return Ok(());
            }
            closed.await.unwrap_or(Ok(()))
        })
    }
}

struct Ear(broadcast::Receiver<Live>);

impl Listener for Ear {
    fn hear(&mut self) -> Fut<'_, Option<Heard>> {
        Box::pin(async move {
            match self.0.recv().await {
                Ok(live) => Some(Heard::Live(live)),
                Err(broadcast::error::RecvError::Lagged(missed)) => Some(Heard::Missed(missed)),
                Err(broadcast::error::RecvError::Closed) => None,
            }
        })
    }
}
