//! One open conversation, as others hold it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use domain::{
    Command, CommandError, Conversation, ConversationId, Fut, Glance, Heard, Listener, Live, Log,
    LogError, Reply, Status,
};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

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
        }
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
            stats: Arc::clone(&state.stats),
            start: Arc::clone(&state.start),
            leaf: state.leaf().cloned(),
            last_user_message: state.last_user_message.clone(),
            updated_at: self.touched.load(Ordering::Relaxed),
            head_is_empty: state.tree.head_is_empty(),
            ledger: Arc::clone(&state.ledger),
            goal: state.goal.clone(),
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
