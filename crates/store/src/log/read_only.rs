//! A log that is only looked at: what was durable when it was opened, and no more.

use std::path::Path;

use bytes::Bytes;
use domain::{Draft, Entry, EventId, Fut, Log, LogError, Mark, Record};

use super::Reading;

/// A log that is only read.
pub(crate) struct ReadOnly {
    pub reading: Reading,
    pub records: u64,
}

impl Log for ReadOnly {
    fn append(&self, _batch: Vec<Draft>) -> Result<(Mark, u64), LogError> {
        Err(only_to_read())
    }

    fn durable(&self, mark: Mark) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async move {
            if mark.0 <= self.records {
                Ok(())
            } else {
                Err(only_to_read())
            }
        })
    }

    fn flush(&self) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async { Ok(()) })
    }

    fn len(&self) -> u64 {
        self.reading.events()
    }

    fn grown(&self, past: u64) -> Fut<'_, Result<u64, LogError>> {
        Box::pin(async move {
            let now = self.len();
            if now > past {
                Ok(now)
            } else {
                Err(only_to_read())
            }
        })
    }

    fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, LogError> {
        self.reading.read(from, limit)
    }

    fn find(&self, id: &EventId) -> Result<Option<u64>, LogError> {
        self.reading.find(id)
    }

    fn replay(&self, each: &mut dyn FnMut(Record) -> Result<(), LogError>) -> Result<(), LogError> {
        self.reading.replay(each)
    }

    fn note(&self, _upto: Mark, _note: Bytes) {}

    fn outputs(&self) -> &Path {
        self.reading.segments.outputs()
    }

    fn close(&self) -> Fut<'_, Result<(), LogError>> {
        Box::pin(async { Ok(()) })
    }
}

fn only_to_read() -> LogError {
    LogError::Closed(" for writing: it was opened only to be read".to_owned())
}
