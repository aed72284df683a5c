//! The events of a workspace's commands: a file each, and in memory only where they are. Runs nothing.

mod index;
mod page;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{
    BashCommand, BashEvent, BashEventPage, BashFollower, BashId, BashOutput, BashPlace, BashSearch,
    Clock, Fut, Moment, WorkspaceError, WorkspaceResult,
};
use tokio::sync::{OnceCell, watch};
use tokio_util::sync::CancellationToken;

use super::super::blocking;
use super::name::Name;
use index::Index;

/// What is recorded, and where it is found again.
pub(super) struct Ledger {
    directory: PathBuf,
    clock: Arc<dyn Clock>,
    loaded: OnceCell<()>,
    index: Mutex<Index>,
    /// One past the place of the newest event.
    end: watch::Sender<u64>,
}

impl Ledger {
    pub(super) fn new(directory: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self {
            directory,
            clock,
            loaded: OnceCell::new(),
            index: Mutex::default(),
            end: watch::Sender::new(0),
        }
    }

    /// Looks once what earlier runs left behind; everything else needs this first.
    pub(super) async fn ready(self: &Arc<Self>) -> WorkspaceResult<()> {
        let load = || async {
            let ledger = self.clone();
            blocking(move || ledger.load()).await
        };
        self.loaded.get_or_try_init(load).await.map(|_| ())
    }

    fn load(&self) -> WorkspaceResult<()> {
        let names = names(&self.directory).map_err(|e| self.broken("read", &e))?;
        let now = Moment(self.clock.micros());
        let mut index = self.index();
        index.fill(names, now);
        self.end.send_replace(index.end());
        Ok(())
    }

    /// Records a command; what cannot be recorded must not run.
    pub(super) fn command(
        &self,
        make: impl FnOnce(BashId, Moment) -> BashCommand,
    ) -> WorkspaceResult<BashCommand> {
        let mut index = self.index();
        let command = make(self.fresh(), index.moment(self.clock.micros()));
        let event = BashEvent::Command(command.clone());
        self.write(&event).map_err(|e| self.broken("write", &e))?;
        self.end.send_replace(index.push(Name::of(&event), None));
        Ok(command)
    }

    /// Records what a command wrote. If the disk refuses, memory keeps it: the command has run.
    pub(super) fn output(&self, make: impl FnOnce(BashId, Moment) -> BashOutput) -> BashOutput {
        let mut index = self.index();
        let output = make(self.fresh(), index.moment(self.clock.micros()));
        let event = BashEvent::Output(output.clone());
        let name = Name::of(&event);
        if self.write(&event).is_err() {
            index.keep(event);
        }
        self.end.send_replace(index.push(name, Some(output.order)));
        output
    }

    /// The event of that name, by 32 hex digits.
    pub(super) fn find(&self, id: &str) -> Option<BashEvent> {
        let id = BashId::parse(id).filter(|_| id.len() == 32)?;
        let name = self.index().named(id)?;
        self.read(&name)
    }

    /// A page of events.
    pub(super) async fn search(
        self: &Arc<Self>,
        search: BashSearch,
    ) -> WorkspaceResult<BashEventPage> {
        let ledger = self.clone();
        blocking(move || Ok(page::page(&ledger, &search))).await
    }

    /// Removes everything; how much there was.
    pub(super) async fn clear(self: &Arc<Self>) -> WorkspaceResult<u64> {
        let ledger = self.clone();
        blocking(move || {
            let gone = ledger.index().take();
            Ok(ledger.remove(&gone))
        })
        .await
    }

    /// Removes what is older than that.
    pub(super) async fn forget(self: &Arc<Self>, age: Duration) -> WorkspaceResult<u64> {
        let ledger = self.clone();
        blocking(move || {
            let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
            let before = Moment(ledger.clock.micros().saturating_sub(age));
            let gone = ledger.index().take_before(before);
            Ok(ledger.remove(&gone))
        })
        .await
    }

    fn remove(&self, names: &[Name]) -> u64 {
        for name in names {
            // One that is gone already is no loss, and one that stays is found by the next run.
            std::fs::remove_file(self.path(name)).ok();
        }
        names.len() as u64
    }

    fn write(&self, event: &BashEvent) -> io::Result<()> {
        let path = self.path(&Name::of(event));
        let bytes = serde_json::to_vec_pretty(event)?;
        match std::fs::write(&path, &bytes) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(&self.directory)?;
                std::fs::write(&path, &bytes)
            }
            result => result,
        }
    }

    /// What a file holds, unless it is gone or damaged.
    fn read(&self, name: &Name) -> Option<BashEvent> {
        match std::fs::read(self.path(name)) {
            Ok(bytes) => serde_json::from_slice(&bytes).ok(),
            Err(_) => self.index().kept(name.id),
        }
    }

    fn path(&self, name: &Name) -> PathBuf {
        self.directory.join(name.to_string())
    }

    fn fresh(&self) -> BashId {
        BashId(self.clock.uuid())
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn broken(&self, action: &str, error: &io::Error) -> WorkspaceError {
        let place = self.directory.display();
        WorkspaceError::Broken(format!("Cannot {action} bash events in {place}: {error}"))
    }
}

/// The names of the events in a directory; none if there is no directory yet.
fn names(directory: &Path) -> io::Result<Vec<Name>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut names = Vec::new();
    for entry in entries {
        if let Some(name) = entry?.file_name().to_str().and_then(Name::parse) {
            names.push(name);
        }
    }
    Ok(names)
}

/// A reader at its own pace: it holds a place, not a queue.
pub(super) struct Follower {
    ledger: Arc<Ledger>,
    place: u64,
    end: watch::Receiver<u64>,
    closed: CancellationToken,
}

impl Follower {
    pub(super) fn new(ledger: Arc<Ledger>, place: BashPlace, closed: CancellationToken) -> Self {
        let end = ledger.end.subscribe();
        let place = match place {
            BashPlace::First => 0,
            BashPlace::Next => *end.borrow(),
        };
        Self {
            ledger,
            place,
            end,
            closed,
        }
    }

    async fn step(&mut self) -> WorkspaceResult<Option<BashEvent>> {
        loop {
            let name = self.ledger.index().at(self.place);
            if let Some((place, name)) = name {
                let ledger = self.ledger.clone();
                let event = blocking(move || Ok(ledger.read(&name))).await?;
                // Only now: whoever drops this future before has heard nothing.
                self.place = place + 1;
                match event {
                    Some(event) => return Ok(Some(event)),
                    // Removed in the meantime.
                    None => continue,
                }
            }
            let past = self.place;
            tokio::select! {
                grown = self.end.wait_for(|end| *end > past) => {
                    if grown.is_err() {
                        return Ok(None);
                    }
                }
                () = self.closed.cancelled() => return Ok(None),
            }
        }
    }
}

impl BashFollower for Follower {
    fn next(&mut self) -> Fut<'_, WorkspaceResult<Option<BashEvent>>> {
        Box::pin(self.step())
    }
}
