//! All conversations of this process: one task each, opened on demand.

mod catalogue;
mod ending;
mod fork;
mod handle;
pub(crate) mod memo;
mod seats;

use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use domain::{
    Card, Clock, CommandError, Conversation, ConversationId, Conversations, Draft, Fact, Fork, Fut,
    Glance, Journal, Log, LogError, Outfit, Start, Vault,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::bus::Bus;
use crate::client;
use crate::state::State;
use crate::task::{self, Parts, Reception, Task, lock};
use catalogue::Catalogue;
use handle::Handle;
use seats::Seats;

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
    seats: Seats,
    /// What is known of those that are not open.
    catalogue: Arc<Catalogue>,
    tasks: Mutex<JoinSet<()>>,
}

impl Local {
    /// None open yet.
    pub fn new(ports: Ports) -> Self {
        Self {
            ports,
            seats: Seats::default(),
            catalogue: Arc::default(),
            tasks: Mutex::default(),
        }
    }

    async fn start(&self, mut start: Start) -> Result<Arc<Handle>, CommandError> {
        check(&start)?;
        let seat = self.seats.of(start.id)?;
        let mut seat = seat.lock().await;
        if start.created_at == 0 {
            start.created_at = self.ports.clock.micros();
        }
        let journal = Arc::clone(&self.ports.journal);
        let id = start.id;
        let log = blocking(move || journal.create(id)).await?;
        start.adopt_secrets();
        let sealed = start.sealed(&*self.ports.vault);
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

    /// The open conversation, if it is open.
    async fn living(&self, id: ConversationId) -> Option<Arc<Handle>> {
        let seat = self.seats.taken(id)?;
        let seat = seat.lock().await;
        seat.as_ref().filter(|handle| handle.lives()).cloned()
    }

    async fn take_up(&self, id: ConversationId) -> Result<Arc<Handle>, CommandError> {
        let seat = self.seats.of(id)?;
        let mut seat = seat.lock().await;
        if let Some(handle) = seat.as_ref() {
            if handle.lives() && !handle.is_broken() {
                handle.used(self.ports.clock.micros());
                return Ok(Arc::clone(handle));
            }
            // One whose log failed starts anew from what is durable.
            let _ = handle.close().await;
            handle.ended().await;
            *seat = None;
        }
        let journal = Arc::clone(&self.ports.journal);
        let (log, state) = blocking(move || {
            let noted = catalogue::touched(&*journal, id);
            let log = journal.open(id)?;
            let mut state = task::load(&*log)?;
            state.touched = state.touched.max(noted);
            Ok::<_, CommandError>((log, state))
        })
        .await?;
        let start = state.start.opened(&*self.ports.vault);
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
        handle.used(self.ports.clock.micros());
        self.reap();
        handle.served_by(lock(&self.tasks).spawn(task.serve()));
        Arc::new(handle)
    }

    /// Gives back what tasks that ended have left.
    fn reap(&self) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
    }

    async fn remove(&self, id: ConversationId) -> Result<(), CommandError> {
        let seat = self.seats.of(id)?;
        let mut seat = seat.lock().await;
        if let Some(handle) = seat.take() {
            // What could not be written any more need not be: a full disk is no reason to keep it full.
            let _ = handle.close().await;
            handle.ended().await;
        }
        self.catalogue.forget(id);
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

    fn glance(&self, id: ConversationId) -> Fut<'_, Result<Glance, CommandError>> {
        Box::pin(async move {
            if let Some(handle) = self.living(id).await {
                return Ok(handle.glance());
            }
            let journal = Arc::clone(&self.ports.journal);
            blocking(move || catalogue::glance(&*journal, id)).await
        })
    }

    fn catalogue(&self) -> Fut<'_, Result<Vec<Arc<Card>>, CommandError>> {
        Box::pin(async move {
            let card = |handle: &Arc<Handle>| (handle.id(), Arc::new(handle.glance().card()));
            let open = self.seats.open().iter().map(card).collect();
            let journal = Arc::clone(&self.ports.journal);
            let catalogue = Arc::clone(&self.catalogue);
            blocking(move || catalogue.read(&*journal, open)).await
        })
    }

    fn is_open(&self, id: ConversationId) -> bool {
        self.seats.is_open(id)
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
