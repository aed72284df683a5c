//! All conversations of this process: one task each, opened on demand.

mod fork;
mod handle;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use domain::{
    Clock, CommandError, Conversation, ConversationId, Conversations, Draft, EventId, Fact, Fut,
    Journal, Log, LogError, Outfit, Start, Vault,
};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;

use crate::state::State;
use crate::task::{self, Parts, Reception, Task, lock};
use handle::Handle;

/// How much may be heard of a conversation before a slow listener misses the oldest of it.
const EARSHOT: usize = 1_024;

/// What conversations are made with.
#[derive(Clone)]
pub struct Ports {
    /// Where their logs are.
    pub journal: Arc<dyn Journal>,
    /// What makes their models and tools.
    pub outfit: Arc<dyn Outfit>,
    /// Where time and ids come from.
    pub clock: Arc<dyn Clock>,
    /// What seals their secrets.
    pub vault: Arc<dyn Vault>,
}

/// The conversations of this process.
pub struct Local {
    ports: Ports,
    open: tokio::sync::Mutex<HashMap<ConversationId, Arc<Handle>>>,
    tasks: Mutex<JoinSet<()>>,
}

impl Local {
    /// None open yet.
    pub fn new(ports: Ports) -> Self {
        Self {
            ports,
            open: tokio::sync::Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    async fn start(&self, mut start: Start) -> Result<Arc<Handle>, CommandError> {
        let mut open = self.open.lock().await;
        if start.created_at == 0 {
            start.created_at = self.ports.clock.micros();
        }
        let journal = Arc::clone(&self.ports.journal);
        let id = start.id;
        let log = blocking(move || journal.create(id)).await?;
        let sealed = task::sealed(&start, &*self.ports.vault);
        let created = Draft {
            event: None,
            fact: Some(
                Fact::Created {
                    start: Box::new(sealed.clone()),
                }
                .to_json(),
            ),
        };
        let (mark, _) = log.append(vec![created])?;
        log.durable(mark).await?;
        let handle = self.spawn(log, State::new(sealed), start).await;
        open.insert(id, Arc::clone(&handle));
        Ok(handle)
    }

    async fn take_up(&self, id: ConversationId) -> Result<Arc<Handle>, CommandError> {
        let mut open = self.open.lock().await;
        if let Some(handle) = open.get(&id).filter(|handle| handle.lives()) {
            return Ok(Arc::clone(handle));
        }
        let journal = Arc::clone(&self.ports.journal);
        let (log, state) = blocking(move || {
            let log = journal.open(id)?;
            let state = task::load(&*log)?;
            Ok::<_, CommandError>((log, state))
        })
        .await?;
        let start = task::opened(&state.start, &*self.ports.vault);
        let handle = self.spawn(log, state, start).await;
        open.insert(id, Arc::clone(&handle));
        Ok(handle)
    }

    async fn spawn(&self, log: Arc<dyn Log>, state: State, start: Start) -> Arc<Handle> {
        let id = start.id;
        let status = state.status();
        let state = Arc::new(Mutex::new(state));
        let (orders, inbox) = mpsc::channel(Reception::SEATS);
        let (bus, _) = broadcast::channel(EARSHOT);
        let (told, status) = watch::channel(Some(status));
        let handle = Handle::new(
            id,
            orders,
            Arc::clone(&log),
            Arc::clone(&state),
            status,
            bus.clone(),
            Arc::clone(&self.ports.clock),
        );
        let Ports {
            outfit,
            clock,
            vault,
            ..
        } = self.ports.clone();
        let mut task = Task::new(Parts {
            log,
            outfit,
            clock,
            vault,
            state,
            start,
            inbox,
            bus,
            status: told,
        });
        task.recover().await;
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task.serve());
        Arc::new(handle)
    }

    async fn remove(&self, id: ConversationId) -> Result<(), CommandError> {
        let mut open = self.open.lock().await;
        if let Some(handle) = open.remove(&id) {
            match handle.close().await {
                Ok(()) | Err(LogError::Closed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let journal = Arc::clone(&self.ports.journal);
        blocking(move || journal.delete(id).map_err(CommandError::from)).await
    }
}

/// Disk work, away from the threads that serve conversations.
async fn blocking<T: Send + 'static, E: Into<CommandError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, CommandError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(CommandError::Closed),
    }
}

impl Conversations for Local {
    fn create(&self, start: Start) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>> {
        Box::pin(async move { Ok(self.start(start).await? as Arc<dyn Conversation>) })
    }

    fn open(&self, id: ConversationId) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>> {
        Box::pin(async move { Ok(self.take_up(id).await? as Arc<dyn Conversation>) })
    }

    fn fork(
        &self,
        from: ConversationId,
        at: Option<EventId>,
        to: ConversationId,
    ) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>> {
        Box::pin(async move { Ok(self.fork_from(from, at, to).await? as Arc<dyn Conversation>) })
    }

    fn list(&self) -> Fut<'_, Result<Vec<ConversationId>, CommandError>> {
        let journal = Arc::clone(&self.ports.journal);
        Box::pin(blocking(move || journal.list()))
    }

    fn delete(&self, id: ConversationId) -> Fut<'_, Result<(), CommandError>> {
        Box::pin(self.remove(id))
    }
}
