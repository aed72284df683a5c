//! A journal in memory whose durability the test holds back, fails or cuts off. Knows no file but a scratch directory
//! for outputs.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use domain::{ConversationId, Draft, EventId, Journal};
//! use testkit::log::{Crash, Memory};
//!
//! let memory = Memory::new();
//! memory.crash_at(2, Crash::Lost);
//! let log = memory.create(ConversationId(uuid::Uuid::nil())).unwrap();
//! let event = |id: &str| Draft { event: Some((EventId::new(id), "{}".into())), fact: None };
//! let (first, _) = log.append(vec![event("a")]).unwrap();
//! log.durable(first).await.unwrap();
//! assert!(log.append(vec![event("b")]).is_err());
//! memory.restart();
//! assert_eq!(memory.open(ConversationId(uuid::Uuid::nil())).unwrap().len(), 1);
//! # });
//! ```

mod handle;
mod shelf;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use domain::{ConversationId, Journal, Listed, Log, LogError, Past, Reached};
use tokio::sync::watch;

use handle::{Access, Handle};
use shelf::Shelf;

/// What becomes of the batch during whose writing the machine goes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// It is gone.
    Lost,
    /// It is on the disk, but nobody was told.
    Unacknowledged,
}

/// All conversations of one test; clones are the same place.
#[derive(Clone, Debug)]
pub struct Memory(Arc<Place>);

#[derive(Debug)]
struct Place {
    shelves: Mutex<Vec<Arc<Shelf>>>,
    weather: Arc<Weather>,
    scratch: OnceLock<tempfile::TempDir>,
}

/// What happens to writes, in every log of the place.
#[derive(Debug)]
struct Weather {
    now: Mutex<Forecast>,
    down: watch::Sender<bool>,
    /// Rises when the machine comes up again: handles of an earlier life are dead.
    life: AtomicU64,
}

#[derive(Debug, Default)]
struct Forecast {
    held: bool,
    fails: Option<io::ErrorKind>,
    crash: Option<(u64, Crash)>,
    written: u64,
}

/// What happens to one batch.
enum Fate {
    Written,
    Waits,
    Fails(io::ErrorKind),
    Crashes(Crash),
}

impl Weather {
    fn with<T>(&self, f: impl FnOnce(&mut Forecast) -> T) -> T {
        f(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next(&self, forced: bool) -> Fate {
        self.with(|now| {
            if now.held && !forced {
                return Fate::Waits;
            }
            if let Some(kind) = now.fails.take() {
                return Fate::Fails(kind);
            }
            now.written += 1;
            match now.crash {
                Some((at, crash)) if now.written >= at => Fate::Crashes(crash),
                Some(_) | None => Fate::Written,
            }
        })
    }

    fn is_down(&self) -> bool {
        *self.down.borrow()
    }

    fn life(&self) -> u64 {
        self.life.load(Ordering::SeqCst)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// An empty place where everything is durable at once.
    pub fn new() -> Self {
        Self(Arc::new(Place {
            shelves: Mutex::default(),
            weather: Arc::new(Weather {
                now: Mutex::default(),
                down: watch::Sender::new(false),
                life: AtomicU64::new(0),
            }),
            scratch: OnceLock::new(),
        }))
    }

    /// From now on nothing becomes durable until it is released.
    pub fn hold(&self) {
        self.0.weather.with(|now| now.held = true);
    }

    /// Everything held becomes durable, and whatever comes becomes so at once.
    pub fn release(&self) {
        self.0.weather.with(|now| now.held = false);
        for shelf in self.shelves() {
            while shelf.write_next(true) {}
        }
    }

    /// The oldest held batch of every log becomes durable.
    pub fn release_one(&self) {
        for shelf in self.shelves() {
            shelf.write_next(true);
        }
    }

    /// How many batches wait to become durable.
    pub fn held(&self) -> usize {
        self.shelves().iter().map(|shelf| shelf.waiting()).sum()
    }

    /// How many batches have been written so far, in all logs.
    pub fn written(&self) -> u64 {
        self.0.weather.with(|now| now.written)
    }

    /// The next batch to be written fails with such an error, and its log with it.
    pub fn fail_next(&self, kind: io::ErrorKind) {
        self.0.weather.with(|now| now.fails = Some(kind));
    }

    /// The machine goes down while it writes the batch of that number, counted from 1 over the life of the place.
    pub fn crash_at(&self, batch: u64, crash: Crash) {
        self.0
            .weather
            .with(|now| now.crash = Some((batch.max(1), crash)));
    }

    /// The machine goes down now; what is not durable is gone.
    pub fn crash(&self) {
        self.0.weather.down.send_replace(true);
    }

    /// Resolves once the machine is down.
    pub async fn crashed(&self) {
        let mut down = self.0.weather.down.subscribe();
        // The sender lives in `self`, so this cannot fail.
        let _ = down.wait_for(|down| *down).await;
    }

    /// The machine comes up again, with good weather and no log open.
    pub fn restart(&self) {
        self.crash();
        self.0.weather.life.fetch_add(1, Ordering::SeqCst);
        for shelf in self.shelves() {
            shelf.forget();
        }
        self.0.weather.with(|now| {
            *now = Forecast {
                written: now.written,
                ..Forecast::default()
            };
        });
        self.0.weather.down.send_replace(false);
    }

    fn shelves(&self) -> Vec<Arc<Shelf>> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Shelf>>> {
        self.0
            .shelves
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn shelf(&self, id: ConversationId) -> Result<Arc<Shelf>, LogError> {
        self.up()?;
        self.lock()
            .iter()
            .find(|shelf| shelf.id == id)
            .cloned()
            .ok_or(LogError::NotFound(id))
    }

    fn up(&self) -> Result<(), LogError> {
        if self.0.weather.is_down() {
            return Err(shelf::machine_down());
        }
        Ok(())
    }

    fn outputs(&self, id: ConversationId) -> Result<PathBuf, LogError> {
        let failed = |source| LogError::Io {
            action: "make a scratch directory in",
            path: std::env::temp_dir().display().to_string(),
            source: Arc::new(source),
        };
        let scratch = match self.0.scratch.get() {
            Some(scratch) => scratch,
            None => {
                let made = tempfile::tempdir().map_err(failed)?;
                self.0.scratch.get_or_init(|| made)
            }
        };
        let path = scratch.path().join(id.hex());
        std::fs::create_dir_all(&path).map_err(failed)?;
        Ok(path)
    }
}

impl Journal for Memory {
    fn create(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        self.up()?;
        let outputs = self.outputs(id)?;
        let mut shelves = self.lock();
        if shelves.iter().any(|shelf| shelf.id == id) {
            return Err(LogError::Exists(id));
        }
        let shelf = Arc::new(Shelf::new(id, outputs, Arc::clone(&self.0.weather)));
        shelves.push(Arc::clone(&shelf));
        Ok(Arc::new(Handle::new(shelf, Access::Write)?))
    }

    fn open(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        Ok(Arc::new(Handle::new(self.shelf(id)?, Access::Write)?))
    }

    fn peek(&self, id: ConversationId) -> Result<Arc<dyn Log>, LogError> {
        Ok(Arc::new(Handle::new(self.shelf(id)?, Access::Read)?))
    }

    fn recall(
        &self,
        id: ConversationId,
        each: &mut dyn FnMut(Past) -> Result<(), LogError>,
    ) -> Result<Reached, LogError> {
        let shelf = self.shelf(id)?;
        let (note, records) = shelf.with(|content| (content.note.clone(), content.records.clone()));
        let skipped = note.as_ref().map_or(0, |(upto, _)| *upto);
        if let Some((_, note)) = note {
            each(Past::Note(note))?;
        }
        let upto = records.len() as u64;
        let since = records
            .into_iter()
            .skip(usize::try_from(skipped).unwrap_or(usize::MAX));
        since.map(Past::Record).try_for_each(each)?;
        Ok(Reached(Bytes::copy_from_slice(&upto.to_le_bytes())))
    }

    fn note(&self, id: ConversationId, upto: &Reached, note: Bytes) -> Result<(), LogError> {
        let upto = upto
            .0
            .first_chunk()
            .map_or(0, |eight| u64::from_le_bytes(*eight));
        self.shelf(id)?.note_at(upto, note);
        Ok(())
    }

    fn survey(&self) -> Result<Vec<Listed>, LogError> {
        self.up()?;
        let listed = |shelf: &Arc<Shelf>| Listed {
            id: shelf.id,
            edition: shelf.with(|content| content.edition),
        };
        Ok(self.lock().iter().map(listed).collect())
    }

    fn is_open(&self, id: ConversationId) -> Result<bool, LogError> {
        Ok(self.shelf(id)?.refuse_if_busy().is_err())
    }

    fn list(&self) -> Result<Vec<ConversationId>, LogError> {
        self.up()?;
        Ok(self.lock().iter().rev().map(|shelf| shelf.id).collect())
    }

    fn place(&self, id: ConversationId) -> Option<PathBuf> {
        let shelf = self.shelf(id).ok()?;
        Some(shelf.outputs.clone())
    }

    fn delete(&self, id: ConversationId) -> Result<(), LogError> {
        let shelf = self.shelf(id)?;
        shelf.refuse_if_busy()?;
        self.lock().retain(|other| other.id != id);
        std::fs::remove_dir_all(&shelf.outputs).map_err(|source| LogError::Io {
            action: "remove",
            path: shelf.outputs.display().to_string(),
            source: Arc::new(source),
        })
    }
}

#[cfg(test)]
mod tests;
