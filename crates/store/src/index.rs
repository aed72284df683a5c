//! Where every event is, by place and by name, and the newest of them whole. In memory only; knows no file.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;
use domain::Entry;

use crate::frame::ALIGN;

/// How much of the newest events is kept whole, so that followers need no disk.
const RECENT_BYTES: usize = 4 * 1024;

/// The durable events of a log: four bytes each for their places, about twenty for their names.
#[derive(Default)]
pub(crate) struct Index {
    segments: Vec<Places>,
    names: Names,
    recent: Recent,
}

/// The places of the events of one segment.
struct Places {
    segment: u32,
    first: u64,
    offsets: Vec<u32>,
    end: u64,
}

/// Events that lie behind one another in one segment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub segment: u32,
    pub first: u64,
    /// Where each starts; where the last one ends at the latest.
    pub starts: Vec<u64>,
    pub end: u64,
}

impl Index {
    /// Begins a segment; everything placed from now on is in it.
    pub(crate) fn begin(&mut self, segment: u32, end: u64) {
        let first = self.events();
        self.segments.push(Places {
            segment,
            first,
            offsets: Vec::new(),
            end,
        });
    }

    /// Adds events that became durable, and the new end of their segment.
    pub(crate) fn place(&mut self, starts: impl IntoIterator<Item = u64>, end: u64) {
        if let Some(places) = self.segments.last_mut() {
            places.offsets.extend(starts.into_iter().map(compact));
            places.end = end;
        }
    }

    /// Keeps a new event whole for a while.
    pub(crate) fn keep(&mut self, seq: u64, json: Bytes) {
        self.recent.push(seq, json);
    }

    /// Gives back memory that only growth needed.
    pub(crate) fn settle(&mut self) {
        for places in &mut self.segments {
            places.offsets.shrink_to_fit();
        }
        self.names.0.shrink_to_fit();
    }

    /// How many events there are.
    pub(crate) fn events(&self) -> u64 {
        self.segments
            .last()
            .map_or(0, |places| places.first + places.offsets.len() as u64)
    }

    /// Every segment with its length.
    pub(crate) fn extents(&self) -> Vec<(u32, u64)> {
        self.segments.iter().map(|p| (p.segment, p.end)).collect()
    }

    /// At most `limit` events from `from` on, if all of them are kept whole.
    pub(crate) fn recent(&self, from: u64, limit: usize) -> Option<Vec<Entry>> {
        self.recent.from(from, limit)
    }

    /// Where at most `limit` events from `from` on are.
    pub(crate) fn runs(&self, from: u64, limit: usize) -> Vec<Run> {
        let to = from.saturating_add(limit as u64).min(self.events());
        let after = self.segments.partition_point(|places| places.first <= from);
        self.segments
            .iter()
            .skip(after.saturating_sub(1))
            .take_while(|places| places.first < to)
            .filter_map(|places| places.run(from, to))
            .collect()
    }

    /// Gives an event's name its place; false if there is such a name already.
    pub(crate) fn name(&mut self, name: &[u8], seq: u64) -> bool {
        let key = self.names.key(name);
        self.names.add(key, seq)
    }

    /// What stands for a name.
    pub(crate) fn key(&self, name: &[u8]) -> u64 {
        self.names.key(name)
    }

    /// Adds events that are durable already: where each starts, and what stands for its name.
    pub(crate) fn recovered(&mut self, events: &[(u64, u64)], end: u64) {
        for (seq, (_, key)) in (self.events()..).zip(events) {
            self.names.add(*key, seq);
        }
        self.place(events.iter().map(|(start, _)| *start), end);
    }

    /// Takes a name back.
    pub(crate) fn forget(&mut self, name: &[u8]) {
        self.names.remove(name);
    }

    /// The place that an event of that name has, if it is in the log.
    pub(crate) fn named(&self, name: &[u8]) -> Option<u64> {
        self.names.get(name)
    }
}

impl Places {
    fn run(&self, from: u64, to: u64) -> Option<Run> {
        let skip = usize::try_from(from.saturating_sub(self.first)).ok()?;
        let until = usize::try_from(to - self.first)
            .unwrap_or(usize::MAX)
            .min(self.offsets.len());
        let starts: Vec<u64> = self
            .offsets
            .get(skip..until)?
            .iter()
            .map(|offset| u64::from(*offset) * ALIGN)
            .collect();
        let end = self
            .offsets
            .get(until)
            .map_or(self.end, |offset| u64::from(*offset) * ALIGN);
        (!starts.is_empty()).then_some(Run {
            segment: self.segment,
            first: self.first + skip as u64,
            starts,
            end,
        })
    }
}

fn compact(start: u64) -> u32 {
    u32::try_from(start / ALIGN).unwrap_or(u32::MAX)
}

/// Places by name, of which only a keyed hash is kept.
#[derive(Default)]
struct Names(HashMap<u64, u32>, RandomState);

impl Names {
    fn key(&self, name: &[u8]) -> u64 {
        self.1.hash_one(name)
    }

    fn add(&mut self, key: u64, seq: u64) -> bool {
        match self.0.entry(key) {
            Slot::Occupied(_) => false,
            Slot::Vacant(slot) => {
                slot.insert(u32::try_from(seq).unwrap_or(u32::MAX));
                true
            }
        }
    }

    fn remove(&mut self, name: &[u8]) {
        self.0.remove(&self.key(name));
    }

    fn get(&self, name: &[u8]) -> Option<u64> {
        self.0.get(&self.key(name)).copied().map(u64::from)
    }
}

/// The newest events, as far as they are small.
#[derive(Default)]
struct Recent {
    first: u64,
    kept: VecDeque<Bytes>,
    bytes: usize,
}

impl Recent {
    fn push(&mut self, seq: u64, json: Bytes) {
        if self.first + self.kept.len() as u64 != seq {
            self.clear(seq);
        }
        self.bytes += json.len();
        self.kept.push_back(json);
        while self.bytes > RECENT_BYTES {
            match self.kept.pop_front() {
                Some(oldest) => self.bytes -= oldest.len(),
                None => break,
            }
            self.first += 1;
        }
    }

    fn clear(&mut self, first: u64) {
        self.kept.clear();
        self.bytes = 0;
        self.first = first;
    }

    fn from(&self, from: u64, limit: usize) -> Option<Vec<Entry>> {
        let skip = usize::try_from(from.checked_sub(self.first)?).ok()?;
        if skip >= self.kept.len() {
            return None;
        }
        let kept = self.kept.iter().skip(skip).take(limit).cloned();
        Some(
            (from..)
                .zip(kept)
                .map(|(seq, json)| Entry { seq, json })
                .collect(),
        )
    }
}
