//! One book: frames like those of a log, a birth or a death in each. Knows no conversation's directory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use domain::{ConversationId, Draft, EventId, LogError};
use uuid::Uuid;

use crate::disk::{Disk, Held, LockError};
use crate::files::Options;
use crate::frame::{HEADER, Header, Seed, encode};
use crate::refused;
use crate::scan::Walk;
use crate::tail::Current;

/// What stands in a book.
pub(super) enum Entry {
    /// A conversation and its first group, with the header of its file.
    Birth(ConversationId, Bytes),
    /// A conversation that is no more.
    Death(ConversationId),
}

impl Entry {
    fn draft(&self) -> Draft {
        match self {
            Self::Birth(id, group) => Draft {
                event: Some((EventId::from(id.0), group.clone())),
                fact: None,
            },
            Self::Death(id) => Draft {
                event: None,
                fact: Some(Bytes::copy_from_slice(id.0.as_bytes())),
            },
        }
    }
}

/// A book that only this process writes.
pub(super) struct Book {
    pub number: u64,
    path: PathBuf,
    current: Option<Current>,
    records: u32,
    _lock: Box<dyn Held>,
}

fn file(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:08}.book"))
}

fn lock_file(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:08}.lock"))
}

/// What a book is called inside.
fn name(number: u64) -> ConversationId {
    ConversationId(Uuid::from_u128(u128::from(number)))
}

/// The books there are, in order.
pub(super) fn numbers(disk: &dyn Disk, dir: &Path) -> Result<Vec<u64>, LogError> {
    let names = match disk.list(dir) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(refused("list", dir, error)),
    };
    let number = |name: &String| name.strip_suffix(".book")?.parse().ok();
    let mut numbers: Vec<u64> = names.iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

impl Book {
    /// Begins a book behind all there are; its name is durable in its directory.
    pub(super) fn begin(disk: &Arc<dyn Disk>, dir: &Path) -> Result<Self, LogError> {
        disk.make_dir(dir)
            .map_err(|error| refused("create", dir, error))?;
        let mut number = numbers(&**disk, dir)?.last().map_or(0, |last| last + 1);
        let lock = loop {
            let path = lock_file(dir, number);
            match disk.lock(&path) {
                Ok(lock) => break lock,
                Err(LockError::Held(_)) => number += 1,
                Err(LockError::Io(error)) => return Err(refused("lock", &path, error)),
            }
        };
        let path = file(dir, number);
        let failed = |error| refused("create", &path, error);
        let file = disk.create(&path).map_err(failed)?;
        let header = Header {
            id: name(number),
            segment: 0,
            first_seq: 0,
            first_record: 0,
            previous: 0,
            begun: HEADER,
        };
        file.write_at(&header.encode(), 0)
            .and_then(|()| file.sync())
            .and_then(|()| disk.sync_dir(dir))
            .map_err(failed)?;
        let current = Current {
            file,
            segment: 0,
            first_record: 0,
            end: HEADER,
            reserved: HEADER,
            sealed: false,
        };
        Ok(Self {
            number,
            path,
            current: Some(current),
            records: 0,
            _lock: lock,
        })
    }

    /// Writes entries behind the others, and makes them durable with one sync.
    pub(super) fn write<'a>(
        &mut self,
        entries: impl Iterator<Item = &'a Entry>,
        options: &Options,
    ) -> Result<(), LogError> {
        let Some(current) = &mut self.current else {
            return Err(LogError::Closed(String::new()));
        };
        let seed = Seed::new(name(self.number), 0);
        let mut bytes = Vec::new();
        let mut record = self.records;
        for entry in entries {
            encode(&mut bytes, seed, record, current.end, &entry.draft(), true);
            record += 1;
        }
        current.grow(&self.path, options, &bytes)?;
        self.records = record;
        Ok(())
    }

    pub(super) fn end(&self) -> u64 {
        self.current.as_ref().map_or(0, |current| current.end)
    }

    /// Removes it for good.
    pub(super) fn remove(&self, disk: &dyn Disk, dir: &Path) -> Result<(), LogError> {
        disk.remove(&self.path)
            .and_then(|()| disk.sync_dir(dir))
            .map_err(|error| refused("remove", &self.path, error))?;
        if disk.remove(&lock_file(dir, self.number)).is_err() {
            // A lock that nobody has is in nobody's way.
        }
        Ok(())
    }

    /// Takes over a book that was left behind; nothing while its writer lives.
    pub(super) fn adopt(disk: &dyn Disk, dir: &Path, number: u64) -> Option<Self> {
        let lock = disk.lock(&lock_file(dir, number)).ok()?;
        Some(Self {
            number,
            path: file(dir, number),
            current: None,
            records: 0,
            _lock: lock,
        })
    }
}

/// Everything that stands in a book, as far as it is whole.
pub(super) fn read(disk: &dyn Disk, dir: &Path, number: u64) -> io::Result<Vec<Entry>> {
    let book = disk.open_read(&file(dir, number))?;
    let mut walk = Walk::new(&*book, Seed::new(name(number), 0), book.len()?);
    let mut entries = Vec::new();
    while let Some(frame) = walk.next()? {
        let born = std::str::from_utf8(frame.name())
            .ok()
            .and_then(ConversationId::parse);
        let died = frame.fact().and_then(|fact| Uuid::from_slice(fact).ok());
        if let (Some(id), Some(group)) = (born, frame.event()) {
            entries.push(Entry::Birth(id, Bytes::copy_from_slice(group)));
        } else if let Some(id) = died {
            entries.push(Entry::Death(ConversationId(id)));
        }
    }
    Ok(entries)
}
