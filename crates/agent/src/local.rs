//! All conversations of this process: one task each, opened on demand.

mod fork;
mod handle;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use domain::{
    Clock, CommandError, Conversation, ConversationId, Conversations, Draft, Fact, Fork, Fut,
    Journal, Log, LogError, Outfit, Start, Vault,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::bus::Bus;
use crate::client;
use crate::state::State;
use crate::task::{self, Parts, Reception, Task, lock};
use handle::Handle;

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

/// Where the handle of a conversation is, once it is open.
type Seat = Arc<tokio::sync::Mutex<Option<Arc<Handle>>>>;

/// The conversations of this process.
pub struct Local {
    ports: Ports,
    /// One seat a conversation, so that nobody waits for the opening of another one.
    seats: Mutex<HashMap<ConversationId, Seat>>,
    tasks: Mutex<JoinSet<()>>,
}

impl Local {
    /// None open yet.
    pub fn new(ports: Ports) -> Self {
        Self {
            ports,
            seats: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    async fn start(&self, mut start: Start) -> Result<Arc<Handle>, CommandError> {
        check(&start)?;
        let seat = self.seat(start.id);
        let mut seat = seat.lock().await;
        if start.created_at == 0 {
            start.created_at = self.ports.clock.micros();
        }
        let journal = Arc::clone(&self.ports.journal);
        let id = start.id;
        let log = blocking(move || journal.create(id)).await?;
        let sealed = task::sealed(&start, &*self.ports.vault);
        if let Err(error) = begin(&*log, &sealed).await {
            self.clear_away(id, log).await;
            return Err(error.into());
        }
        let handle = self.spawn(log, State::new(sealed), start).await;
        *seat = Some(Arc::clone(&handle));
        Ok(handle)
    }

    /// Removes what was begun and could not be finished; what is left of it says why by itself.
    async fn clear_away(&self, id: ConversationId, log: Arc<dyn Log>) {
        let _ = log.close().await;
        drop(log);
        let journal = Arc::clone(&self.ports.journal);
        let _ = blocking(move || journal.delete(id)).await;
    }

    /// The seat of a conversation; those that nobody needs any more are given away.
    fn seat(&self, id: ConversationId) -> Seat {
        let mut seats = lock(&self.seats);
        seats.retain(|_, seat| {
            let taken = |handle: &Arc<Handle>| handle.lives();
            Arc::strong_count(seat) > 1
                || seat
                    .try_lock()
                    .map_or(true, |seat| seat.as_ref().is_some_and(taken))
        });
        Arc::clone(seats.entry(id).or_default())
    }

    /// The open conversation, if it is open.
    async fn living(&self, id: ConversationId) -> Option<Arc<Handle>> {
        let seat = self.seat(id);
        let seat = seat.lock().await;
        seat.as_ref().filter(|handle| handle.lives()).cloned()
    }

    async fn take_up(&self, id: ConversationId) -> Result<Arc<Handle>, CommandError> {
        let seat = self.seat(id);
        let mut seat = seat.lock().await;
        if let Some(handle) = seat.as_ref() {
            if handle.lives() {
                return Ok(Arc::clone(handle));
            }
            handle.ended().await;
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
        *seat = Some(Arc::clone(&handle));
        Ok(handle)
    }

    async fn spawn(&self, log: Arc<dyn Log>, state: State, start: Start) -> Arc<Handle> {
        let id = start.id;
        let status = state.status();
        let touched = Arc::new(AtomicI64::new(state.touched));
        let state = Arc::new(Mutex::new(state));
        let (orders, inbox) = mpsc::channel(Reception::SEATS);
        let bus = Bus::default();
        let (told, status) = watch::channel(Some(status));
        let handle = Handle::new(
            id,
            orders,
            Arc::clone(&log),
            Arc::clone(&state),
            status,
            bus.earshot(),
            Arc::clone(&touched),
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
            touched,
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

    /// The conversations that are open now.
    fn open_now(&self) -> Vec<Arc<Handle>> {
        let seats: Vec<Seat> = lock(&self.seats).values().cloned().collect();
        let seated = |seat: &Seat| seat.try_lock().ok()?.clone();
        let handles = seats.iter().filter_map(seated);
        handles.filter(|handle| handle.lives()).collect()
    }

    /// Lets go of a conversation that nobody needs.
    async fn let_go(&self, id: ConversationId) -> Result<(), CommandError> {
        let seat = self.seat(id);
        let mut seat = seat.lock().await;
        let Some(handle) = seat.as_ref().filter(|handle| handle.lives()) else {
            return Ok(());
        };
        if let Some(reason) = handle.needed() {
            return Err(CommandError::Conflict(format!(
                "conversation {id} {reason}"
            )));
        }
        let closed = handle.close().await;
        handle.ended().await;
        *seat = None;
        closed.map_err(CommandError::from)
    }

    async fn flush_all(&self) -> Result<(), CommandError> {
        for handle in self.open_now() {
            match handle.log().flush().await {
                // One that was closed meanwhile is on the disk.
                Ok(()) | Err(LogError::Closed(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn remove(&self, id: ConversationId) -> Result<(), CommandError> {
        let seat = self.seat(id);
        let mut seat = seat.lock().await;
        if let Some(handle) = seat.take() {
            // What could not be written any more need not be: a full disk is no reason to keep it full.
            let _ = handle.close().await;
            handle.ended().await;
        }
        let journal = Arc::clone(&self.ports.journal);
        blocking(move || journal.delete(id).map_err(CommandError::from)).await
    }
}

/// What is wrong with a start is said before anything is made.
fn check(start: &Start) -> Result<(), CommandError> {
    task::check_tags(&start.tags)?;
    if start.max_iterations == 0 {
        return Err(CommandError::Invalid(
            "a run needs at least one step".to_owned(),
        ));
    }
    let condensers = start.agent.condenser.iter().flat_map(|c| c.summarizing());
    if let Some(fault) = condensers.filter_map(|condenser| condenser.fault()).next() {
        return Err(CommandError::Invalid(fault));
    }
    client::fault(&start.client_tools).map_or(Ok(()), |fault| Err(CommandError::Invalid(fault)))
}

/// The first record of every log.
async fn begin(log: &dyn Log, start: &Start) -> Result<(), LogError> {
    let created = Fact::Created {
        start: Box::new(start.clone()),
    };
    let draft = Draft {
        event: None,
        fact: Some(created.to_json()),
    };
    let (mark, _) = log.append(vec![draft])?;
    log.durable(mark).await
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

    fn fork(&self, fork: Fork) -> Fut<'_, Result<Arc<dyn Conversation>, CommandError>> {
        Box::pin(async move { Ok(self.copy(fork).await? as Arc<dyn Conversation>) })
    }

    fn list(&self) -> Fut<'_, Result<Vec<ConversationId>, CommandError>> {
        let journal = Arc::clone(&self.ports.journal);
        Box::pin(blocking(move || journal.list()))
    }

    fn delete(&self, id: ConversationId) -> Fut<'_, Result<(), CommandError>> {
        Box::pin(self.remove(id))
    }

    fn is_open(&self, id: ConversationId) -> bool {
        let seat = lock(&self.seats).get(&id).cloned();
        // A seat that is taken this moment is being opened or closed: whoever asks next will know.
        seat.is_some_and(|seat| {
            seat.try_lock()
                .is_ok_and(|seat| seat.as_ref().is_some_and(|handle| handle.lives()))
        })
    }

    fn release(&self, id: ConversationId) -> Fut<'_, Result<(), CommandError>> {
        Box::pin(self.let_go(id))
    }

    fn flush(&self) -> Fut<'_, Result<(), CommandError>> {
        Box::pin(self.flush_all())
    }

    fn home(&self, id: ConversationId) -> Option<PathBuf> {
        self.ports.journal.place(id)
    }
}
