//! Where events are: their names by place, and the places of each command's. Touches no disk.

use std::collections::{HashMap, VecDeque};

use domain::{BashEvent, BashId, Moment};

use super::super::name::{Kind, Name};

/// How many events memory keeps for a disk that refuses them.
const KEPT: usize = 256;

/// Names in the order of their places. Places are never used twice, so that a follower may hold one.
#[derive(Default)]
pub(super) struct Index {
    /// The place of the first name.
    first: u64,
    entries: VecDeque<Entry>,
    /// Between which places the outputs of a command lie, both included.
    commands: HashMap<BashId, (u64, u64)>,
    /// Events that are on no disk.
    kept: VecDeque<BashEvent>,
    /// The newest moment given out.
    newest: i64,
    /// Whether names lie in their own order; not if the clock was put back between two runs.
    unsorted: bool,
}

/// A name, and what is known without looking into the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) name: Name,
    /// The order of an output that this run recorded.
    pub(super) order: Option<i64>,
}

impl Index {
    /// Takes over what earlier runs left.
    pub(super) fn fill(&mut self, mut names: Vec<Name>, now: Moment) {
        names.sort_unstable();
        for name in names {
            if name.at <= now {
                self.newest = self.newest.max(name.at.0);
            } else {
                self.unsorted = true;
            }
            self.push(name, None);
        }
    }

    /// A moment later than all before it, so that names sort as things happened.
    pub(super) fn moment(&mut self, now: i64) -> Moment {
        self.newest = now.max(self.newest + 1);
        Moment(self.newest)
    }

    /// Adds a name; one past its place.
    pub(super) fn push(&mut self, name: Name, order: Option<i64>) -> u64 {
        let place = self.end();
        if let Some(command) = name.command() {
            let places = self.commands.entry(command).or_insert((place, place));
            places.1 = place;
        }
        self.entries.push_back(Entry { name, order });
        place + 1
    }

    pub(super) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// The first name at that place or later.
    pub(super) fn at(&self, place: u64) -> Option<(u64, Name)> {
        let place = place.max(self.first);
        let entry = self.entries.get(self.offset(place))?;
        Some((place, entry.name))
    }

    /// The name of an event.
    pub(super) fn named(&self, id: BashId) -> Option<Name> {
        let newest_first = self.entries.iter().rev();
        newest_first
            .map(|entry| entry.name)
            .find(|name| name.id == id)
    }

    /// The outputs of a command, in their order.
    pub(super) fn outputs(&self, command: BashId) -> Vec<Entry> {
        let Some(&(from, to)) = self.commands.get(&command) else {
            return Vec::new();
        };
        let mut found = self.names(from, to + 1);
        found.retain(|entry| entry.name.kind == Kind::Output(command));
        if self.unsorted {
            found.sort_by_key(|entry| entry.name);
        }
        found
    }

    /// All names in their order, if that is not the order of their places.
    pub(super) fn unsorted(&self) -> Option<Vec<Entry>> {
        self.unsorted.then(|| {
            let mut all: Vec<Entry> = self.entries.iter().copied().collect();
            all.sort_by_key(|entry| entry.name);
            all
        })
    }

    /// The places of what was recorded between two moments, as far as places follow time.
    pub(super) fn between(&self, since: Option<Moment>, until: Option<Moment>) -> (u64, u64) {
        let before = |moment: Moment| {
            let names = self.entries.partition_point(|entry| entry.name.at < moment);
            self.first + names as u64
        };
        (
            since.map_or(self.first, before),
            until.map_or_else(|| self.end(), before),
        )
    }

    /// The place of a name, as far as places follow names.
    pub(super) fn place(&self, name: &Name) -> Option<u64> {
        let found = self.entries.binary_search_by_key(name, |entry| entry.name);
        found.ok().map(|offset| self.first + offset as u64)
    }

    /// The names at those places that are still there: from the first to before the second.
    pub(super) fn names(&self, from: u64, to: u64) -> Vec<Entry> {
        let to = self.offset(to).min(self.entries.len());
        let from = self.offset(from).min(to);
        self.entries.range(from..to).copied().collect()
    }

    /// Takes all names out.
    pub(super) fn take(&mut self) -> Vec<Name> {
        self.first = self.end();
        self.commands.clear();
        self.kept.clear();
        self.unsorted = false;
        std::mem::take(&mut self.entries)
            .into_iter()
            .map(|entry| entry.name)
            .collect()
    }

    /// Takes out the oldest, up to that moment.
    pub(super) fn take_before(&mut self, moment: Moment) -> Vec<Name> {
        let old = self
            .entries
            .iter()
            .take_while(|entry| entry.name.at < moment)
            .count();
        let gone: Vec<Name> = self.entries.drain(..old).map(|entry| entry.name).collect();
        self.first += old as u64;
        let first = self.first;
        self.commands.retain(|_, places| {
            places.0 = places.0.max(first);
            places.1 >= first
        });
        gone
    }

    /// Keeps an event that no disk has.
    pub(super) fn keep(&mut self, event: BashEvent) {
        if self.kept.len() >= KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(event);
    }

    /// An event that no disk has.
    pub(super) fn kept(&self, id: BashId) -> Option<BashEvent> {
        self.kept.iter().find(|event| event.id() == id).cloned()
    }

    fn offset(&self, place: u64) -> usize {
        usize::try_from(place.saturating_sub(self.first)).unwrap_or(usize::MAX)
    }
}
