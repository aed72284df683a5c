//! Commands of a workspace: each runs on its own, and what it writes becomes events. Knows no terminal and no face.

mod group;
mod ledger;
mod name;
mod run;
mod text;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{
    BashCommand, BashCommandKind, BashEvent, BashEventKind, BashEventPage, BashFollower, BashId,
    BashOutput, BashPlace, BashSearch, Clock, ExecuteBashRequest, WorkspaceError, WorkspaceResult,
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use ledger::{Follower, Ledger};

pub(crate) use group::Shells;

/// How long a stopped command has to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// What the commands of a workspace are made from.
pub(super) struct Config {
    /// Where events are kept.
    pub(super) events: PathBuf,
    /// Where commands start unless they say otherwise.
    pub(super) directory: Option<PathBuf>,
    /// The shells.
    pub(super) shells: Shells,
    /// What commands see.
    pub(super) environment: Arc<[(String, String)]>,
    /// How many may run at once.
    pub(super) at_once: usize,
    /// How many characters of one command's output are kept.
    pub(super) output_limit: usize,
    /// How long events are kept.
    pub(super) retention: Option<Duration>,
}

/// The commands of one workspace.
pub(super) struct Bash {
    config: Config,
    ledger: Arc<Ledger>,
    running: Mutex<HashMap<BashId, Running>>,
    tasks: TaskTracker,
    closed: CancellationToken,
}

/// A command that has not ended.
#[derive(Clone, Default)]
struct Running {
    stop: CancellationToken,
    ended: CancellationToken,
}

impl Bash {
    pub(super) fn new(config: Config, clock: Arc<dyn Clock>) -> Arc<Self> {
        let bash = Arc::new(Self {
            ledger: Arc::new(Ledger::new(config.events.clone(), clock)),
            config,
            running: Mutex::default(),
            tasks: TaskTracker::new(),
            closed: CancellationToken::new(),
        });
        if let Some(age) = bash.config.retention {
            bash.tasks
                .spawn(forget(bash.ledger.clone(), age, bash.closed.clone()));
        }
        bash
    }

    /// Starts a command.
    pub(super) async fn start(
        self: &Arc<Self>,
        request: ExecuteBashRequest,
    ) -> WorkspaceResult<BashCommand> {
        Ok(self.begin(request).await?.0)
    }

    /// Runs a command to its end.
    pub(super) async fn execute(
        self: &Arc<Self>,
        request: ExecuteBashRequest,
    ) -> WorkspaceResult<BashOutput> {
        let (command, end) = self.begin(request).await?;
        let last = end.await.map_err(|_| WorkspaceError::Closed)?;
        if last.order == 0 {
            return Ok(last);
        }
        self.joined(command.id, last).await
    }

    async fn begin(
        self: &Arc<Self>,
        request: ExecuteBashRequest,
    ) -> WorkspaceResult<(BashCommand, oneshot::Receiver<BashOutput>)> {
        self.ledger.ready().await?;
        let running = Running::default();
        let command = self.admit(request, &running)?;
        let (done, end) = oneshot::channel();
        let bash = self.clone();
        let task = command.clone();
        self.tasks.spawn(async move {
            let last = run::run(&bash, &task, &running.stop).await;
            bash.running().remove(&task.id);
            running.ended.cancel();
            // Nobody waits for a command that was only started.
            done.send(last).ok();
        });
        Ok((command, end))
    }

    /// Records a command and counts it among those that run.
    fn admit(&self, request: ExecuteBashRequest, task: &Running) -> WorkspaceResult<BashCommand> {
        let mut running = self.running();
        if self.closed.is_cancelled() {
            return Err(WorkspaceError::Closed);
        }
        if running.len() >= self.config.at_once {
            return Err(WorkspaceError::Busy(format!(
                "{} commands are running already; wait for one to end, or stop one",
                running.len()
            )));
        }
        let cwd = request.cwd.filter(|cwd| !cwd.is_empty()).or_else(|| {
            let directory = self.config.directory.as_ref()?;
            Some(directory.to_string_lossy().into_owned())
        });
        let command = self.ledger.command(|id, timestamp| BashCommand {
            command: request.command,
            cwd,
            timeout: request.timeout,
            id,
            timestamp,
            kind: BashCommandKind::BashCommand,
        })?;
        running.insert(command.id, task.clone());
        Ok(command)
    }

    /// Puts together what a command wrote in pieces.
    async fn joined(&self, command: BashId, mut last: BashOutput) -> WorkspaceResult<BashOutput> {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let mut search = BashSearch {
            kind: Some(BashEventKind::BashOutput),
            command: Some(command),
            ..BashSearch::default()
        };
        loop {
            let page = self.search(search.clone()).await?;
            for event in page.items {
                if let BashEvent::Output(piece) = event {
                    stdout.push_str(piece.stdout.as_deref().unwrap_or_default());
                    stderr.push_str(piece.stderr.as_deref().unwrap_or_default());
                }
            }
            search.page = page.next_page_id;
            if search.page.is_none() {
                break;
            }
        }
        last.stdout = Some(stdout).filter(|text| !text.is_empty());
        last.stderr = Some(stderr).filter(|text| !text.is_empty());
        Ok(last)
    }

    /// Ends a command.
    pub(super) async fn stop(&self, command: BashId) -> WorkspaceResult<()> {
        let running = self.running().get(&command).cloned();
        if let Some(running) = running {
            running.stop.cancel();
            tokio::time::timeout(GRACE * 3, running.ended.cancelled())
                .await
                .ok();
            return Ok(());
        }
        self.ledger.ready().await?;
        let known = self.ledger.find(&command.to_string()).is_some();
        known
            .then_some(())
            .ok_or_else(|| WorkspaceError::NotFound("Not Found".to_owned()))
    }

    pub(super) async fn search(&self, search: BashSearch) -> WorkspaceResult<BashEventPage> {
        self.ledger.ready().await?;
        self.ledger.search(search).await
    }

    pub(super) async fn by_id(&self, ids: Vec<String>) -> WorkspaceResult<Vec<Option<BashEvent>>> {
        self.ledger.ready().await?;
        let ledger = self.ledger.clone();
        super::blocking(move || Ok(ids.iter().map(|id| ledger.find(id)).collect())).await
    }

    pub(super) async fn clear(&self) -> WorkspaceResult<u64> {
        self.ledger.ready().await?;
        self.ledger.clear().await
    }

    pub(super) async fn follow(&self, place: BashPlace) -> WorkspaceResult<Box<dyn BashFollower>> {
        self.ledger.ready().await?;
        Ok(Box::new(Follower::new(
            self.ledger.clone(),
            place,
            self.closed.clone(),
        )))
    }

    /// Whether no command runs and nobody follows.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty() && Arc::strong_count(&self.ledger) == 1
    }

    /// Ends everything; a command's last words are still recorded.
    pub(super) async fn close(&self) {
        {
            // Under the lock, so that nothing starts after this.
            let _running = self.running();
            self.closed.cancel();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn running(&self) -> MutexGuard<'_, HashMap<BashId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes events as they grow old.
async fn forget(ledger: Arc<Ledger>, age: Duration, closed: CancellationToken) {
    let often = (age / 2).max(Duration::from_secs(60));
    loop {
        // What cannot be removed now is tried again the next time.
        if ledger.ready().await.is_ok() {
            ledger.forget(age).await.ok();
        }
        tokio::select! {
            () = closed.cancelled() => return,
            () = tokio::time::sleep(often) => {}
        }
    }
}
