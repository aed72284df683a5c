//! A log as one reader or writer holds it. Knows nothing of the other logs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use domain::{Draft, Entry, EventId, Fut, Log, LogError, Mark, Record};

use super::shelf::{Content, Shelf, machine_down};

/// What a handle may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// A hold on a log; dropping it lets go.
#[derive(Debug)]
pub(super) struct Handle {
    shelf: Arc<Shelf>,
    access: Access,
    life: u64,
    closed: AtomicBool,
}

impl Handle {
    pub fn new(shelf: Arc<Shelf>, access: Access) -> Result<Self, LogError> {
        if access == Access::Write {
            shelf.refuse_if_busy()?;
        }
        if access == Access::Write {
            shelf.with(|content| {
                content.writer = true;
                content.failed = None;
            });
        }
        let life = shelf.weather.life();
        Ok(Self {
            shelf,
            access,
            life,
            closed: AtomicBool::new(false),
        })
    }

    /// Why nothing can be asked of this handle any more.
    fn over(&self) -> Option<LogError> {
        if self.dead() {
            return Some(machine_down());
        }
        let closed = self.closed.load(Ordering::SeqCst);
        closed.then(|| LogError::Closed(String::new()))
    }

    /// Whether the machine went down since the handle was made.
    fn dead(&self) -> bool {
        let weather = &self.shelf.weather;
        weather.is_down() || weather.life() != self.life
    }

    fn look<T>(&self, f: impl FnOnce(&Content) -> T) -> Result<T, LogError> {
        match self.over() {
            Some(error) => Err(error),
            None => Ok(self.shelf.with(|content| f(content))),
        }
    }

    fn let_go(&self) {
        if !self.closed.swap(true, Ordering::SeqCst) && self.access == Access::Write {
            self.shelf.with(|content| {
                if self.shelf.weather.life() == self.life {
                    content.writer = false;
                }
            });
        }
        self.shelf.notify();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl Log for Handle {
    fn append(&self, batch: Vec<Draft>) -> Result<(Mark, u64), LogError> {
        self.look(|_| ())?;
        if self.access == Access::Read {
            return Err(LogError::Closed(
                " to writing: it was opened only to be read".to_owned(),
            ));
        }
        self.shelf.append(batch)
    }

    fn durable(&self, mark: Mark) -> Fut<'_, Result<(), LogError>> {
        Box::pin(self.shelf.until(move |content| match self.over() {
            Some(error) if self.dead() => Some(Err(error)),
            _ if content.durable >= mark.0 => Some(Ok(())),
            Some(error) => Some(Err(error)),
            None => content.failed.clone().map(Err),
        }))
    }

    fn flush(&self) -> Fut<'_, Result<(), LogError>> {
        let (appended, failed) = self
            .shelf
            .with(|content| (Mark(content.appended), content.failed.clone()));
        match failed {
            Some(failure) => Box::pin(async { Err(failure) }),
            None => self.durable(appended),
        }
    }

    fn len(&self) -> u64 {
        self.shelf.with(|content| content.entries.len() as u64)
    }

    fn grown(&self, past: u64) -> Fut<'_, Result<u64, LogError>> {
        Box::pin(self.shelf.until(move |content| {
            if let Some(error) = self.over() {
                return Some(Err(error));
            }
            let len = content.entries.len() as u64;
            (len > past).then_some(Ok(len))
        }))
    }

    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, LogError> {
        self.look(|content| {
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            content
                .entries
                .iter()
                .skip(from)
                .take(limit)
                .cloned()
                .collect()
        })
    }

    fn find(&self, id: &EventId) -> Result<Option<u64>, LogError> {
        self.look(|content| content.places.get(id).copied())
    }

    fn replay(&self, each: &mut dyn FnMut(Record) -> Result<(), LogError>) -> Result<(), LogError> {
        let records = self.look(|content| content.records.clone())?;
        records.into_iter().try_for_each(each)
    }

    fn note(&self, upto: Mark, note: Bytes) {
        if self.over().is_none() && self.access == Access::Write {
            self.shelf.note(upto, note);
        }
    }

    fn outputs(&self) -> &Path {
        &self.shelf.outputs
    }

    fn close(&self) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async move {
            if self.closed.load(Ordering::SeqCst) {
                return Ok(());
            }
            if self.access == Access::Write {
                let last = self.look(|content| Mark(content.appended))?;
                self.durable(last).await?;
            }
            self.let_go();
            Ok(())
        })
    }
}
