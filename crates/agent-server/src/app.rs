//! What every handler holds: the ports, the settings and the little the server keeps of itself.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use domain::{
    Clock, Command, CommandError, Conversation, ConversationId, Conversations, Reply, Vault,
    Workspaces,
};
use extensions::Extensions;
use http_kit::{Error, Keys, Metrics};
use settings::Desk;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::courier::Courier;
use crate::idle;
use crate::info::ConversationInfo;
use crate::kin::Kin;
use crate::pulse::Pulses;
use crate::runs::Runs;
use crate::webhooks::Webhooks;

/// What the server is made of.
#[derive(Clone)]
pub struct Ports {
    /// All conversations.
    pub conversations: Arc<dyn Conversations>,
    /// Commands, files and history, of the whole machine and of each conversation.
    pub workspaces: Arc<dyn Workspaces>,
    /// Settings, secrets and profiles of the person who owns this place.
    pub desk: Arc<Desk>,
    /// What can be added to an agent.
    pub extensions: Extensions,
    /// What opens secrets that were sealed for a client.
    pub vault: Arc<dyn Vault>,
    /// Carries messages to other servers.
    pub courier: Arc<dyn Courier>,
    /// Time and fresh ids.
    pub clock: Arc<dyn Clock>,
}

/// The server, as handlers hold it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    ports: Ports,
    keys: Keys,
    runs: Runs,
    pulses: Pulses,
    kin: Kin,
    webhooks: OnceLock<Webhooks>,
    /// When it was started and last asked something: microseconds since the Unix epoch.
    started: i64,
    touched: AtomicI64,
    stop: CancellationToken,
    /// What goes on beside the requests.
    beside: TaskTracker,
}

impl App {
    /// A server over these ports.
    pub(crate) fn new(config: Config, ports: Ports, stop: CancellationToken) -> Self {
        let now = ports.clock.micros();
        Self(Arc::new(Inner {
            keys: Keys::new(config.session_api_keys.iter().map(String::as_str)),
            runs: Runs::new(config.max_concurrent_runs),
            pulses: Pulses::default(),
            kin: Kin::default(),
            webhooks: OnceLock::new(),
            started: now,
            touched: AtomicI64::new(now),
            stop,
            beside: TaskTracker::new(),
            config,
            ports,
        }))
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// What it is made of.
    pub fn ports(&self) -> &Ports {
        &self.0.ports
    }

    /// The keys that open it.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// How many conversations may work at once.
    pub(crate) fn runs(&self) -> &Runs {
        &self.0.runs
    }

    /// Which conversation has started which others.
    pub(crate) fn kin(&self) -> &Kin {
        &self.0.kin
    }

    /// What sockets and REST tell one another.
    pub(crate) fn pulses(&self) -> &Pulses {
        &self.0.pulses
    }

    /// Does something with the person's settings, away from the threads that serve: it touches the disk.
    pub(crate) async fn desk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Desk) -> Result<T, settings::Error> + Send + 'static,
    ) -> Result<T, settings::Error> {
        let desk = Arc::clone(&self.0.ports.desk);
        match tokio::task::spawn_blocking(move || work(&desk)).await {
            Ok(done) => done,
            Err(error) => Err(settings::Error::Damaged(format!("it broke down: {error}"))),
        }
    }

    /// What can be added to an agent.
    pub(crate) fn extensions(&self) -> &Extensions {
        &self.0.ports.extensions
    }

    /// All conversations.
    pub(crate) fn conversations(&self) -> &dyn Conversations {
        &*self.0.ports.conversations
    }

    /// Commands, files and history.
    pub(crate) fn workspaces(&self) -> &dyn Workspaces {
        &*self.0.ports.workspaces
    }

    /// Time and fresh ids.
    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.ports.clock
    }

    /// Set when the server is to stop: whatever goes on for long waits for it too.
    pub fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// Lets something go on beside the requests, until it ends or the server stops.
    pub(crate) fn keep(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop().clone();
        self.0.beside.spawn(async move {
            tokio::select! {
                () = work => {}
                () = stop.cancelled() => {}
            }
        });
    }

    /// Lets something go on beside the requests until it ends by itself; the end of the server waits for it.
    pub(crate) fn finish(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.beside.spawn(work);
    }

    /// Resolves when everything beside the requests has ended, or its time is over. To be called when the server has
    /// stopped and its conversations are closed.
    pub async fn finished(&self, patience: Duration) -> bool {
        self.0.beside.close();
        tokio::time::timeout(patience, self.0.beside.wait())
            .await
            .is_ok()
    }

    /// Begins what goes on by itself: what is not used is released, what happens is counted.
    pub(crate) fn begin(&self, metrics: &Metrics) {
        let app = self.clone();
        metrics.watch("runs", "Conversations that work", &[], move || {
            app.runs().working() as f64
        });
        let app = self.clone();
        self.keep(async move { idle::release(&app).await });
    }

    /// Remembers that somebody asked something.
    pub(crate) fn touch(&self) {
        self.0
            .touched
            .store(self.clock().micros(), Ordering::Relaxed);
    }

    /// Whole seconds since the start, and since somebody last asked something.
    pub(crate) fn age(&self) -> (f64, f64) {
        let now = self.clock().micros();
        let seconds = |since: i64| ((now - since) / 1_000_000) as f64;
        (
            seconds(self.0.started),
            seconds(self.0.touched.load(Ordering::Relaxed)),
        )
    }

    /// The conversation of that id, opened if need be.
    pub(crate) async fn open(&self, id: ConversationId) -> Result<Arc<dyn Conversation>, Error> {
        let conversation = self.conversations().open(id).await.map_err(refused)?;
        self.webhooks().follow(self, &conversation, None);
        Ok(conversation)
    }

    /// Those who are told of what happens.
    pub(crate) fn webhooks(&self) -> &Webhooks {
        self.0.webhooks.get_or_init(|| Webhooks::start(self))
    }

    /// Carries messages to them.
    pub(crate) fn courier(&self) -> &dyn Courier {
        &*self.0.ports.courier
    }

    /// Tells them that a conversation changed.
    pub(crate) async fn announce(&self, id: ConversationId) {
        if self.config().webhooks.is_empty() {
            return;
        }
        if let Ok(glance) = self.conversations().glance(id).await {
            let root = &self.config().conversations_path;
            let info = ConversationInfo::of(&glance, root, false, &[]);
            self.webhooks().changed(&info);
        }
    }

    /// Asks something of a conversation.
    pub(crate) async fn ask(&self, id: ConversationId, command: Command) -> Result<Reply, Error> {
        self.open(id).await?.command(command).await.map_err(refused)
    }
}

/// How a refused command is answered.
pub(crate) fn refused(error: CommandError) -> Error {
    use domain::LogError;
    match error {
        CommandError::NotFound(_) | CommandError::Log(LogError::NotFound(_)) => {
            Error::not_found("Not Found")
        }
        CommandError::Invalid(detail) => Error::bad(detail),
        CommandError::Conflict(detail) => Error::conflict(detail),
        CommandError::Busy => Error::too_many("The conversation is busy; try again"),
        busy @ CommandError::Log(LogError::Busy { .. } | LogError::Exists(_)) => {
            Error::conflict(busy.to_string())
        }
        CommandError::Llm(error) => Error::internal(&error),
        CommandError::Log(error) => Error::internal(&error),
        CommandError::Closed => Error::unavailable("The conversation is closed; try again"),
    }
}
