//! What is read from a log: by place, by name, or from the first record on. Knows no writer.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::{Draft, Entry, EventId, LogError, Record};

use crate::frame::{Frame, HEAD, Head};
use crate::held;
use crate::index::{Index, Run};
use crate::scan::Walk;
use crate::segments::Segments;
use crate::tail::{Placed, Queued};

/// About how much is read at once; entries read together share their memory.
const STRETCH: u64 = 64 * 1024;

/// The readable side of a log.
pub(crate) struct Reading {
    pub segments: Arc<Segments>,
    index: Mutex<Index>,
    /// Whether damage is skipped.
    gaps: bool,
}

impl Reading {
    pub(crate) fn new(segments: Arc<Segments>, index: Index) -> Self {
        Self {
            segments,
            index: Mutex::new(index),
            gaps: false,
        }
    }

    /// Skips damage wherever there is some.
    pub(crate) fn with_gaps(mut self) -> Self {
        self.gaps = true;
        self
    }

    /// How many events there are.
    pub(crate) fn events(&self) -> u64 {
        held(&self.index).events()
    }

    /// Gives the events of a batch their names; none of them if one is taken.
    pub(crate) fn name(&self, first: u64, batch: &[Draft]) -> Result<(), LogError> {
        let mut index = held(&self.index);
        let names = || {
            let events = batch.iter().filter_map(|draft| draft.event.as_ref());
            (first..).zip(events.map(|(id, _)| id))
        };
        for (seq, id) in names() {
            if !index.name(id.to_string().as_bytes(), seq) {
                for (_, taken_back) in names().take_while(|(earlier, _)| *earlier < seq) {
                    index.forget(taken_back.to_string().as_bytes());
                }
                return Err(LogError::Duplicate(id.clone()));
            }
        }
        Ok(())
    }

    /// Lets readers see a group; returns how many events there are then.
    pub(crate) fn publish(&self, group: &[Queued], placed: &Placed) -> u64 {
        let mut index = held(&self.index);
        if placed.new {
            index.begin(placed.segment, placed.end);
        }
        let first = index.events();
        index.place(placed.starts.iter().copied(), placed.end);
        let events = group
            .iter()
            .filter_map(|queued| queued.draft.event.as_ref());
        for (seq, (_, json)) in (first..).zip(events) {
            index.keep(seq, json.clone());
        }
        index.events()
    }

    pub(crate) fn read(&self, from: u64, limit: usize) -> Result<Vec<Entry>, LogError> {
        let runs = {
            let index = held(&self.index);
            if let Some(recent) = index.recent(from, limit) {
                return Ok(recent);
            }
            index.runs(from, limit)
        };
        let mut entries = Vec::with_capacity(runs.iter().map(|run| run.starts.len()).sum());
        for run in &runs {
            self.read_run(run, &mut entries)?;
        }
        Ok(entries)
    }

    pub(crate) fn find(&self, id: &EventId) -> Result<Option<u64>, LogError> {
        let name = id.to_string();
        let runs = {
            let index = held(&self.index);
            match index.named(name.as_bytes()) {
                Some(seq) => index.runs(seq, 1),
                None => Vec::new(),
            }
        };
        let Some(run) = runs.first() else {
            return Ok(None);
        };
        let stretch = self.stretch(run, 0, 1)?;
        let frame = self.frame(run, &stretch, 0)?;
        Ok((frame.name() == name.as_bytes()).then_some(run.first))
    }

    pub(crate) fn replay(
        &self,
        each: &mut dyn FnMut(Record) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let extents = held(&self.index).extents();
        let mut seq = 0;
        for (segment, end) in extents {
            let file = self.segments.reader(segment)?;
            let mut walk = Walk::new(&*file, self.segments.seed(segment), end);
            self.replay_segment(segment, &mut walk, &mut seq, each)?;
            if walk.at() != end && !self.gaps {
                return Err(self.damaged(segment, walk.at()));
            }
        }
        Ok(())
    }

    fn replay_segment(
        &self,
        segment: u32,
        walk: &mut Walk<'_>,
        seq: &mut u64,
        each: &mut dyn FnMut(Record) -> Result<(), LogError>,
    ) -> Result<(), LogError> {
        let unreadable = |error| self.segments.unreadable(segment, error);
        loop {
            while let Some(frame) = walk.next().map_err(unreadable)? {
                if !frame.head.is_seal() {
                    each(record(&frame, seq))?;
                }
            }
            if !self.gaps || !walk.resume().map_err(unreadable)? {
                return Ok(());
            }
        }
    }

    fn read_run(&self, run: &Run, entries: &mut Vec<Entry>) -> Result<(), LogError> {
        let mut from = 0;
        while from < run.starts.len() {
            let to = run.stretch_end(from);
            let stretch = self.stretch(run, from, to)?;
            for n in from..to {
                let frame = self.frame(run, &stretch, n)?;
                let offset = stretch.offset(frame.at);
                let range = frame.event_range().unwrap_or_default();
                entries.push(Entry {
                    seq: run.first + n as u64,
                    json: stretch
                        .bytes
                        .slice(offset + range.start..offset + range.end),
                });
            }
            from = to;
        }
        Ok(())
    }

    fn stretch(&self, run: &Run, from: usize, to: usize) -> Result<Stretch, LogError> {
        let start = run.start(from);
        let len = usize::try_from(run.start(to) - start).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len];
        let got = self
            .segments
            .reader(run.segment)?
            .read_at(&mut bytes, start)
            .map_err(|error| self.segments.unreadable(run.segment, error))?;
        bytes.truncate(got);
        Ok(Stretch {
            start,
            bytes: Bytes::from(bytes),
        })
    }

    /// The sound frame of an event of a run.
    fn frame<'a>(&self, run: &Run, stretch: &'a Stretch, n: usize) -> Result<Frame<'a>, LogError> {
        let at = run.start(n);
        let seed = self.segments.seed(run.segment);
        stretch
            .bytes
            .get(stretch.offset(at)..)
            .and_then(|rest| {
                let head = Head::parse(rest.get(..HEAD)?)?;
                let bytes = rest.get(..usize::try_from(head.size()).ok()?)?;
                head.matches(seed, bytes)
                    .then(|| Frame::new(at, head, bytes))
            })
            .ok_or_else(|| self.damaged(run.segment, at))
    }

    fn damaged(&self, segment: u32, at: u64) -> LogError {
        self.segments.corrupt(
            segment,
            at,
            "a record does not match its checksum, though it did when the log was opened",
        )
    }
}

impl Run {
    /// Where an event starts, or the last one ends.
    fn start(&self, n: usize) -> u64 {
        self.starts.get(n).copied().unwrap_or(self.end)
    }

    /// How far one reading from there goes: one event at least, and no more than a stretch otherwise.
    fn stretch_end(&self, from: usize) -> usize {
        let most = self.start(from) + STRETCH;
        let mut to = from + 1;
        while to < self.starts.len() && self.start(to + 1) <= most {
            to += 1;
        }
        to
    }
}

/// Part of a segment in memory.
struct Stretch {
    start: u64,
    bytes: Bytes,
}

impl Stretch {
    fn offset(&self, at: u64) -> usize {
        usize::try_from(at - self.start).unwrap_or(usize::MAX)
    }
}

/// A record with memory of its own.
pub(crate) fn record(frame: &Frame<'_>, seq: &mut u64) -> Record {
    let event = frame.event().map(|json| {
        let entry = Entry {
            seq: *seq,
            json: Bytes::copy_from_slice(json),
        };
        *seq += 1;
        entry
    });
    Record {
        event,
        fact: frame.fact().map(Bytes::copy_from_slice),
    }
}
