//! The end of a log, where it grows: one group of batches is one write and one sync. Knows no reader.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use domain::{Draft, LogError};

use crate::births::{self, Births};
use crate::disk::{DiskFile, Held};
use crate::files::Options;
use crate::frame::{ALIGN, HEADER, Header, Seed, encode, encode_seal};
use crate::lease::Lease;
use crate::note::Reach;
use crate::refused;
use crate::segments::Segments;

/// A draft in its batch.
pub(crate) struct Queued {
    pub draft: Draft,
    /// Whether its batch ends with it.
    pub last: bool,
}

/// Where a group came to rest.
pub(crate) struct Placed {
    pub segment: u32,
    /// Whether the segment begins with it.
    pub new: bool,
    /// Where its events start.
    pub starts: Vec<u64>,
    pub end: u64,
}

/// The end of a log.
pub(crate) struct Tail {
    segments: Arc<Segments>,
    options: Options,
    /// Given back before the lock is.
    lease: Option<Lease>,
    lock: Option<Box<dyn Held>>,
    current: Option<Current>,
    events: u64,
    records: u64,
    births: Arc<Births>,
    /// Whether the first segment is durable only in the book of births.
    newborn: bool,
}

/// The segment that grows.
pub(crate) struct Current {
    pub file: Arc<dyn DiskFile>,
    pub segment: u32,
    pub first_record: u64,
    /// Where the next group goes.
    pub end: u64,
    /// How long the file is.
    pub reserved: u64,
    pub sealed: bool,
}

impl Tail {
    pub(crate) fn new(
        segments: Arc<Segments>,
        options: Options,
        (lock, lease): (Box<dyn Held>, Option<Lease>),
        current: Option<Current>,
        counted: (u64, u64),
        births: Arc<Births>,
    ) -> Self {
        let (events, records) = counted;
        let newborn = current.is_some() && births.is_unsettled(segments.id);
        let mut lease = lease;
        if let (Some(lease), Some(current)) = (&mut lease, &current) {
            lease.last_segment(current.segment);
        }
        Self {
            segments,
            options,
            lease,
            lock: Some(lock),
            current,
            events,
            records,
            births,
            newborn,
        }
    }

    /// Writes a group behind everything else and makes it durable.
    pub(crate) fn write(&mut self, group: &[Queued]) -> Result<Placed, LogError> {
        self.confirm()?;
        let placed = match self.current.take() {
            Some(current) => self.extend(current, group)?,
            None => self.begin(0, 0, group)?,
        };
        // It counts only if nobody took the log over while it was written.
        self.confirm()?;
        self.records += group.len() as u64;
        self.events += placed.starts.len() as u64;
        Ok(placed)
    }

    /// How many records are durable.
    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    /// How far it reaches; nothing before the first record.
    pub(crate) fn reach(&self) -> Option<Reach> {
        self.current.as_ref().map(|current| Reach {
            segment: current.segment,
            end: current.end,
            record: relative(self.records, current.first_record),
            events: self.events,
        })
    }

    fn confirm(&mut self) -> Result<(), LogError> {
        self.lease.as_mut().map_or(Ok(()), Lease::confirm)
    }

    /// Whether whoever had the log before may still write into the segment that was last then.
    fn is_fenced(&self, segment: u32) -> bool {
        self.lease
            .as_ref()
            .is_some_and(|lease| lease.fenced.is_some_and(|last| last == segment))
    }

    fn extend(&mut self, mut current: Current, group: &[Queued]) -> Result<Placed, LogError> {
        let mut frames = Frames::new(current.end);
        let record = relative(self.records, current.first_record);
        let seed = self.segments.seed(current.segment);
        frames.add(seed, record, current.end, group);
        let room = current.has_room(frames.bytes.len() as u64, self.options.segment_bytes);
        if !room || self.is_fenced(current.segment) {
            return self.roll(current, group);
        }
        let path = self.segments.path(current.segment);
        let grown = current.grow(&path, &self.options, &frames.bytes);
        let placed = current.placed(frames.starts);
        self.current = Some(current);
        grown?;
        self.settle()?;
        Ok(placed)
    }

    /// Makes the names of the first segment durable, if only the book of births vouches for them so far.
    fn settle(&mut self) -> Result<(), LogError> {
        if self.newborn {
            self.segments.sync_names(0)?;
            self.births.settled(self.segments.id);
            self.newborn = false;
        }
        Ok(())
    }

    /// The same for a segment of which not even the bytes were synced.
    fn settle_whole(&mut self, current: &Current) -> Result<(), LogError> {
        if self.newborn {
            let path = self.segments.path(current.segment);
            current
                .file
                .sync()
                .map_err(|error| refused("sync", &path, error))?;
        }
        self.settle()
    }

    /// Vouches for everything written, gives back what was reserved, and lets go of the lock.
    ///
    /// Everything is durable before; if the disk refuses now, nothing is lost but the voucher.
    pub(crate) fn close(&mut self) {
        if let Some(mut current) = self.current.take() {
            // What is not sealed is looked at more closely by whoever opens it next.
            let ours = self.confirm().is_ok() && !self.is_fenced(current.segment);
            if ours && self.settle_whole(&current).is_ok() {
                let seed = self.segments.seed(current.segment);
                current.seal(seed, relative(self.records, current.first_record));
            }
            self.current = Some(current);
        }
        self.release();
    }

    /// Lets go of the lock and of the files as they are; of a log in which nothing ever rested, nothing stays.
    pub(crate) fn release(&mut self) {
        let ours = self.lease.as_ref().is_none_or(|lease| !lease.is_lost());
        if ours && self.lock.is_some() && self.current.is_none() && self.records == 0 {
            self.leave_nothing();
        }
        self.current = None;
        self.lease = None;
        self.lock = None;
        self.segments.release();
    }

    fn leave_nothing(&self) {
        let disk = &self.segments.disk;
        if disk.remove_tree(&self.segments.home).is_err() {
            // An empty directory is no conversation; whoever creates this one next will use it.
        }
    }

    fn roll(&mut self, mut full: Current, group: &[Queued]) -> Result<Placed, LogError> {
        // The header of the next segment vouches for this one.
        if let Err(error) = self.settle_whole(&full) {
            self.current = Some(full);
            return Err(error);
        }
        let begun = self.begin(full.segment + 1, full.end, group);
        full.cut();
        if begun.is_err() {
            self.current = Some(full);
        }
        begun
    }

    fn begin(&mut self, segment: u32, previous: u64, group: &[Queued]) -> Result<Placed, LogError> {
        let begun = self.bear(segment, previous, group);
        if begun.is_err() {
            self.undo(segment);
        }
        begun
    }

    /// Writes a new segment whole under another name, so that it exists only once it is durable.
    fn bear(&mut self, segment: u32, previous: u64, group: &[Queued]) -> Result<Placed, LogError> {
        let mut frames = Frames::new(0);
        frames.bytes.resize(HEADER as usize, 0);
        frames.add(self.segments.seed(segment), 0, 0, group);
        let header = Header {
            id: self.segments.id,
            segment,
            first_seq: self.events,
            first_record: self.records,
            previous,
            begun: frames.bytes.len() as u64,
        };
        frames.head(&header);
        let first_record = self.records;
        let unwritten = |file| Current {
            file,
            segment,
            first_record,
            end: 0,
            reserved: 0,
            sealed: false,
        };
        if segment == 0 && self.is_entered(group, &frames.bytes) {
            let mut current = unwritten(self.make(&self.segments.path(0))?);
            current.put(&self.segments.path(0), &frames.bytes)?;
            self.births.written(self.segments.id);
            self.newborn = true;
            let mut placed = current.placed(frames.starts);
            placed.new = true;
            self.current = Some(current);
            return Ok(placed);
        }
        let path = self.segments.unborn(segment);
        let mut current = unwritten(self.make(&path)?);
        current.store(&path, &self.options, &frames.bytes)?;
        self.name(segment)?;
        let mut placed = current.placed(frames.starts);
        placed.new = true;
        self.current = Some(current);
        Ok(placed)
    }

    /// Whether the book of births makes the first group durable: one whole batch, so that it is there or not.
    fn is_entered(&self, group: &[Queued], bytes: &[u8]) -> bool {
        let batches = group.iter().filter(|queued| queued.last).count();
        batches == 1
            && bytes.len() <= births::LARGEST
            && self
                .births
                .enter(self.segments.id, Bytes::copy_from_slice(bytes))
                .is_ok()
    }

    /// Removes a segment that nobody was told of. What cannot be removed now is dealt with when the log is opened next.
    fn undo(&self, segment: u32) {
        let disk = &self.segments.disk;
        for path in [self.segments.unborn(segment), self.segments.path(segment)] {
            if disk.remove(&path).is_err() {
                continue;
            }
        }
        // A birth is taken back only once nothing half-written can come back without it.
        let gone = segment == 0 && disk.sync_dir(&self.segments.dir()).is_ok();
        if gone && self.births.bury(self.segments.id).is_err() {
            // It may come back after a power cut, whole, as what was not acknowledged may.
        }
    }

    fn make(&self, path: &Path) -> Result<Arc<dyn DiskFile>, LogError> {
        let disk = &self.segments.disk;
        let dir = self.segments.dir();
        disk.make_dir(&dir)
            .map_err(|error| refused("create", &dir, error))?;
        disk.create(path)
            .map_err(|error| refused("create", path, error))
    }

    /// Gives a durable segment its name, and makes that durable too.
    fn name(&self, segment: u32) -> Result<(), LogError> {
        let disk = &self.segments.disk;
        let (from, to) = (self.segments.unborn(segment), self.segments.path(segment));
        disk.rename(&from, &to)
            .map_err(|error| refused("name", &to, error))?;
        self.segments.sync_names(segment)
    }
}

impl Current {
    fn has_room(&self, more: u64, most: u64) -> bool {
        self.end + more <= most
    }

    fn placed(&self, starts: Vec<u64>) -> Placed {
        Placed {
            segment: self.segment,
            new: false,
            starts,
            end: self.end,
        }
    }

    /// Writes where nothing is yet, and leaves it to others to make that durable.
    fn put(&mut self, path: &Path, bytes: &[u8]) -> Result<(), LogError> {
        self.file
            .write_at(bytes, 0)
            .map_err(|error| refused("write", path, error))?;
        self.end = bytes.len() as u64;
        self.reserved = self.end;
        Ok(())
    }

    pub(crate) fn grow(
        &mut self,
        path: &Path,
        options: &Options,
        bytes: &[u8],
    ) -> Result<(), LogError> {
        let stored = self.store(path, options, bytes);
        if stored.is_err() {
            self.cut();
        }
        stored
    }

    fn store(&mut self, path: &Path, options: &Options, bytes: &[u8]) -> Result<(), LogError> {
        let end = self.end + bytes.len() as u64;
        self.reserve(end, options);
        self.file
            .write_at(bytes, self.end)
            .map_err(|error| refused("write", path, error))?;
        self.reserved = self.reserved.max(end);
        self.file
            .sync()
            .map_err(|error| refused("sync", path, error))?;
        self.end = end;
        self.sealed = false;
        Ok(())
    }

    /// Adds a seal and gives back what was reserved, unless the last close did.
    fn seal(&mut self, seed: Seed, record: u32) {
        if self.sealed {
            return;
        }
        let mut bytes = Vec::new();
        encode_seal(&mut bytes, seed, record, self.end);
        let durable = self.end;
        let written = self.file.write_at(&bytes, durable);
        if written.is_ok() {
            self.end += bytes.len() as u64;
        }
        self.cut();
        if self.file.sync().is_err() {
            self.end = durable;
            self.cut();
        }
    }

    /// Reserves room ahead in growing steps, so that most writes change no length.
    fn reserve(&mut self, end: u64, options: &Options) {
        let step = self
            .end
            .max(options.reserve_least)
            .min(options.reserve_most);
        if end > self.reserved && step > 0 {
            let to = (end + step).next_multiple_of(ALIGN);
            if self.file.preallocate(self.reserved, to) {
                self.reserved = to;
            }
        }
    }

    /// Cuts what is not durable, or only reserved. What cannot be cut now is cut when the log is opened next.
    fn cut(&mut self) {
        if self.file.truncate(self.end).is_ok() {
            self.reserved = self.end;
        }
    }
}

/// The bytes of a group.
struct Frames {
    before: u64,
    bytes: Vec<u8>,
    /// Where its events start.
    starts: Vec<u64>,
}

impl Frames {
    fn new(before: u64) -> Self {
        Self {
            before,
            bytes: Vec::new(),
            starts: Vec::new(),
        }
    }

    fn add(&mut self, seed: Seed, record: u32, base: u64, group: &[Queued]) {
        self.bytes.reserve(group.iter().map(Queued::room).sum());
        for (record, queued) in (record..).zip(group) {
            if queued.draft.event.is_some() {
                self.starts.push(self.before + self.bytes.len() as u64);
            }
            let Queued { draft, last } = queued;
            encode(&mut self.bytes, seed, record, base, draft, *last);
        }
    }

    fn head(&mut self, header: &Header) {
        if let Some(place) = self.bytes.get_mut(..HEADER as usize) {
            place.copy_from_slice(&header.encode());
        }
    }
}

impl Queued {
    /// About how many bytes its frame takes.
    fn room(&self) -> usize {
        let event = self.draft.event.as_ref().map_or(0, |(_, json)| json.len());
        96 + event + self.draft.fact.as_ref().map_or(0, Bytes::len)
    }
}

fn relative(records: u64, first: u64) -> u32 {
    u32::try_from(records - first).unwrap_or(u32::MAX)
}
